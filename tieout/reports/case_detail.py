"""One case: both sides field by field, the other lines, what closed it, and its story."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from tieout.calendars import Calendar
from tieout.reports.ageing import Ageing
from tieout.reports.case_list import CaseRow, build_row
from tieout.reports.wording import MINUS, format_amount, format_field, label_of
from tieout.store.tables.cases import case_event, discrepancy_case

PROVENANCE = (
    "side",
    "record_id",
    "feed",
    "file_sha256",
    "file_name",
    "record_no",
    "byte_start",
    "byte_length",
)
"""The fields of a line that say where it came from; all others say what it is."""

_NOT_COMPARED = frozenset({"first_seen_date", "due_date", "narrative", "account"})
"""Each side has its own; a difference means nothing."""

_FIRST = ("kind", "amount_minor", "currency", "business_date", "value_date", "scheme_ref", "rrn")


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One entry of a case's story; entries are only ever added."""

    seq: int
    kind: str
    business_date: date
    run_id: str
    actor: str
    detail: Mapping[str, Any]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of both sides; `verdict` says in words how they compare."""

    name: str
    label: str
    left: str
    right: str
    is_amount: bool
    differs: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with everything that is known about it."""

    row: CaseRow
    cause: str
    version: int
    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None
    fields: tuple[FieldRow, ...]
    others: tuple[Mapping[str, Any], ...]
    events: tuple[CaseEvent, ...]

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """All lines of the case, in the order of the case."""
        return self.row.lines

    def place_of(self, side: str) -> str:
        """Return which of several lines of a side is compared; empty where it is the only one."""
        count = sum(line.get("side") == side for line in self.lines)
        return f"first of {count:,} lines" if count > 1 else ""


def find_case(
    connection: Connection, case_id: str, *, calendar: Calendar, as_of: date | None
) -> CaseDetail | None:
    """Return the case called `case_id`, None when there is none."""
    query = select(discrepancy_case).where(discrepancy_case.c.case_id == case_id)
    found = connection.execute(query).first()
    if found is None:
        return None
    row = build_row(found, Ageing(calendar, as_of))
    left, right = _first_of(row.lines, "left"), _first_of(row.lines, "right")
    others = tuple(line for line in row.lines if line is not left and line is not right)
    events = connection.execute(
        select(case_event).where(case_event.c.case_id == case_id).order_by(case_event.c.seq)
    )
    return CaseDetail(
        row=row,
        cause=found.cause,
        version=found.version,
        left=left,
        right=right,
        fields=compare_sides(left, right),
        others=others,
        events=tuple(
            CaseEvent(e.seq, e.kind, e.business_date, e.run_id, e.actor, e.detail, e.recorded_at)
            for e in events
        ),
    )


def count_same_cause(connection: Connection, row: CaseRow) -> int:
    """Return how many other open cases have the same reason, leg and feed."""
    case = discrepancy_case.c
    query = select(func.count()).where(
        case.state == "open",
        case.reason == row.reason.code,
        case.leg == row.leg,
        case.feed == row.feed,
        case.case_id != row.case_id,
    )
    return int(connection.execute(query).scalar_one())


def compare_sides(
    left: Mapping[str, Any] | None, right: Mapping[str, Any] | None
) -> tuple[FieldRow, ...]:
    """Compare two lines field by field; fields that neither side fills are left out."""
    names = [*(left or {}), *(right or {})]
    rest = sorted(set(names) - set(_FIRST) - set(PROVENANCE))
    ordered = [*(name for name in _FIRST if name in names), *rest]
    return tuple(
        _compare(name, left, right)
        for name in ordered
        if _is_filled(left, name) or _is_filled(right, name)
    )


def _compare(
    name: str, left: Mapping[str, Any] | None, right: Mapping[str, Any] | None
) -> FieldRow:
    both = left is not None and right is not None
    # A field that only one side has contradicts nothing.
    is_comparable = name not in _NOT_COMPARED and _is_filled(left, name) and _is_filled(right, name)
    return FieldRow(
        name=name,
        label=label_of(name),
        left=_shown(left, name),
        right=_shown(right, name),
        is_amount=name.endswith("_minor"),
        differs=is_comparable and (left or {}).get(name) != (right or {}).get(name),
        verdict=_verdict(name, left or {}, right or {}) if both else "nothing to compare with",
    )


def _verdict(name: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    ours, theirs = left.get(name), right.get(name)
    if ours == theirs:
        return "same"
    if name in _NOT_COMPARED:
        return "not compared"
    if not _is_filled(left, name) or not _is_filled(right, name):
        return "on one side only"
    currency = currency_of_field(name, left)
    if isinstance(ours, int) and isinstance(theirs, int) and name.endswith("_minor"):
        if currency != currency_of_field(name, right):
            return "differs: other currency"
        gap = format_amount(theirs - ours, currency)
        return f"differs by {gap if gap.startswith(MINUS) else '+' + gap} {currency or ''}".strip()
    if name.endswith("_date"):
        days = abs((date.fromisoformat(str(theirs)) - date.fromisoformat(str(ours))).days)
        return f"differs by {days} day{'' if days == 1 else 's'}"
    return "differs"


def currency_of_field(name: str, line: Mapping[str, Any]) -> str | None:
    """Return the currency in which an amount of a line is counted."""
    field = "original_currency" if name == "original_amount_minor" else "currency"
    found = line.get(field)
    return str(found) if found else None


def _shown(line: Mapping[str, Any] | None, name: str) -> str:
    if line is None:
        return "—"
    return format_field(name, line.get(name), currency_of_field(name, line))


def _is_filled(line: Mapping[str, Any] | None, name: str) -> bool:
    return line is not None and line.get(name) not in (None, "")


def _first_of(lines: Sequence[Mapping[str, Any]], side: str) -> Mapping[str, Any] | None:
    return next((line for line in lines if line.get("side") == side), None)
