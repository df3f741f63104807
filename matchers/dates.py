"""Business days between the two sides of a match, on the leg's calendar."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from matchers.groups import LegState
from tieout.calendars import calendar_named

_MARGIN = timedelta(days=400)
_EPOCH = date(1970, 1, 1)


def closing_days_for(calendar: str, days: pl.Series) -> list[date]:
    """Return the closing days of `calendar` around the dates in `days`."""
    first, last = days.min(), days.max()
    if not isinstance(first, date) or not isinstance(last, date):
        return []
    return calendar_named(calendar).closing_days(first - _MARGIN, last + _MARGIN)


def lag_days(start: pl.Expr, end: pl.Expr, closing_days: Sequence[date]) -> pl.Expr:
    """Return the business days from `start` to `end`; negative when `end` is earlier."""
    return pl.business_day_count(start, end, holidays=list(closing_days))


def ordinal(day: pl.Expr, closing_days: Sequence[date]) -> pl.Expr:
    """Number business days, so that their distance is a difference."""
    return lag_days(pl.lit(_EPOCH), day, closing_days)


def with_lag(pairs: pl.DataFrame, state: LegState) -> pl.DataFrame:
    """Add `lag` to pairs of rows: business days from the left line to the right one."""
    ours = state.left.lines["business_date"].gather(pairs["left_row"])
    theirs = state.right.lines["business_date"].gather(pairs["right_row"])
    dated = pairs.with_columns(ours.alias("ours"), theirs.alias("theirs"))
    # Few distinct pairs of dates, many pairs of lines: count once for each.
    distinct = dated.select("ours", "theirs").unique()
    counted = distinct.with_columns(
        lag=lag_days(pl.col("ours"), pl.col("theirs"), state.closing_days)
    )
    return dated.join(counted, on=["ours", "theirs"], how="left", maintain_order="left").drop(
        "ours", "theirs"
    )
