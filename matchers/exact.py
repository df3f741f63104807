"""P1: equal key, equal amount, one line on each side.

Lines that are equal on both sides more than once are paired by their occurrence (first with first)
when both sides have as many; otherwise nobody can tell which one is meant, and they become one
break that names them all. What is equal in money but presented too late is a break, not a match;
so is a fee outside the contract.
"""

import polars as pl

from matchers.breaks import take_ambiguous
from matchers.evidence import key_words
from matchers.groups import LegState
from matchers.keys import KEY, EqualLines, equal_lines
from matchers.pairs import take_pairs
from matchers.passes import ExactPass


def take_exact(state: LegState, step: ExactPass) -> None:
    """Take the pairs that are equal in key and amount."""
    key = tuple(dict.fromkeys((*step.full_key, "amount_minor")))
    equal = equal_lines(state.left, state.right, key)
    pairs = equal.pairs
    twins = _twins(equal)
    if not twins.is_empty():
        pairs = pl.concat([pairs, twins]).sort("left_row")
    take_pairs(state, step, pairs, said=f"{key_words(step.key)} equal, amounts equal")
    take_ambiguous(state, step.code, *_uneven(equal), by=key)


def _twins(equal: EqualLines) -> pl.DataFrame:
    """Pair the k-th line of a key with the k-th of the other side, where both have as many."""
    same = [*KEY, "nth", "count"]
    twins = equal.left_repeated.join(equal.right_repeated, on=same)
    return twins.select(left_row="row", right_row="row_right")


def _uneven(equal: EqualLines) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines of keys that both sides have, but not equally often."""
    ours, theirs = equal.left_repeated, equal.right_repeated
    counts, other = (lines.filter(pl.col("nth") == 0) for lines in (ours, theirs))
    uneven = counts.join(other, on=KEY).filter(pl.col("count") != pl.col("count_right"))
    sets = uneven.sort("row").select(KEY).with_row_index("set")
    left, right = (lines.join(sets, on=KEY).select("set", "row") for lines in (ours, theirs))
    return left, right
