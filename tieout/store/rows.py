"""Payments as rows: reading the aggregate, and turning its parts into column values."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, RowMapping, Select, select

from tieout.store.tables.core import operation, payment, presentment
from tieout.transactions.amounts import done_minor, summary_of
from tieout.transactions.model import (
    CardRef,
    Operation,
    OperationKind,
    OperationState,
    Payment,
    Presentment,
    PresentmentKind,
    PresentmentState,
)

PRESENTMENT_EXPORT = (
    "id",
    "payment_id",
    "operation_id",
    "kind",
    "amount_minor",
    "currency",
    "arn",
    "rrn",
    "auth_code",
    "merchant_id",
    "merchant_reference",
    "operation_reference",
    "scheme",
    "pan_masked",
    "pan_fingerprint",
    "event_at",
    "business_date",
    "expected_settlement_date",
)
"""The columns of a presentment that never change: what the nightly export may show."""


def find_payment(connection: Connection, payment_id: str) -> Payment | None:
    """Read a payment with all its operations and presentments, or None."""
    return _find(connection, select(payment).where(payment.c.id == payment_id))


def find_payment_by_reference(
    connection: Connection, merchant_id: str, merchant_reference: str
) -> Payment | None:
    """Read the payment that a merchant knows by `merchant_reference`, or None."""
    return _find(
        connection,
        select(payment).where(
            payment.c.merchant_id == merchant_id,
            payment.c.merchant_reference == merchant_reference,
        ),
    )


def _find(connection: Connection, query: Select[tuple[object, ...]]) -> Payment | None:
    # The payment first: if another transaction commits between these reads, the version read here
    # is the old one, and the compare-and-set of the writer fails as it should.
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    operations = connection.execute(
        select(operation)
        .where(operation.c.payment_id == row["id"])
        .order_by(operation.c.created_at, operation.c.id)
    ).mappings()
    presentments = connection.execute(
        select(presentment)
        .where(presentment.c.payment_id == row["id"])
        .order_by(presentment.c.event_at, presentment.c.id)
    ).mappings()
    return Payment(
        id=row["id"],
        merchant_id=row["merchant_id"],
        merchant_reference=row["merchant_reference"],
        currency=row["currency"],
        requested_minor=row["requested_minor"],
        card=CardRef(row["pan_masked"], row["pan_fingerprint"], row["scheme"]),
        version=row["version"],
        operations=tuple(_operation(one) for one in operations),
        presentments=tuple(_presentment(one) for one in presentments),
    )


def _operation(row: RowMapping) -> Operation:
    return Operation(
        id=row["id"],
        kind=OperationKind(row["kind"]),
        reference=row["reference"],
        amount_minor=row["amount_minor"],
        state=OperationState(row["state"]),
        is_final=bool(row["is_final"]),
        approved_minor=row["approved_minor"],
        provider_ref=row["provider_ref"],
        auth_code=row["auth_code"],
        rrn=row["rrn"],
        arn=row["arn"],
        scheme_id=row["scheme_id"],
        decline_code=row["decline_code"],
        attempts=row["attempts"],
    )


def _presentment(row: RowMapping) -> Presentment:
    return Presentment(
        id=row["id"],
        operation_id=row["operation_id"],
        kind=PresentmentKind(row["kind"]),
        reference=row["operation_reference"],
        amount_minor=row["amount_minor"],
        arn=row["arn"],
        rrn=row["rrn"],
        auth_code=row["auth_code"],
        event_at=row["event_at"],
        business_date=row["business_date"],
        expected_settlement_date=row["expected_settlement_date"],
        state=PresentmentState(row["state"]),
        version=row["version"],
    )


def payment_values(one: Payment, at: datetime) -> dict[str, object]:
    """Return the columns of a payment that change with its operations."""
    return {
        "authorised_minor": done_minor(one, OperationKind.AUTHORISE),
        "captured_minor": done_minor(one, OperationKind.CAPTURE),
        "refunded_minor": done_minor(one, OperationKind.REFUND),
        "summary": summary_of(one),
        "version": one.version,
        "updated_at": at,
    }


def operation_values(one: Operation, at: datetime) -> dict[str, object]:
    """Return the columns of an operation that change."""
    return {
        "approved_minor": one.approved_minor,
        "state": one.state,
        "provider_ref": one.provider_ref,
        "auth_code": one.auth_code,
        "rrn": one.rrn,
        "arn": one.arn,
        "scheme_id": one.scheme_id,
        "decline_code": one.decline_code,
        "attempts": one.attempts,
        "updated_at": at,
    }


def presentment_row(owner: Payment, one: Presentment) -> dict[str, object]:
    """Return the whole row of a new presentment."""
    return {
        "id": one.id,
        "payment_id": owner.id,
        "operation_id": one.operation_id,
        "kind": one.kind,
        "amount_minor": one.amount_minor,
        "currency": owner.currency,
        "arn": one.arn,
        "rrn": one.rrn,
        "auth_code": one.auth_code,
        "merchant_id": owner.merchant_id,
        "merchant_reference": owner.merchant_reference,
        "operation_reference": one.reference,
        "scheme": owner.card.scheme,
        "pan_masked": owner.card.masked,
        "pan_fingerprint": owner.card.fingerprint,
        "event_at": one.event_at,
        "business_date": one.business_date,
        "expected_settlement_date": one.expected_settlement_date,
        "state": one.state,
        "version": one.version,
    }


def select_presentments() -> Select[tuple[object, ...]]:
    """Select the columns that never change, of every presentment."""
    return select(*(presentment.c[name] for name in PRESENTMENT_EXPORT))


Rows = Sequence[Row[tuple[object, ...]]]
