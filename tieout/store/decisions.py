"""What people decided about matches: written once, withdrawn at most once, never changed.

A decision counts from a business date on, and a run over that date takes it up. Every decision and
every withdrawal is a row of the audit chain in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from tieout.store.audit import append_audit
from tieout.store.tables.decisions import match_decision, match_decision_line

Line = tuple[str, str]
"""Side (left, right) and record_id."""


@dataclass(frozen=True)
class Decision:
    """Lines that belong together (`together`) or do not (`apart`), and who says so.

    `match_id`, `pass_code` and `plan_digest` name the match or proposal that it is about; they are
    null where a person put lines together.
    """

    reconciliation: str
    leg: str
    verdict: str
    business_date: date
    lines: Sequence[Line]
    reason: str
    decided_by: str
    match_id: str | None = None
    pass_code: str | None = None
    plan_digest: str | None = None


_FIELDS = (
    *("reconciliation", "leg", "verdict", "business_date", "reason", "decided_by"),
    *("match_id", "pass_code", "plan_digest"),
)


def record_decision(connection: Connection, decision: Decision, *, at: datetime) -> int:
    """Write a decision and its audit row; return its number."""
    values = {name: getattr(decision, name) for name in _FIELDS}
    # Numbers without gaps, in the order of the audit chain, whose head every writer locks.
    number = int(connection.execute(select(func.max(match_decision.c.id))).scalar() or 0) + 1
    connection.execute(
        insert(match_decision).values(id=number, **values, is_taken_up=False, decided_at=at)
    )
    rows = [
        {"decision_id": number, "side": side, "record_id": record_id}
        for side, record_id in decision.lines
    ]
    connection.execute(insert(match_decision_line), rows)
    detail = values | {
        "business_date": decision.business_date.isoformat(),
        "lines": [list(line) for line in decision.lines],
    }
    _tell(connection, number, f"lines set {decision.verdict}", decision.decided_by, detail, at)
    return number


def withdraw_decision(
    connection: Connection, number: int, *, by: str, reason: str, at: datetime
) -> bool:
    """Take a decision back; False when there is none of this number, or it is withdrawn already."""
    done = connection.execute(
        update(match_decision)
        .where(match_decision.c.id == number, match_decision.c.withdrawn_at.is_(None))
        .values(withdrawn_by=by, withdrawn_at=at, withdrawal_reason=reason, is_taken_up=False)
    )
    if done.rowcount == 1:
        _tell(connection, number, "decision withdrawn", by, {"reason": reason}, at)
    return done.rowcount == 1


def _tell(
    connection: Connection,
    number: int,
    action: str,
    actor: str,
    detail: dict[str, object],
    at: datetime,
) -> None:
    append_audit(
        connection,
        at=at,
        actor=actor,
        action=action,
        entity="match decision",
        entity_id=f"D-{number}",
        detail=detail,
    )


def decisions_in_force(
    connection: Connection, reconciliation: str | None = None, leg: str | None = None
) -> list[Row[Any]]:
    """Return decisions that nobody withdrew, of one leg or of all, in the order of their number."""
    query = select(match_decision).where(match_decision.c.withdrawn_at.is_(None))
    if reconciliation is not None:
        query = query.where(match_decision.c.reconciliation == reconciliation)
    if leg is not None:
        query = query.where(match_decision.c.leg == leg)
    return list(connection.execute(query.order_by(match_decision.c.id)))


def all_decisions(connection: Connection) -> list[Row[Any]]:
    """Return every decision, withdrawn ones too, the newest first."""
    return list(connection.execute(select(match_decision).order_by(match_decision.c.id.desc())))


def lines_of_decisions(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Line]]:
    """Return the lines of each decision, left before right."""
    found: dict[int, list[Line]] = {number: [] for number in numbers}
    columns = match_decision_line.c
    rows = connection.execute(
        select(columns.decision_id, columns.side, columns.record_id)
        .where(columns.decision_id.in_(list(numbers)))
        .order_by(columns.decision_id, columns.side, columns.record_id)
    )
    for number, side, record_id in rows:
        found[number].append((side, record_id))
    return found


def pending_dates(connection: Connection, last: date) -> list[date]:
    """Return the dates up to `last` that people decided something about since they were run."""
    waiting = ~match_decision.c.is_taken_up & (match_decision.c.business_date <= last)
    query = select(match_decision.c.business_date).where(waiting).distinct()
    return sorted(connection.execute(query).scalars())


def take_up_decisions(connection: Connection, dates: Sequence[date]) -> None:
    """Say that the decisions about `dates` are in what was just computed."""
    connection.execute(
        update(match_decision)
        .where(match_decision.c.business_date.in_(list(dates)))
        .values(is_taken_up=True)
    )


def judged_rules(
    connection: Connection, reconciliation: str, leg: str, plan_digest: str, before: date
) -> dict[str, tuple[int, int]]:
    """Return pass code → (proposals confirmed, matches undone or rejected) of one plan's version.

    Only what was decided about dates before `before` counts: a date run again comes out alike.
    """
    decided = match_decision.c
    rows = connection.execute(
        select(decided.pass_code, decided.verdict, func.count())
        .where(
            decided.reconciliation == reconciliation,
            decided.leg == leg,
            decided.plan_digest == plan_digest,
            decided.business_date < before,
            decided.withdrawn_at.is_(None),
        )
        .group_by(decided.pass_code, decided.verdict)
    )
    found: dict[str, tuple[int, int]] = {}
    for code, verdict, count in rows:
        confirmed, undone = found.get(code, (0, 0))
        is_right = verdict == "together"
        found[code] = (confirmed + count * is_right, undone + count * (not is_right))
    return found
