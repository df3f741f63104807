"""The list of cases: open before closed, files first, then by currency, largest value first.

Values of different currencies are never compared or added. The order is total and comes from the
cases alone, so two databases that hold the same cases list them alike. Paging goes by the key of
the last row seen (`CaseKey`), which costs the same on every page and neither skips nor repeats a
case when others are closed in between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from tieout.calendars import Calendar
from tieout.errors import UsageError
from tieout.reports.ageing import Ageing
from tieout.reports.case_filter import CaseFilter
from tieout.reports.reasons import ReasonText, describe_reason
from tieout.store.tables.cases import discrepancy_case

PAGE_ROWS = 50

_case = discrepancy_case.c
_currency = func.coalesce(_case.currency, "")
_value = func.abs(_case.at_risk_minor)
_order = (_case.state.desc(), _currency, _value.desc(), _case.case_id)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as the list shows it; `age_days` are business days since it was opened."""

    case_id: str
    reconciliation: str
    leg: str
    feed: str
    reason: ReasonText
    severity: str
    currency: str | None
    at_risk_minor: int
    state: str
    business_date: date
    opened_on: date
    closed_on: date | None
    age_days: int
    explanation: str
    lines: Sequence[Mapping[str, Any]]
    closed_by: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class CaseKey:
    """Where a page ends: the sort key of its last row."""

    state: str
    currency: str
    value_minor: int
    case_id: str

    def __str__(self) -> str:
        return f"{self.state}.{self.currency}.{self.value_minor}.{self.case_id}"

    @classmethod
    def parse(cls, text: str) -> "CaseKey":
        """Read the form that `str` writes.

        Raises:
            UsageError: it is not that form.
        """
        parts = text.split(".", 3)
        if len(parts) != 4 or not parts[2].isdecimal():
            raise UsageError(
                f"{text!r} is not a place in the list of cases.",
                hint="Start again from the first page.",
            )
        return cls(parts[0], parts[1], int(parts[2]), parts[3])


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """How many cases and how much money, in one currency; None stands for cases about files."""

    currency: str | None
    count: int
    at_risk_minor: int


@dataclass(frozen=True, slots=True)
class CasePage:
    """Rows of one page, and the key to ask for the next one with; None on the last page."""

    rows: tuple[CaseRow, ...]
    next_key: CaseKey | None


def list_cases(
    connection: Connection,
    wanted: CaseFilter,
    *,
    calendar: Calendar,
    as_of: date | None,
    after: CaseKey | None = None,
    limit: int | None = PAGE_ROWS,
) -> CasePage:
    """Return the cases of `wanted` that follow `after`, at most `limit` (None: all of them).

    Args:
        connection: a reading connection.
        wanted: the filter.
        calendar: business days, for the age.
        as_of: the date up to which open cases age; None before the first run.
        after: the key of the page before.
        limit: rows of a page.
    """
    conditions = wanted.conditions()
    if after is not None:
        conditions.append(_follows(after))
    found = _rows_of(connection, conditions, limit)
    shown = found if limit is None else found[:limit]
    ageing = Ageing(calendar, as_of)
    rows = tuple(build_row(row, ageing) for row in shown)
    return CasePage(rows, _key_of(rows[-1]) if len(found) > len(rows) and rows else None)


def _rows_of(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int | None
) -> Sequence[Any]:
    """Return the rows in order, and one more than `limit` where there are more."""
    if limit is None:
        query = select(discrepancy_case).where(*conditions).order_by(*_order)
        return connection.execute(query).all()
    # The page is chosen by keys alone; sorting whole rows would carry the lines of every case.
    keys = select(_case.case_id).where(*conditions).order_by(*_order).limit(limit + 1)
    chosen = list(connection.execute(keys).scalars())
    rows = connection.execute(select(discrepancy_case).where(_case.case_id.in_(chosen)))
    by_id = {row.case_id: row for row in rows}
    return [by_id[case_id] for case_id in chosen]


def total_cases(connection: Connection, wanted: CaseFilter) -> tuple[CurrencyTotal, ...]:
    """Return count and value at risk per currency of all cases of `wanted`, files first."""
    query = (
        select(_case.currency, func.count().label("count"), func.sum(_value).label("at_risk"))
        .where(*wanted.conditions())
        .group_by(_case.currency)
        .order_by(_currency)
    )
    return tuple(
        CurrencyTotal(row.currency, int(row[1]), int(row.at_risk))
        for row in connection.execute(query)
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters can be set to: the values that occur."""

    reasons: tuple[ReasonText, ...]
    legs: tuple[str, ...]
    feeds: tuple[str, ...]
    currencies: tuple[str, ...]


def list_choices(connection: Connection) -> Choices:
    """Return the reasons, legs, feeds and currencies that some case has, in order."""
    columns = (_case.reason, _case.leg, _case.feed, _case.currency)
    rows = connection.execute(select(*columns).distinct()).all()
    reasons, legs, feeds, currencies = (
        tuple(sorted({row[place] for row in rows if row[place] is not None})) for place in range(4)
    )
    texts = sorted((describe_reason(code) for code in reasons), key=lambda text: text.words)
    return Choices(tuple(texts), legs, feeds, currencies)


def build_row(row: Any, ageing: Ageing) -> CaseRow:
    """Turn a row of `discrepancy_case` into what people see."""
    return CaseRow(
        case_id=row.case_id,
        reconciliation=row.reconciliation,
        leg=row.leg,
        feed=row.feed,
        reason=describe_reason(row.reason),
        severity=row.severity,
        currency=row.currency,
        at_risk_minor=row.at_risk_minor,
        state=row.state,
        business_date=row.business_date,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        age_days=ageing.days_of(row.opened_on, row.closed_on),
        explanation=row.explanation,
        lines=row.lines,
        closed_by=row.closed_by,
    )


def _key_of(row: CaseRow) -> CaseKey:
    return CaseKey(row.state, row.currency or "", abs(row.at_risk_minor), row.case_id)


def _follows(key: CaseKey) -> ColumnElement[bool]:
    # Two columns descend, so a row comparison (a, b) > (x, y) cannot say it.
    same_state = _case.state == key.state
    same_currency = and_(same_state, _currency == key.currency)
    same_value = and_(same_currency, _value == key.value_minor)
    return or_(
        _case.state < key.state,
        and_(same_state, _currency > key.currency),
        and_(same_currency, _value < key.value_minor),
        and_(same_value, _case.case_id > key.case_id),
    )
