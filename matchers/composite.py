"""P3: several fields that together name one item, where neither side gives it a strong reference.

Authorisation code, terminal and amount are not made to be unique. So a pair counts only where each
line is the only one of its key on its side; equal lines are never told apart by their order.
"""

import polars as pl

from matchers.breaks import take_ambiguous
from matchers.evidence import key_words
from matchers.groups import LegState, shared_keys, waits
from matchers.keys import equal_lines
from matchers.pairs import take_pairs
from matchers.passes import CompositePass


def take_composite(state: LegState, step: CompositePass) -> None:
    """Take the pairs that are equal in key and amount and unique on both sides."""
    key = tuple(dict.fromkeys((*step.full_key, "amount_minor")))
    pairs = equal_lines(state.left, state.right, key).pairs
    take_pairs(state, step, pairs, said=f"{key_words(step.key)} equal, amounts equal")
    sides = [side.free(*key, waits=waits(state)) for side in state.sides]
    several = (pl.col("left_count") > 1) | (pl.col("right_count") > 1)
    shared = shared_keys(sides[0], sides[1], key).only(several)
    is_waiting = pl.col("left_waits") | pl.col("right_waits")
    waiting = shared.only(is_waiting)
    state.left.hold(waiting.left["row"])
    state.right.hold(waiting.right["row"])
    due = shared.only(~is_waiting)
    left, right = (members.rename({"group": "set"}) for members in (due.left, due.right))
    take_ambiguous(state, step.code, left.sort("set", "row"), right.sort("set", "row"), by=key)
