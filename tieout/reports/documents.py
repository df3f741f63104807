"""Cases as JSON: stable keys, amounts as minor units and as text, dates as ISO text.

The list holds nothing that depends on the wall clock, the run or the database; one case also holds
its history, with runs and times.
"""

from datetime import date, datetime
from typing import Any

from tieout.money import UnknownCurrency, format_minor
from tieout.reports.case_detail import CaseDetail, FieldRow
from tieout.reports.case_filter import CaseFilter
from tieout.reports.case_list import CasePage, CaseRow, CurrencyTotal


def list_document(
    wanted: CaseFilter,
    as_of: date | None,
    page: CasePage,
    totals: tuple[CurrencyTotal, ...],
) -> dict[str, Any]:
    """Return the list of cases under a filter; `count` and `totals` are of all, not of the page."""
    return {
        "as_of": _day(as_of),
        "filter": {
            "date": _day(wanted.opened_on),
            "state": wanted.state,
            "reason": wanted.reason or None,
        },
        "count": sum(total.count for total in totals),
        "totals": [
            {
                "currency": total.currency,
                "count": total.count,
                "at_risk_minor": total.at_risk_minor,
                "at_risk": _amount(total.at_risk_minor, total.currency),
            }
            for total in totals
        ],
        "cases": [row_document(row) for row in page.rows],
    }


def row_document(row: CaseRow) -> dict[str, Any]:
    """Return one case as the list holds it."""
    return {
        "case_id": row.case_id,
        "reconciliation": row.reconciliation,
        "leg": row.leg,
        "feed": row.feed,
        "reason": row.reason.code,
        "reason_words": row.reason.words,
        "severity": row.severity,
        "state": row.state,
        "currency": row.currency,
        "at_risk_minor": row.at_risk_minor,
        "at_risk": _amount(row.at_risk_minor, row.currency),
        "business_date": _day(row.business_date),
        "opened_on": _day(row.opened_on),
        "closed_on": _day(row.closed_on),
        "age_days": row.age_days,
        "explanation": row.explanation,
        "lines": [dict(line) for line in row.lines],
        "closed_by": dict(row.closed_by) if row.closed_by else None,
    }


def case_document(case: CaseDetail) -> dict[str, Any]:
    """Return one case with its comparison and history."""
    return {
        **row_document(case.row),
        "cause": case.cause,
        "version": case.version,
        "comparison": [_field(field) for field in case.fields],
        "history": [
            {
                "seq": event.seq,
                "kind": event.kind,
                "business_date": _day(event.business_date),
                "run_id": event.run_id,
                "actor": event.actor,
                "recorded_at": _instant(event.recorded_at),
                "detail": dict(event.detail),
            }
            for event in case.events
        ],
    }


def _field(field: FieldRow) -> dict[str, Any]:
    return {
        "field": field.name,
        "left": field.left,
        "right": field.right,
        "differs": field.differs,
        "verdict": field.verdict,
    }


def _amount(minor: int, currency: str | None) -> str | None:
    if currency is None:
        return None
    try:
        return format_minor(minor, currency)
    except UnknownCurrency:
        return None


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _instant(instant: datetime) -> str:
    return instant.isoformat()
