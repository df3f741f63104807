"""What a person wants to see of a partition in Dagster: counts, money, links."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
from dagster import MetadataValue

from assets.commit import Committed
from assets.landed import Landed
from assets.night import Night
from assets.parsed import ParsedInput
from assets.sources import place_of
from matchers.plan import LegPlan
from tieout.config import Feed
from tieout.frames.reasons import BreakReason
from tieout.money import format_minor
from tieout.store.runs import Generation

Metadata = dict[str, Any]

STRAYS = "files_of_no_feed"
"""Folder of a feed → names in it that fit no feed's pattern."""


def of_landings(night: Night, feed: Feed, landed: Landed) -> Metadata:
    """Describe the files of a feed that came in; those known before are only counted."""
    listed = landed.files
    files = [file for file in listed if file.status != "unchanged"]
    rows = [f"| {f.name} | {f.status} | {f.size:,} | `{(f.sha256 or '')[:12]}` |" for f in files]
    return {
        "files": len(files),
        "bytes": sum(file.size for file in files),
        "files_listed": _table("File", "Result", "Bytes", "SHA-256", rows=rows),
        "files_known_before": len(listed) - len(files),
        STRAYS: MetadataValue.json({place_of(feed): list(landed.strays)} if landed.strays else {}),
        "files_page": _link(night, "/files"),
    }


def of_parsed(night: Night, files: Sequence[ParsedInput]) -> Metadata:
    """Describe the parsed files of a feed."""
    rows = [
        f"| {file.name} | {state} | {file.lines:,} | {file.detail} |"
        for file in files
        for state in ["accepted" if file.state == "parsed" else f"**{file.state}**"]
    ]
    return {
        "dagster/partition_row_count": sum(file.lines for file in files),
        "files": len(files),
        "files_refused": sum(file.state == "refused" for file in files),
        "files_listed": _table("File", "State", "Lines", "Findings", rows=rows),
        "files_page": _link(night, "/files"),
    }


def of_result(night: Night, result: Generation, recomputed: Sequence[date]) -> Metadata:
    """Describe what a leg came to on one date, and which later dates had to be computed again."""
    outcomes = night.frames.read(result.outcomes_sha256)
    counts = dict(outcomes.group_by("outcome").len().iter_rows())
    found = counts.get("matched", 0) + counts.get("netted", 0)
    due = outcomes.height - counts.get("carried", 0) - counts.get("excluded", 0)
    day = result.business_date.isoformat()
    return {
        "match_rate_pct": round(100 * found / due, 2) if due else 100.0,
        "lines": outcomes.height,
        **{name: int(counts.get(key, 0)) for key, name in _COUNTS.items()},
        "breaks": MetadataValue.md(_breaks(night, result)),
        "cases_page": _link(night, f"/cases?date={day}&leg={result.leg}&state=all"),
        "plan": result.plan_digest[:12],
        "later_dates_computed_again": ", ".join(map(str, recomputed)) or "none",
    }


_COUNTS = {
    "matched": "lines_matched",
    "netted": "lines_netted",
    "proposed": "lines_proposed",
    "carried": "lines_carried",
    "break": "lines_in_break",
    "duplicate": "lines_duplicate",
    "excluded": "lines_excluded",
}
"""Outcome → the name of its count, in the order in which people ask for them."""


def of_commit(night: Night, committed: Committed, business_date: date) -> Metadata:
    """Describe what took effect: on one date, and in the whole run."""
    cases = committed.cases[business_date]
    rows = [
        f"| {day} | {c.opened} | {c.closed} | {c.changed} |" for day, c in committed.cases.items()
    ]
    return {
        "cases_opened": cases.opened,
        "cases_closed": cases.closed,
        "cases_changed": cases.changed,
        "cases_page": _link(night, f"/cases?date={business_date}&state=all"),
        "whole_run": _table("Business date", "Opened", "Closed", "Changed", rows=rows),
        "changes": committed.changed + sum(c.total for c in committed.cases.values()),
    }


def of_proof(night: Night, leg: LegPlan, results: Sequence[Generation]) -> Metadata:
    """Show the newest date's lines and money per side and currency, and the dates proved."""
    dates = [result.business_date.isoformat() for result in results]
    rows: list[str] = []
    if results:
        totals = (
            night.frames.read(results[-1].outcomes_sha256)
            .group_by("side", "feed", "currency")
            .agg(pl.len().alias("lines"), pl.col("amount_minor").cast(pl.Int128).sum())
            .sort("side", "feed", "currency")
        )
        rows = [
            f"| {feed} | {currency} | {lines:,} | {format_minor(int(minor), currency)} |"
            for _, feed, currency, lines, minor in totals.iter_rows()  # feeds, not lines
        ]
    return {
        "leg": leg.name,
        "dates_proved": ", ".join(dates) or "none",
        "in_and_out": _table("Feed", "Currency", "Lines", "Money", rows=rows),
    }


def _breaks(night: Night, result: Generation) -> str:
    # Without links: Dagster hides a longer text behind a click.
    frame = night.frames.read(result.breaks_sha256)
    if frame.is_empty():
        return "none"
    rows = (
        frame.group_by("reason", "currency")
        .agg(pl.len().alias("count"), pl.col("at_risk_minor").abs().cast(pl.Int128).sum())
        .sort("reason", "currency")
    )
    lines = [
        f"| {BreakReason(reason).words} | {count} "
        f"| {format_minor(int(minor), currency)} {currency} |"
        for reason, currency, count, minor in rows.iter_rows()  # reasons, not lines
    ]
    return _markdown(("Open breaks", "Count", "At risk"), lines)


def _table(*columns: str, rows: Sequence[str]) -> MetadataValue[Any]:
    return MetadataValue.md(_markdown(columns, rows) if rows else "none")


def _markdown(columns: Sequence[str], rows: Sequence[str]) -> str:
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    return head + "\n".join(rows)


def _link(night: Night, path: str) -> MetadataValue[Any]:
    return MetadataValue.url(_address(night, path))


def _address(night: Night, path: str) -> str:
    web = night.workspace.settings.web
    return f"http://{web.host}:{web.port}{path}"
