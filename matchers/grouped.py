"""P4: several lines under one key sum to the other side's: part captures, split tenders, parts.

Whole keys are compared, never subsets of them. What does not come out even is one break with all
its lines, unless the missing parts may still come.
"""

import polars as pl

from matchers.breaks import sums_text, take_shared, without_waiting
from matchers.evidence import key_words
from matchers.groups import Groups, LegState, shared_keys, waits
from matchers.plan import GroupedPass
from tieout.frames.reasons import BreakReason


def take_grouped(state: LegState, step: GroupedPass) -> None:
    """Take the keys with two or more lines on a side, as matches or as incomplete splits."""
    key = tuple(name for name in step.full_key if name != "amount_minor")
    left, right = (side.free(*key, "amount_minor", waits=waits(state)) for side in state.sides)
    several = (pl.col("left_count") > 1) | (pl.col("right_count") > 1)
    shared = shared_keys(left, right, key).only(several)
    codes = shared.keys["currency"].unique().to_list()
    allowed = pl.col("currency").replace_strict(
        step.tolerances(codes), default=0, return_dtype=pl.Int64
    )
    fits = (pl.col("right_sum") - pl.col("left_sum")).abs() <= allowed
    equal = shared.only(fits)
    said = pl.format("{} equal; {}; sums agree.", pl.lit(key_words(key)), sums_text(equal))
    state.take(
        Groups("matched", step.code, equal.keys.select(text=said), equal.left, equal.right, "B")
    )
    uneven = without_waiting(state, shared.only(~fits))
    # The whole is the side with a single line; with several on both, our own side.
    whole_is_right = (pl.col("right_count") == 1) & (pl.col("left_count") > 1)
    longer = pl.col("right_sum").abs() > pl.col("left_sum").abs()
    reason = (
        pl.when(longer == whole_is_right)
        .then(pl.lit(BreakReason.SPLIT_INCOMPLETE.value))
        .otherwise(pl.lit(BreakReason.SPLIT_OVER.value))
    )
    said = pl.format("{} equal; {}; sums differ.", pl.lit(key_words(key)), sums_text(uneven))
    take_shared(state, step.code, uneven, reason, said)
