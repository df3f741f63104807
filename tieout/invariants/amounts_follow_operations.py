"""I17: authorised, captured and refunded are the sums of the operations that succeeded.

A capture never exceeds the authorisation, a refund never what was captured.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, case, func, select

from tieout.invariants.violation import SHOWN_MAX, Violation
from tieout.store.tables.core import operation, payment

_COLUMNS = {"AUTHORISE": "authorised", "CAPTURE": "captured", "REFUND": "refunded"}


def check(connection: Connection) -> Sequence[Violation]:
    """Return payments whose amounts differ from their operations, or exceed each other."""
    done = operation.c.state == "SUCCEEDED"

    def total(kind: str) -> ColumnElement[int]:
        counts = case((done & (operation.c.kind == kind), operation.c.approved_minor), else_=0)
        return func.coalesce(func.sum(counts), 0)

    sums = (
        select(
            operation.c.payment_id,
            *(total(kind).label(name) for kind, name in _COLUMNS.items()),
        )
        .group_by(operation.c.payment_id)
        .subquery()
    )
    rows = connection.execute(
        select(
            payment.c.id,
            payment.c.authorised_minor,
            payment.c.captured_minor,
            payment.c.refunded_minor,
            sums.c.authorised,
            sums.c.captured,
            sums.c.refunded,
        )
        .outerjoin(sums, sums.c.payment_id == payment.c.id)
        .where(
            (payment.c.authorised_minor != func.coalesce(sums.c.authorised, 0))
            | (payment.c.captured_minor != func.coalesce(sums.c.captured, 0))
            | (payment.c.refunded_minor != func.coalesce(sums.c.refunded, 0))
            | (payment.c.captured_minor > payment.c.authorised_minor)
            | (payment.c.refunded_minor > payment.c.captured_minor)
        )
        .order_by(payment.c.id)
        .limit(SHOWN_MAX)
    )
    return [
        Violation(
            f"payment {row[0]}",
            f"authorised, captured, refunded are {row[1]}, {row[2]}, {row[3]} minor units; "
            f"its operations say {row[4]}, {row[5]}, {row[6]}",
        )
        for row in rows
    ]
