"""A reconciliation in miniature: files and core lines in, outcomes and cases out.

No runs, no landing store, no database: only parsers, matchers and the workspace that the simulator
writes, date after date. Enough to say whether its files, its plan and its manifest agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

import matchers
import parsers
from matchers.plan import LegPlan, build_plan
from tieout.calendars import calendar_named
from tieout.config import Workspace, load_workspace
from tieout.frames.settlement import LINE_SCHEMA
from tieout.simulator.files import SimulatedFile
from tieout.simulator.verify import references_of
from tieout.simulator.workspace import write_workspace
from tieout.store.engine import Database
from tieout.store.payments import read_presentments
from tieout.transfer.sftp import SftpLogin

OPEN = ("carried", "break", "proposed", "duplicate")
NOBODY = SftpLogin("127.0.0.1", 22, "nobody", ".", Path("keys/none"), Path("keys/known_hosts"))


class Reconciler:
    """Runs the three legs of a simulated workspace, one business date after another."""

    def __init__(self, home: Path, database: Database, *, seed: int) -> None:
        write_workspace(home, NOBODY, seed=seed)
        self.workspace: Workspace = load_workspace(home)
        self.legs = build_plan(self.workspace.reconciliations["cards"]).legs
        self.cases: dict[tuple[str, str], dict[str, Any]] = {}
        self.outcomes: list[pl.DataFrame] = []
        self._database = database
        self._open: dict[tuple[str, str], pl.DataFrame] = {}
        self._past: dict[str, list[pl.DataFrame]] = {leg.name: [] for leg in self.legs}
        self._arrived: dict[str, set[date]] = {name: set() for name in self.workspace.feeds}

    def run(self, day: date, files: Sequence[SimulatedFile]) -> None:
        """Reconcile one business date with the files that arrived on it."""
        lines = {"core": [self._core_lines(day)]}
        for file in files:
            lines.setdefault(file.feed, []).append(parse_file(self.workspace, file).frame)
            self._arrived[file.feed].add(file.business_date)
        empty = pl.DataFrame(schema=LINE_SCHEMA)
        received = {
            name: pl.concat(lines.get(name, [empty])) for name in sorted(self.workspace.feeds)
        }
        found = self._missing_files(day)
        for leg in self.legs:
            found |= self._run_leg(leg, day, received)
        for key, case in self.cases.items():
            case["state"] = "open" if key in found else "closed"
        self.cases |= found

    def _run_leg(
        self, leg: LegPlan, day: date, received: Mapping[str, pl.DataFrame]
    ) -> dict[tuple[str, str], dict[str, Any]]:
        sides = {}
        for side, feed, other, lag in (
            ("left", leg.left, leg.right, leg.left_lag_days),
            ("right", leg.right, leg.left, leg.right_lag_days),
        ):
            fresh = received[feed].with_columns(
                _due(lag, leg.calendar), pl.lit(day).alias("first_seen_date")
            )
            kept = self._open.get((leg.name, side), fresh.clear())
            is_due = pl.col("due_date") <= day
            is_there = pl.col("due_date").is_in(list(self._arrived[other]))
            waits = is_due & ~is_there if other != "core" else pl.lit(value=False)
            sides[side] = pl.concat([kept, fresh]).with_columns(is_awaiting_file=waits)
        past = pl.concat(self._past[leg.name]) if self._past[leg.name] else None
        result = matchers.match_leg(sides["left"], sides["right"], leg, as_of=day, history=past)
        return self._keep(leg, day, sides, result)

    def _keep(
        self, leg: LegPlan, day: date, sides: dict[str, pl.DataFrame], result: matchers.MatchResult
    ) -> dict[tuple[str, str], dict[str, Any]]:
        both = pl.concat([lines.with_columns(side=pl.lit(name)) for name, lines in sides.items()])
        told = result.outcomes.select(
            "side", "record_id", "leg", "outcome", "pass", "break_reason", "break_id"
        )
        rows = both.join(told, on=["side", "record_id"]).with_columns(run_date=pl.lit(day))
        for name in sides:
            mine = rows.filter((pl.col("side") == name) & pl.col("outcome").is_in(OPEN))
            self._open[leg.name, name] = mine.select(sides[name].drop("is_awaiting_file").columns)
        done = rows.filter(pl.col("outcome").is_in(["matched", "netted"]))
        self._past[leg.name].append(done.select("side", *LINE_SCHEMA))
        self.outcomes.append(rows)
        return {
            (leg.name, broken["break_id"]): _case(leg.name, broken["reason"], rows, broken)
            for broken in result.breaks.to_dicts()
        }

    def _missing_files(self, day: date) -> dict[tuple[str, str], dict[str, Any]]:
        days = [one for outcomes in self.outcomes for one in outcomes["run_date"].unique()]
        missing = {
            ("files", f"{feed}/{due}"): {
                "leg": "files",
                "reason": "file_missing",
                "state": "open",
                "references": references_of(
                    leg="files", feed=feed, business_date=str(due), lines=[]
                ),
            }
            for feed, arrived in self._arrived.items()
            for due in {*days, day} - arrived
            if feed != "core"
        }
        return missing

    def _core_lines(self, day: date) -> pl.DataFrame:
        with self._database.reading() as connection:
            rows = read_presentments(connection, day)
        names = {"record_id": "id", "scheme_ref": "arn"}
        same = ("kind", "currency", "amount_minor", "rrn", "business_date", "event_at")
        data = {
            name: [getattr(row, names.get(name, name)) for row in rows] for name in (*names, *same)
        }
        fixed = {"feed": "core", "file_sha256": "0" * 64, "is_booked": True, "exponent": 2}
        frame = pl.DataFrame(data, schema={name: LINE_SCHEMA[name] for name in data})
        return frame.select(
            pl.col(name) if name in data else pl.lit(fixed.get(name), dtype).alias(name)
            for name, dtype in LINE_SCHEMA.items()
        ).with_columns(
            record_no=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
            byte_start=pl.lit(0, pl.Int64),
            byte_length=pl.lit(0, pl.Int64),
            is_reversal=pl.col("kind") == "reversal",
            statement_no=pl.lit(0, pl.Int32),
        )


def parse_file(workspace: Workspace, file: SimulatedFile) -> parsers.ParsedFile:
    """Parse one file as its feed says, with the typed references that the feed takes from text."""
    feed = workspace.feeds[file.feed]
    parsed = parsers.parse(
        file.content,
        format=feed.format,
        feed=feed.name,
        options=feed.options,
        layout=feed.layout,
        pan_key=workspace.pan_key(),
    )
    frame = parsed.frame
    for column, rule in feed.references.items():
        frame = frame.with_columns(pl.col(rule.source).str.extract(rule.regex, 1).alias(column))
    return replace(parsed, frame=frame)


def _case(leg: str, reason: str, rows: pl.DataFrame, broken: Mapping[str, Any]) -> dict[str, Any]:
    lines = rows.filter(pl.col("break_id") == broken["break_id"]).to_dicts()
    references = references_of(leg=leg, feed="", business_date="", lines=lines)
    return {"leg": leg, "reason": reason, "state": "open", "references": references}


def _due(lag_days: int, calendar: str) -> pl.Expr:
    first = date(2026, 1, 1)
    closed = calendar_named(calendar).closing_days(first, first + timedelta(days=365))
    due = pl.col("business_date").dt.add_business_days(lag_days, holidays=closed, roll="forward")
    return due.alias("due_date")
