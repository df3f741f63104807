"""I2: stored states equal the fold of the events, and each event is a row of its state table.

In SQL, so that a million events take seconds: for each subject the last event leads to the stored
state, each event starts where the one before ended, and the distinct (state, input, state) triples,
a few dozen, are looked up in the tables.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, Table, func, select

from tieout.invariants.violation import SHOWN_MAX, Violation
from tieout.store.tables.core import event, operation, presentment
from tieout.transactions.lifecycle import OPERATION, PRESENTMENT, find_move

_TABLES = {"operation": OPERATION, "presentment": PRESENTMENT}


def check(connection: Connection) -> Sequence[Violation]:
    """Return subjects whose state is not where their events lead, and moves no table allows."""
    return [
        *_broken_chains(connection),
        *_foreign_moves(connection),
        *_other_states(connection, operation, "operation"),
        *_other_states(connection, presentment, "presentment"),
    ][:SHOWN_MAX]


def _broken_chains(connection: Connection) -> list[Violation]:
    before = (
        func.lag(event.c.to_state)
        .over(partition_by=event.c.subject_id, order_by=event.c.seq)
        .label("before")
    )
    steps = select(
        event.c.payment_id, event.c.seq, event.c.subject_id, event.c.from_state, before
    ).subquery()
    rows = connection.execute(
        select(steps)
        .where(func.coalesce(steps.c.from_state, "") != func.coalesce(steps.c.before, ""))
        .order_by(steps.c.payment_id, steps.c.seq)
        .limit(SHOWN_MAX)
    )
    return [
        Violation(
            f"event {row.payment_id}:{row.seq}",
            f"starts from {row.from_state}, but {row.subject_id} was {row.before}",
        )
        for row in rows
    ]


def _foreign_moves(connection: Connection) -> list[Violation]:
    columns = (event.c.subject, event.c.from_state, event.c.input, event.c.to_state)
    rows = connection.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
    found = []
    for subject, from_state, name, to_state, count in rows:
        if subject not in _TABLES or from_state is None:
            continue
        move = find_move(_TABLES[subject], from_state, name)
        # An input without a row in the table is recorded, but moves nothing.
        allowed = from_state if move is None else move.to
        if to_state != allowed:
            found.append(
                Violation(
                    f"{count} {subject} events",
                    f"{name} led from {from_state} to {to_state}, expected {allowed}",
                )
            )
    return found


def _other_states(connection: Connection, table: Table, subject: str) -> list[Violation]:
    last = (
        select(event.c.subject_id, func.max(event.c.seq).label("seq"))
        .where(event.c.subject == subject)
        .group_by(event.c.subject_id)
        .subquery()
    )
    rows = connection.execute(
        select(table.c.id, table.c.state, event.c.to_state)
        .outerjoin(last, last.c.subject_id == table.c.id)
        .outerjoin(event, (event.c.payment_id == table.c.payment_id) & (event.c.seq == last.c.seq))
        .where(table.c.state != func.coalesce(event.c.to_state, ""))
        .order_by(table.c.id)
        .limit(SHOWN_MAX)
    )
    return [
        Violation(f"{subject} {name}", f"is {state}, its events lead to {led}")
        for name, state, led in rows
    ]
