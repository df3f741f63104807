"""The fold: a payment and an event give the next payment. Decides nothing, refuses nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from tieout.transactions.model import (
    CardRef,
    Event,
    Operation,
    OperationKind,
    OperationState,
    Payment,
    Presentment,
    PresentmentKind,
    PresentmentState,
)

_OPERATION_FACTS = (
    "approved_minor",
    "provider_ref",
    "auth_code",
    "rrn",
    "arn",
    "scheme_id",
    "decline_code",
)


def fold(payment: Payment | None, events: Iterable[Event]) -> Payment:
    """Return the payment after all events; None is the payment that does not exist yet."""
    for event in events:
        payment = evolve(payment, event)
    if payment is None:
        raise ValueError("a payment begins with an event")
    return payment


def evolve(payment: Payment | None, event: Event) -> Payment:
    """Return the payment after one event."""
    if payment is None:
        return _create_payment(event)
    later = replace(payment, version=payment.version + 1)
    if event.subject == "operation":
        return replace(later, operations=_after_operation(payment.operations, event))
    if event.subject == "presentment":
        return replace(later, presentments=_after_presentment(payment.presentments, event))
    return later


def _create_payment(event: Event) -> Payment:
    data: dict[str, Any] = dict(event.data)
    return Payment(
        id=event.subject_id,
        merchant_id=data["merchant_id"],
        merchant_reference=data["merchant_reference"],
        currency=data["currency"],
        requested_minor=data["requested_minor"],
        card=CardRef(data["pan_masked"], data["pan_fingerprint"], data["scheme"]),
        version=1,
    )


def _after_operation(operations: tuple[Operation, ...], event: Event) -> tuple[Operation, ...]:
    data: dict[str, Any] = dict(event.data)
    if event.from_state is None:
        created = Operation(
            id=event.subject_id,
            kind=OperationKind(data["kind"]),
            reference=data["reference"],
            amount_minor=data["amount_minor"],
            state=OperationState(event.to_state),
            is_final=data["is_final"],
        )
        return (*operations, created)
    facts = {name: data[name] for name in _OPERATION_FACTS if data.get(name) is not None}
    tries = 1 if event.input in ("dispatch", "inconclusive") else 0
    return tuple(
        replace(one, state=OperationState(event.to_state), attempts=one.attempts + tries, **facts)
        if one.id == event.subject_id
        else one
        for one in operations
    )


def _after_presentment(
    presentments: tuple[Presentment, ...], event: Event
) -> tuple[Presentment, ...]:
    data: dict[str, Any] = dict(event.data)
    state = PresentmentState(event.to_state)
    if event.from_state is None:
        created = Presentment(
            id=event.subject_id,
            operation_id=data["operation_id"],
            kind=PresentmentKind(data["kind"]),
            reference=data["reference"],
            amount_minor=data["amount_minor"],
            arn=data["arn"],
            rrn=data["rrn"],
            auth_code=data["auth_code"],
            event_at=datetime.fromisoformat(data["event_at"]),
            business_date=date.fromisoformat(data["business_date"]),
            expected_settlement_date=date.fromisoformat(data["expected_settlement_date"]),
            state=state,
        )
        return (*presentments, created)
    return tuple(
        replace(one, state=state, version=one.version + 1) if one.id == event.subject_id else one
        for one in presentments
    )
