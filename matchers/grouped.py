"""P4: several lines under one key sum to the other side's: part captures, split tenders, parts.

Whole keys are compared, never subsets of them. What does not come out even is one break with all
its lines, unless the missing parts may still come.
"""

import polars as pl

from matchers.breaks import sums_text, take_shared, without_waiting
from matchers.evidence import key_words
from matchers.groups import Groups, LegState, SharedKeys, shared_keys, waits
from matchers.passes import GroupedPass
from matchers.spending import limit_text, within_limit
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
    fits = _off().abs() <= allowed
    near = shared.only(fits)
    offs = near.keys.select("currency", off=_off().cast(pl.Int64))
    is_within = within_limit(state, offs)
    _take_exceeding(state, step, near.only(~pl.lit(is_within)), codes)
    equal = near.only(pl.lit(is_within))
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


def _off() -> pl.Expr:
    return pl.col("right_sum") - pl.col("left_sum")


def _take_exceeding(
    state: LegState, step: GroupedPass, shared: SharedKeys, codes: list[str]
) -> None:
    """Take what the tolerance allows and the day's limit does not as breaks."""
    if shared.keys.is_empty():
        return
    spent = limit_text(state, pl.col("currency"), codes)
    text = pl.format("{} equal; {}; but {}.", pl.lit(key_words(step.key)), sums_text(shared), spent)
    take_shared(state, step.code, shared, pl.lit(BreakReason.ROUND_EXCEEDED.value), text)
