"""I7: no operation stays in flight for ever; its sender is dead and somebody must ask the provider.

Measured against the latest event in the ledger, not the clock of this machine, so that a ledger of
past days can be checked.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, func, select

from tieout.invariants.violation import SHOWN_MAX, Violation
from tieout.store.tables.core import event, operation

AGE_MAX = timedelta(days=1)


def check(connection: Connection) -> Sequence[Violation]:
    """Return operations that were sent more than a day before the latest event."""
    latest = connection.scalar(select(func.max(event.c.recorded_at)))
    if latest is None:
        return []
    rows = connection.execute(
        select(operation.c.id, operation.c.kind, operation.c.updated_at)
        .where(
            operation.c.state.in_(["CREATED", "IN_FLIGHT"]),
            operation.c.updated_at < latest - AGE_MAX,
        )
        .order_by(operation.c.updated_at, operation.c.id)
        .limit(SHOWN_MAX)
    )
    return [
        Violation(f"operation {name}", f"{kind} in flight since {since.isoformat()}")
        for name, kind, since in rows
    ]
