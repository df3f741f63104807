"""I16: whatever a command or an answer changed was put into the outbox with it.

Facts from files tell of themselves in one row per batch, so only events with other causes count.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, exists, func, select

from tieout.invariants.violation import SHOWN_MAX, Violation
from tieout.store.tables.core import event, outbox, settlement_fact


def check(connection: Connection) -> Sequence[Violation]:
    """Return payments whose latest change of their own was never put into the outbox."""
    from_file = exists().where(settlement_fact.c.source_key == event.c.cause)
    latest = (
        select(event.c.payment_id, func.max(event.c.seq).label("seq"))
        .where(~from_file)
        .group_by(event.c.payment_id)
        .subquery()
    )
    rows = connection.execute(
        select(latest.c.payment_id, latest.c.seq)
        .outerjoin(
            outbox,
            (outbox.c.aggregate_id == latest.c.payment_id) & (outbox.c.seq == latest.c.seq),
        )
        .where(outbox.c.id.is_(None))
        .order_by(latest.c.payment_id)
        .limit(SHOWN_MAX)
    )
    return [
        Violation(f"payment {name}", f"has event {seq}, but the outbox has no row for it")
        for name, seq in rows
    ]
