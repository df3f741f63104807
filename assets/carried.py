"""The open lines of a leg on a business date: what was left open before, and what came in today.

A line's clock is its **due date**: its own business date plus the leg's lag on the leg's calendar.
Before it, a missing counterpart is no break; nor is it while the file that should hold the
counterpart has not arrived (one missing file is one case, not one per line).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Connection

from assets.lines import lines_received, received_file_dates
from assets.night import Night
from matchers.dates import with_due_dates
from matchers.plan import LegPlan
from tieout.frames.settlement import LINE_SCHEMA
from tieout.store.runs import Generation, generations_before

HISTORY_DATES_MAX = 35
"""How many earlier business dates are searched for lines that were already matched."""

LINE_COLUMNS = list(LINE_SCHEMA)
OPEN_OUTCOMES = ("carried", "break", "proposed", "duplicate")


@dataclass(frozen=True)
class LegInputs:
    """Both sides of a leg, open on one date; `history` are lines matched on earlier dates."""

    left: pl.DataFrame
    right: pl.DataFrame
    history: pl.DataFrame


def load_leg_inputs(
    night: Night,
    connection: Connection,
    reconciliation: str,
    leg: LegPlan,
    business_date: date,
    run_dates: Collection[date],
) -> LegInputs:
    """Return what `match_leg` needs for one leg on one business date.

    `run_dates` are the dates that runs have covered, this one included: on them a file is expected,
    so only for them is there something to wait for.
    """
    earlier = generations_before(
        connection, reconciliation, leg.name, business_date, fence=night.fence
    )
    carried = _open_lines(night, earlier)
    sides = {}
    for side, feed, other, lag in (
        ("left", leg.left, leg.right, leg.left_lag_days),
        ("right", leg.right, leg.left, leg.right_lag_days),
    ):
        new = lines_received(night, connection, feed, business_date)
        closed = night.closing_days(leg.calendar, business_date)
        fresh = with_due_dates(new, lag, leg.calendar, closing_days=closed).with_columns(
            first_seen_date=pl.lit(business_date)
        )
        kept = carried.filter(pl.col("side") == side).drop("side")
        lines = pl.concat([kept, fresh]).unique("record_id", keep="first", maintain_order=True)
        waiting = _is_awaiting_file(night, connection, other, business_date, run_dates)
        sides[side] = lines.with_columns(waiting).sort("record_id")
    return LegInputs(sides["left"], sides["right"], _history(night, earlier))


def _is_awaiting_file(
    night: Night,
    connection: Connection,
    feed: str,
    business_date: date,
    run_dates: Collection[date],
) -> pl.Expr:
    """Tell for each line whether the file due on its due date has not arrived yet."""
    source = night.workspace.feeds[feed]
    if source.transport == "core" or not source.is_expected:
        return pl.lit(value=False).alias("is_awaiting_file")
    arrived = received_file_dates(connection, feed, business_date)
    missing = sorted({day for day in run_dates if day <= business_date} - {*arrived})
    return pl.col("due_date").is_in(missing).alias("is_awaiting_file")


def _open_lines(night: Night, earlier: list[Generation]) -> pl.DataFrame:
    columns = [*LINE_COLUMNS, "due_date", "first_seen_date", "side"]
    if not earlier:
        schema = {**LINE_SCHEMA, "due_date": pl.Date(), "first_seen_date": pl.Date()}
        return pl.DataFrame(schema={**schema, "side": pl.String()}).select(columns)
    outcomes = night.frames.read(earlier[-1].outcomes_sha256)
    return outcomes.filter(pl.col("outcome").is_in(OPEN_OUTCOMES)).select(columns)


def _history(night: Night, earlier: list[Generation]) -> pl.DataFrame:
    frames = [
        night.frames.read(generation.outcomes_sha256)
        .filter(pl.col("outcome").is_in(["matched", "netted"]))
        .select("side", *LINE_COLUMNS)
        for generation in earlier[-HISTORY_DATES_MAX:]
    ]
    empty = pl.DataFrame(schema={"side": pl.String(), **LINE_SCHEMA})
    return pl.concat([empty, *frames])
