"""Bring the cases in step with the breaks of one business date.

A case covers the dates from `opened_on` up to, but not including, `closed_on`, without the gaps in
which it was closed before. For business date d
the cases that cover d must be exactly the causes that are broken on d. The rule is the same for a
first run, a rerun and a recomputed later date, and applying it twice changes nothing. What a case
says (reason, lines, money) is what the latest date said that changed it: running an earlier date
again does not turn it back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from tieout.cases import spans
from tieout.cases.cause import CauseOfCase
from tieout.store.tables.cases import case_event, discrepancy_case

ACTOR = "system"

FindClosers = Callable[[Sequence[Row[Any]]], Mapping[str, dict[str, object]]]
"""Given the cases that close, returns cause → the line or file that explained it."""


@dataclass(frozen=True)
class CaseChanges:
    """How many cases one business date opened, closed, reopened or changed."""

    opened: int = 0
    closed: int = 0
    reopened: int = 0
    changed: int = 0

    @property
    def total(self) -> int:
        """All changes together."""
        return self.opened + self.closed + self.reopened + self.changed


def sync_cases(
    connection: Connection,
    causes: Sequence[CauseOfCase],
    find_closers: FindClosers,
    *,
    business_date: date,
    run_id: str,
    at: datetime,
    until: date | None = None,
) -> CaseChanges:
    """Open, close, reopen and change cases until they say what `causes` say for the date.

    A case whose cause is gone is closed and names what `find_closers` found for it.
    """
    known = {row.cause: row for row in connection.execute(_known_cases(causes, business_date))}
    wanted = {cause.cause: cause for cause in causes}
    writer = _Writer(connection, business_date, run_id, at, until)
    fresh = [cause for key, cause in sorted(wanted.items()) if key not in known]
    writer.open_all(fresh)
    gone = [
        row
        for key, row in sorted(known.items())
        if key not in wanted and spans.covers(row, business_date)
    ]
    closers = find_closers(gone) if gone else {}
    for row in gone:
        writer.close(row, closers.get(row.cause))
    reopened = changed = 0
    for key, cause in sorted(wanted.items()):
        case = known.get(key)
        if case is None:
            continue
        if not spans.covers(case, business_date):
            writer.reopen(case, cause)
            reopened += 1
        elif business_date >= case.described_on and _differs(case, cause):
            writer.change(case, cause)
            changed += 1
    return CaseChanges(len(fresh), len(gone), reopened, changed)


def _known_cases(causes: Sequence[CauseOfCase], business_date: date) -> Any:
    table = discrepancy_case
    covering = (table.c.opened_on <= business_date) & (
        table.c.closed_on.is_(None) | (table.c.closed_on > business_date)
    )
    keys = [cause.cause for cause in causes]
    return select(table).where(or_(covering, table.c.cause.in_(keys)))


def _values(cause: CauseOfCase) -> dict[str, Any]:
    return {
        "reason": cause.reason,
        "severity": cause.severity,
        "currency": cause.currency,
        "at_risk_minor": cause.at_risk_minor,
        "explanation": cause.explanation,
        "lines": list(cause.lines),
    }


def _differs(row: Row[Any], cause: CauseOfCase) -> bool:
    return any(getattr(row, name) != value for name, value in _values(cause).items())


class _Writer:
    """Writes case rows and their events within the caller's transaction."""

    def __init__(
        self,
        connection: Connection,
        business_date: date,
        run_id: str,
        at: datetime,
        until: date | None,
    ) -> None:
        self._connection = connection
        self._date = business_date
        self._run_id = run_id
        self._at = at
        self._until = until  # the next date that was run: what it says of itself stands

    def open_all(self, causes: Sequence[CauseOfCase]) -> None:
        if not causes:
            return
        rows = [
            {
                "case_id": cause.case_id,
                "cause": cause.cause,
                "reconciliation": cause.reconciliation,
                "leg": cause.leg,
                "feed": cause.feed,
                "business_date": cause.first_seen_date,
                "closed_by": None,
                **spans.columns([(self._date, self._until)]),
                "described_on": self._date,
                "version": 1,
                **_values(cause),
            }
            for cause in causes
        ]
        self._connection.execute(insert(discrepancy_case), rows)
        events = [self._event(cause.case_id, 1, "opened", _story(cause)) for cause in causes]
        self._connection.execute(insert(case_event), events)

    def close(self, row: Row[Any], closer: dict[str, object] | None) -> None:
        values = spans.columns(spans.without(spans.of(row), self._date, self._until)) | {
            "closed_by": closer
        }
        values.setdefault("opened_on", self._date)
        values.setdefault("closed_on", self._date)
        self._update(row, "closed", values, {"closed_by": closer})

    def reopen(self, row: Row[Any], cause: CauseOfCase) -> None:
        kept = spans.without(spans.of(row), self._date, self._until)
        values = spans.columns([*kept, (self._date, self._until)])
        if values["closed_on"] is None:
            values["closed_by"] = None
        if self._date >= row.described_on:
            values |= {"described_on": self._date, **_values(cause)}
        self._update(row, "reopened", values, _story(cause))

    def change(self, row: Row[Any], cause: CauseOfCase) -> None:
        values = {"described_on": self._date, **_values(cause)}
        self._update(row, "changed", values, _story(cause))

    def _update(
        self, row: Row[Any], kind: str, values: dict[str, Any], detail: dict[str, object]
    ) -> None:
        self._connection.execute(
            update(discrepancy_case)
            .where(
                discrepancy_case.c.case_id == bindparam("this_case"),
                discrepancy_case.c.version == row.version,
            )
            .values(**values, version=row.version + 1),
            {"this_case": row.case_id},
        )
        event = self._event(row.case_id, row.version + 1, kind, detail)
        self._connection.execute(insert(case_event).values(**event))

    def _event(
        self, case_id: str, seq: int, kind: str, detail: dict[str, object]
    ) -> dict[str, object]:
        return {
            "case_id": case_id,
            "seq": seq,
            "kind": kind,
            "business_date": self._date,
            "run_id": self._run_id,
            "actor": ACTOR,
            "detail": detail,
            "recorded_at": self._at,
        }


def _story(cause: CauseOfCase) -> dict[str, object]:
    return {
        "reason": cause.reason,
        "at_risk_minor": cause.at_risk_minor,
        "explanation": cause.explanation,
    }
