"""Small frames and plans for matcher tests; a test states only what matters."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from matchers import LegPlan, MatchResult, build_plan, match_leg

DAY = date(2026, 3, 2)  # a Monday
KEY = ["scheme_ref", "kind", "currency"]

_TYPES: dict[str, pl.DataType] = {
    "record_id": pl.String(),
    "kind": pl.String(),
    "currency": pl.String(),
    "amount_minor": pl.Int64(),
    "fee_minor": pl.Int64(),
    "net_minor": pl.Int64(),
    "scheme_ref": pl.String(),
    "rrn": pl.String(),
    "batch_ref": pl.String(),
    "business_date": pl.Date(),
    "first_seen_date": pl.Date(),
    "due_date": pl.Date(),
    "is_reversal": pl.Boolean(),
    "is_booked": pl.Boolean(),
    "is_awaiting_file": pl.Boolean(),
    "file_sha256": pl.String(),
    "record_no": pl.Int64(),
}
_DEFAULTS = {"kind": "sale", "currency": "EUR", "business_date": DAY, "file_sha256": "f" * 64}


def lines(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Return settlement lines; what a row does not say is a plain EUR sale of DAY."""
    return pl.DataFrame([{**_DEFAULTS, **row} for row in rows], schema=_TYPES)


def line(record_id: str, ref: str | None, amount: int, **more: Any) -> dict[str, Any]:
    """Return one row for `lines`."""
    return {"record_id": record_id, "scheme_ref": ref, "amount_minor": amount, **more}


def a_leg(*passes: Mapping[str, Any], **settings: Any) -> LegPlan:
    """Return a leg called `leg` with these passes."""
    table = {"name": "leg", "pass": list(passes), **settings}
    return build_plan({"name": "plan", "leg": [table]}).get_leg()


def exact(**more: Any) -> dict[str, Any]:
    """Return the exact pass on reference, kind and currency."""
    return {"type": "exact", "key": KEY, **more}


def matched(
    left: Sequence[Mapping[str, Any]],
    right: Sequence[Mapping[str, Any]],
    leg: LegPlan,
    *,
    as_of: date = DAY,
    history: pl.DataFrame | None = None,
) -> MatchResult:
    """Match rows and return the result."""
    return match_leg(lines(*left), lines(*right), leg, as_of=as_of, history=history)


def fates(result: MatchResult) -> dict[str, str]:
    """Return what became of each line: outcome, or the break's reason."""
    rows = result.outcomes.select("record_id", "outcome", "break_reason").iter_rows()
    return {record: reason or outcome for record, outcome, reason in rows}


def the_break(result: MatchResult) -> dict[str, Any]:
    """Return the only break."""
    assert result.breaks.height == 1, result.breaks
    return result.breaks.row(0, named=True)


def the_match(result: MatchResult) -> dict[str, Any]:
    """Return the only match."""
    assert result.matches.height == 1, result.matches
    return result.matches.row(0, named=True)
