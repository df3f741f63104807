"""What becomes of a pair whose money agrees: a match, a late presentment, or a fee difference."""

import polars as pl

from matchers.dates import with_lag
from matchers.evidence import lag_text
from matchers.fees import fee_breaks
from matchers.groups import LegState, pair_groups
from matchers.plan import ExactPass, TolerancePass
from tieout.frames.reasons import BreakReason


def take_pairs(
    state: LegState,
    step: ExactPass | TolerancePass,
    pairs: pl.DataFrame,
    *,
    said: str | None = None,
) -> None:
    """Take `pairs` (`left_row`, `right_row`, and `said` unless given for all) as what they are."""
    if pairs.is_empty():
        return
    pairs = with_lag(pairs, state)
    what = pl.lit(said) if said is not None else pl.col("said")
    limit = state.leg.late_after_days
    if limit is not None:
        late = pl.col("lag") > limit
        _take_late(state, step, pairs.filter(late), what)
        pairs = pairs.filter(~late)
    if state.leg.fees is not None:
        breaks = fee_breaks(state, pairs)
        state.take(pair_groups(breaks, "break", step.code))
        pairs = pairs.join(breaks, on="left_row", how="anti", maintain_order="left")
    grade = "A" if isinstance(step, ExactPass) else "B"
    texts = (
        pairs.select("lag", what.alias("what"))
        .unique()
        .with_columns(
            text=pl.format("{}; {}; only candidate.", "what", lag_text(pl.col("lag"), limit))
        )
    )
    pairs = pairs.with_columns(what.alias("what")).join(
        texts, on=["lag", "what"], how="left", maintain_order="left"
    )
    state.take(pair_groups(pairs, "matched", step.code, evidence_class=grade))


def _take_late(
    state: LegState, step: ExactPass | TolerancePass, late: pl.DataFrame, what: pl.Expr
) -> None:
    text = pl.format("{}; but {}.", what, lag_text(pl.col("lag"), state.leg.late_after_days))
    breaks = late.with_columns(
        reason=pl.lit(BreakReason.DATE_LATE_PRESENTMENT.value),
        at_risk_minor=pl.lit(0, pl.Int64),
        text=text,
    )
    state.take(pair_groups(breaks, "break", step.code))
