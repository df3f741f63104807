"""What a person wants to see of a partition in Dagster: counts, money, links."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from dagster import MetadataValue

from assets.commit import Committed
from assets.night import Night
from assets.parsed import ParsedInput
from matchers.plan import LegPlan
from tieout.money import format_minor
from tieout.store.runs import Generation
from tieout.transfer.fetch import FetchedFile

Metadata = dict[str, Any]


def of_landings(night: Night, listed: Sequence[FetchedFile]) -> Metadata:
    """Describe the files of a feed that came in; those known before are only counted."""
    files = [file for file in listed if file.status != "unchanged"]
    rows = [f"| {f.name} | {f.status} | {f.size:,} | `{(f.sha256 or '')[:12]}` |" for f in files]
    return {
        "files": len(files),
        "files_known_before": len(listed) - len(files),
        "bytes": sum(file.size for file in files),
        "files_listed": _table("File", "Result", "Bytes", "SHA-256", rows=rows),
        "page": _link(night, "/files"),
    }


def of_parsed(night: Night, files: Sequence[ParsedInput]) -> Metadata:
    """Describe the parsed files of a feed."""
    rows = [
        f"| {f.name} | {'accepted' if f.is_accepted else 'REFUSED'} | {f.lines:,} | {f.detail} |"
        for f in files
    ]
    return {
        "dagster/partition_row_count": sum(file.lines for file in files),
        "files": len(files),
        "refused_files": sum(not file.is_accepted for file in files),
        "files_listed": _table("File", "State", "Lines", "Findings", rows=rows),
        "page": _link(night, "/files"),
    }


def of_results(night: Night, results: Sequence[Generation]) -> Metadata:
    """Describe what a leg came to, newest date last."""
    frames = [night.frames.read(result.outcomes_sha256) for result in results]
    outcomes = pl.concat(frames) if frames else pl.DataFrame({"outcome": []})
    counts = dict(outcomes.group_by("outcome").len().sort("outcome").iter_rows())
    lines = sum(counts.values())
    matched = counts.get("matched", 0) + counts.get("netted", 0)
    dates = [result.business_date.isoformat() for result in results]
    return {
        **{name: int(count) for name, count in counts.items()},
        "lines": lines,
        "match_rate_pct": round(100 * matched / lines, 2) if lines else 0.0,
        "breaks": MetadataValue.md(_breaks(night, results)),
        "rules": results[-1].plan_digest[:12] if results else "",
        "dates": ", ".join(dates),
        "page": _link(night, f"/cases?date={dates[-1]}" if dates else "/cases"),
    }


def of_commit(night: Night, committed: Committed) -> Metadata:
    """Describe what took effect."""
    rows = [
        f"| {day} | {c.opened} | {c.closed} | {c.changed} |" for day, c in committed.cases.items()
    ]
    return {
        "changes": committed.changed + sum(c.total for c in committed.cases.values()),
        "opened": sum(change.opened for change in committed.cases.values()),
        "closed": sum(change.closed for change in committed.cases.values()),
        "by_date": _table("Business date", "Opened", "Closed", "Changed", rows=rows),
        "page": _link(night, "/cases"),
    }


def of_proofs(leg: LegPlan, results: Sequence[Generation]) -> Metadata:
    """Name what the proof covered."""
    return {"leg": leg.name, "dates": len(results)}


def _breaks(night: Night, results: Sequence[Generation]) -> str:
    frames = [night.frames.read(result.breaks_sha256) for result in results[-1:]]
    if not frames or frames[0].is_empty():
        return "none"
    rows = (
        frames[0]
        .group_by("reason", "currency")
        .agg(pl.len().alias("count"), pl.col("at_risk_minor").abs().cast(pl.Int128).sum())
        .sort("reason", "currency")
    )
    lines = [
        f"| {reason} | {count} | {format_minor(int(minor), currency)} | {currency} |"
        for reason, currency, count, minor in rows.iter_rows()  # reasons, not lines
    ]
    return _markdown(("Reason", "Breaks", "At risk", "Currency"), lines)


def _table(*columns: str, rows: Sequence[str]) -> MetadataValue[Any]:
    return MetadataValue.md(_markdown(columns, rows) if rows else "none")


def _markdown(columns: Sequence[str], rows: Sequence[str]) -> str:
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    return head + "\n".join(rows)


def _link(night: Night, path: str) -> MetadataValue[Any]:
    web = night.workspace.settings.web
    return MetadataValue.url(f"http://{web.host}:{web.port}{path}")
