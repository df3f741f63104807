"""I3: the events of a payment count 1, 2, 3 … up to the payment's version."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from tieout.invariants.violation import SHOWN_MAX, Violation
from tieout.store.tables.core import event, payment


def check(connection: Connection) -> Sequence[Violation]:
    """Return payments whose events have a gap, or that are not at their last event's version."""
    counted = (
        select(
            event.c.payment_id,
            func.count().label("events"),
            func.min(event.c.seq).label("first"),
            func.max(event.c.seq).label("last"),
        )
        .group_by(event.c.payment_id)
        .subquery()
    )
    rows = connection.execute(
        select(payment.c.id, payment.c.version, counted.c.events, counted.c.first, counted.c.last)
        .outerjoin(counted, counted.c.payment_id == payment.c.id)
        .where(
            (func.coalesce(counted.c.events, 0) != payment.c.version)
            | (counted.c.last != payment.c.version)
            | (counted.c.first != 1)
        )
        .order_by(payment.c.id)
        .limit(SHOWN_MAX)
    )
    return [
        Violation(
            f"payment {row.id}",
            f"has version {row.version}, but {row.events or 0} events "
            f"from {row.first} to {row.last}",
        )
        for row in rows
    ]
