"""P2: equal key, amounts that differ by no more than the plan allows; the difference is stated."""

import polars as pl

from matchers.breaks import take_ambiguous
from matchers.evidence import key_words, money_text
from matchers.groups import LegState
from matchers.pairs import take_pairs
from matchers.passes import TolerancePass
from matchers.windows import within_reach


def take_tolerance(state: LegState, step: TolerancePass) -> None:
    """Take pairs within tolerance when each line has exactly one candidate."""
    key = tuple(name for name in step.full_key if name != "amount_minor")
    left, right = (
        side.free(*key, "amount_minor", position=pl.col("amount_minor")).drop_nulls(list(key))
        for side in state.sides
    )
    if left.is_empty() or right.is_empty():
        return
    codes = left["currency"].unique().to_list()
    allowed = pl.col("currency").replace_strict(
        step.tolerances(codes), default=0, return_dtype=pl.Int64
    )
    reach = within_reach(left, right, key, width=allowed)
    amounts = state.right.at(reach.pairs["right_row"], theirs="amount_minor")
    pairs = reach.pairs.hstack(
        state.left.at(reach.pairs["left_row"], "currency", "amount_minor")
    ).hstack(amounts)
    said = pl.format(
        "{} equal; {} against {}, within {}",
        pl.lit(key_words(key)),
        *(
            money_text(minor, pl.col("currency"), codes)
            for minor in (pl.col("amount_minor"), pl.col("theirs"), allowed)
        ),
    )
    pairs = pairs.with_columns(said=said, off=pl.col("theirs") - pl.col("amount_minor"))
    take_pairs(state, step, pairs.select("left_row", "right_row", "said", "currency", "off"))
    take_ambiguous(state, step.code, reach.left_several, reach.right_several, by=key)
