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
from tieout.frames.results import OPEN_OUTCOMES
from tieout.frames.settlement import LINE_SCHEMA
from tieout.store.runs import Generation

HISTORY_DATES_MAX = 35
"""How many earlier business dates are searched for lines that were already matched."""

LINE_COLUMNS = list(LINE_SCHEMA)


@dataclass(frozen=True)
class LegInputs:
    """Both sides of a leg, open on one date; `history` are lines matched on earlier dates."""

    left: pl.DataFrame
    right: pl.DataFrame
    history: pl.DataFrame


def load_leg_inputs(
    night: Night,
    connection: Connection,
    leg: LegPlan,
    business_date: date,
    run_dates: Collection[date],
    earlier: list[Generation],
) -> LegInputs:
    """Return what `match_leg` needs for one leg on one business date.

    `run_dates` are the dates that runs have covered, this one included: on them a file is expected,
    so only for them is there something to wait for. `earlier`: the leg's results of the dates
    before, oldest first.
    """
    carried = _open_lines(night, earlier)
    history = _history(night, earlier)
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
        matched = history.filter(pl.col("side") == side)
        fresh = _without_repeats(_without_repeats(fresh, matched), kept)
        lines = _newest(kept, fresh)
        waiting = _is_awaiting_file(night, connection, other, business_date, run_dates)
        sides[side] = lines.with_columns(waiting).sort("record_id")
    return LegInputs(sides["left"], sides["right"], history)


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
    arrived = received_file_dates(night, connection, feed, business_date)
    calendar = night.workspace.get_calendar(source.calendar)
    # The dates that have a file_missing case of their own; nobody waits for any other file.
    due = {day for day in run_dates if day <= business_date and calendar.is_business_day(day)}
    missing = sorted(due - {*arrived})
    return pl.col("due_date").is_in(missing).alias("is_awaiting_file")


def _open_lines(night: Night, earlier: list[Generation]) -> pl.DataFrame:
    columns = [*LINE_COLUMNS, "due_date", "first_seen_date", "side"]
    if not earlier:
        schema = {**LINE_SCHEMA, "due_date": pl.Date(), "first_seen_date": pl.Date()}
        return pl.DataFrame(schema={**schema, "side": pl.String()}).select(columns)
    outcomes = night.frames.read(earlier[-1].outcomes_sha256)
    return outcomes.filter(pl.col("outcome").is_in(OPEN_OUTCOMES)).select(columns)


def _without_repeats(fresh: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Leave out what a sender with keys of its own sends again unchanged: it is that line."""
    same = ["record_id", "kind", "currency", "amount_minor"]
    return fresh.join(known.select(same), on=same, how="anti", maintain_order="left")


def _newest(kept: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """Return the open lines; one that came again with other content counts as it came last.

    It keeps the date on which it was first seen, and so the case that may be about it.
    """
    seen = kept.select("record_id", seen="first_seen_date")
    dated = fresh.join(seen, on="record_id", how="left", maintain_order="left").with_columns(
        first_seen_date=pl.coalesce("seen", "first_seen_date")
    )
    lines = pl.concat([kept, dated.drop("seen")])
    return lines.unique("record_id", keep="last", maintain_order=True)


def _history(night: Night, earlier: list[Generation]) -> pl.DataFrame:
    frames = [
        night.frames.read(generation.outcomes_sha256)
        .filter(pl.col("outcome").is_in(["matched", "netted"]))
        .select("side", *LINE_COLUMNS)
        for generation in earlier[-HISTORY_DATES_MAX:]
    ]
    empty = pl.DataFrame(schema={"side": pl.String(), **LINE_SCHEMA})
    return pl.concat([empty, *frames])
