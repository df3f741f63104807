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
from matchers.keys import EqualLines, equal_lines, numbered
from matchers.pairs import take_pairs
from matchers.passes import ExactPass


def take_exact(state: LegState, step: ExactPass) -> None:
    """Take the pairs that are equal in key and amount."""
    key = tuple(dict.fromkeys((*step.full_key, "amount_minor")))
    equal = equal_lines(state.left, state.right, key)
    pairs = equal.pairs
    twins = _twins(equal, key)
    if not twins.is_empty():
        pairs = pl.concat([pairs, twins]).sort("left_row")
    take_pairs(state, step, pairs, said=f"{key_words(step.key)} equal, amounts equal")
    take_ambiguous(state, step.code, *_uneven(equal, key), by=key)


def _twins(equal: EqualLines, key: tuple[str, ...]) -> pl.DataFrame:
    """Pair the k-th line of a key with the k-th of the other side, where both have as many."""
    ours, theirs = (numbered(lines, key) for lines in (equal.left_repeated, equal.right_repeated))
    same = [*key, "nth", "count"]
    return ours.join(theirs, on=same).select(left_row="row", right_row="row_right")


def _uneven(equal: EqualLines, key: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines of keys that both sides have, but not equally often."""
    ours, theirs = (numbered(lines, key) for lines in (equal.left_repeated, equal.right_repeated))
    counts = ours.select(*key, "count").unique()
    other = theirs.select(*key, "count").unique()
    uneven = counts.join(other, on=key).filter(pl.col("count") != pl.col("count_right"))
    sets = uneven.select(key).sort(key).with_row_index("set")
    left, right = (lines.join(sets, on=key).select("set", "row") for lines in (ours, theirs))
    return left, right
