"""What becomes of a pair whose money agrees: a match, a late presentment, or a fee difference."""

import polars as pl

from matchers.dates import with_lag
from matchers.evidence import SENTENCE, lag_text
from matchers.fees import fee_breaks
from matchers.groups import LegState, pair_groups
from matchers.passes import CompositePass, ExactPass, TolerancePass
from matchers.spending import limit_text, within_limit
from tieout.frames.reasons import BreakReason


def take_pairs(
    state: LegState,
    step: CompositePass | ExactPass | TolerancePass,
    pairs: pl.DataFrame,
    *,
    said: str | None = None,
) -> None:
    """Take `pairs` (`left_row`, `right_row`, and `said` unless given for all) as what they are.

    Of a tolerance they also have `currency` and `off`, the difference that a match absorbs.
    """
    if pairs.is_empty():
        return
    pairs = with_lag(pairs, state)
    what = pl.lit(said) if said is not None else pl.col("said")
    limit = state.leg.late_after_days
    if limit is not None:
        late = pairs["lag"] > limit
        if late.any():
            _take_late(state, step, pairs.filter(late), what)
            pairs = pairs.filter(~late)
    if state.leg.fees:
        breaks = fee_breaks(state, pairs)
        state.take(pair_groups(breaks, "break", step.code))
        pairs = pairs.join(breaks, on="left_row", how="anti", maintain_order="left")
    if "off" in pairs.columns:
        fits = within_limit(state, pairs)
        _take_exceeding(state, step, pairs.filter(~fits))
        pairs = pairs.filter(fits)
    grade = "A" if isinstance(step, ExactPass) else "B"
    if said is not None:
        pairs = pairs.with_columns(_text_by_lag(pairs["lag"], said, limit))
    else:
        text = pl.format("{}; {}; only candidate.", what, lag_text(pl.col("lag"), limit))
        pairs = pairs.with_columns(text=text)
    state.take(pair_groups(pairs, "matched", step.code, evidence_class=grade))


def _text_by_lag(lag: pl.Series, said: str, limit: int | None) -> pl.Series:
    """The sentence of each pair, written once for each lag that occurs."""
    if lag.is_empty():
        return pl.Series("text", [], SENTENCE)
    first, last = int(lag.to_numpy().min()), int(lag.to_numpy().max())
    every = pl.select(lag=pl.int_range(first, last + 1, dtype=pl.Int64))
    text = pl.format("{}; {}; only candidate.", pl.lit(said), lag_text(pl.col("lag"), limit))
    texts = every.select(text=text.cast(SENTENCE))
    return texts["text"].gather((lag - first).cast(pl.UInt32))


def _take_exceeding(
    state: LegState, step: CompositePass | ExactPass | TolerancePass, pairs: pl.DataFrame
) -> None:
    """Take what the tolerance allows and the day's limit does not as breaks."""
    if pairs.is_empty():
        return
    left = limit_text(state, pl.col("currency"), pairs["currency"].unique().to_list())
    breaks = pairs.with_columns(
        reason=pl.lit(BreakReason.ROUND_EXCEEDED.value),
        text=pl.format("{}; but {}.", "said", left),
        at_risk_minor="off",
    )
    state.take(pair_groups(breaks, "break", step.code))


def _take_late(
    state: LegState,
    step: CompositePass | ExactPass | TolerancePass,
    late: pl.DataFrame,
    what: pl.Expr,
) -> None:
    text = pl.format("{}; but {}.", what, lag_text(pl.col("lag"), state.leg.late_after_days))
    breaks = late.with_columns(
        reason=pl.lit(BreakReason.DATE_LATE_PRESENTMENT.value),
        at_risk_minor=pl.lit(0, pl.Int64),
        text=text,
    )
    state.take(pair_groups(breaks, "break", step.code))
