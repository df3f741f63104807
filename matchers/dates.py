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
    if pairs.is_empty():
        return pairs.with_columns(lag=pl.lit(0, pl.Int64))
    ours, theirs = (
        side.lines["business_date"].to_physical().gather(pairs[f"{side.name}_row"]).to_numpy()
        for side in state.sides
    )
    # Many lines, few dates: number the days once, then look them up.
    first, last = int(min(ours.min(), theirs.min())), int(max(ours.max(), theirs.max()))
    days = pl.int_range(first, last + 1, dtype=pl.Int32, eager=True).cast(pl.Date)
    number = ordinal(pl.col("day"), state.closing_days).cast(pl.Int64)
    numbers = days.alias("day").to_frame().select(number).to_series().to_numpy()
    return pairs.with_columns(lag=pl.Series(numbers[theirs - first] - numbers[ours - first]))


def with_due_dates(
    lines: pl.DataFrame, lag: int, calendar: str, *, closing_days: Sequence[date] | None = None
) -> pl.DataFrame:
    """Add `due_date`: the business date plus `lag` business days, a closed day rolled forward."""
    if closing_days is None:
        closing_days = closing_days_for(calendar, lines["business_date"])
    due = pl.col("business_date").dt.add_business_days(
        lag, holidays=list(closing_days), roll="forward"
    )
    return lines.with_columns(due_date=due)
