"""What a payment's operations add up to: the ceilings of commands, and the one-word summary.

Doubt counts against the ceilings: a capture that may have happened takes its part of the
authorisation until it is known not to have.
"""

from collections.abc import Iterable

from tieout.transactions.model import (
    Operation,
    OperationKind,
    OperationState,
    Payment,
    Summary,
)

_NO = frozenset(
    {
        OperationState.DECLINED,
        OperationState.FAILED,
        OperationState.REVERSED,
        OperationState.EXPIRED,
    }
)
_DOUBT = frozenset({OperationState.UNKNOWN, OperationState.PENDING, OperationState.REVERSING})


def of_kind(payment: Payment, kind: OperationKind) -> list[Operation]:
    """Return the operations of one kind, oldest first."""
    return [one for one in payment.operations if one.kind is kind]


def done_minor(payment: Payment, kind: OperationKind) -> int:
    """Return the sum that the provider has done for certain."""
    return sum(
        one.approved_minor or 0
        for one in of_kind(payment, kind)
        if one.state is OperationState.SUCCEEDED
    )


def claimed_minor(payment: Payment, kind: OperationKind) -> int:
    """Return the sum that is done or may have been done."""
    return sum(_claim(one) for one in of_kind(payment, kind) if one.state not in _NO)


def _claim(operation: Operation) -> int:
    if operation.approved_minor is None:
        return operation.amount_minor
    return operation.approved_minor


def is_voided(payment: Payment) -> bool:
    """Tell whether a void has succeeded."""
    return _any_in(of_kind(payment, OperationKind.VOID), OperationState.SUCCEEDED)


def capturable_minor(payment: Payment) -> int:
    """Return what a capture may still take."""
    if is_voided(payment) or any(
        one.is_final and one.state not in _NO for one in of_kind(payment, OperationKind.CAPTURE)
    ):
        return 0
    authorised = done_minor(payment, OperationKind.AUTHORISE)
    return max(0, authorised - claimed_minor(payment, OperationKind.CAPTURE))


def refundable_minor(payment: Payment) -> int:
    """Return what a refund may still give back; nothing after a void, which withdrew it all."""
    if is_voided(payment):
        return 0
    captured = done_minor(payment, OperationKind.CAPTURE)
    return max(0, captured - claimed_minor(payment, OperationKind.REFUND))


def summary_of(payment: Payment) -> Summary:
    """Return the payment's summary: what needs a person or time first, then how far it has come."""
    states = {one.state for one in payment.operations}
    if OperationState.NEEDS_REVIEW in states:
        return Summary.REVIEW
    if states & _DOUBT:
        return Summary.IN_DOUBT
    if states & {OperationState.CREATED, OperationState.IN_FLIGHT, OperationState.ACTION_REQUIRED}:
        return Summary.PROCESSING
    if is_voided(payment):
        return Summary.VOIDED
    authorised = done_minor(payment, OperationKind.AUTHORISE)
    if authorised == 0:
        return _no_of(payment)
    return _progress_of(payment, authorised)


def _progress_of(payment: Payment, authorised: int) -> Summary:
    captured = done_minor(payment, OperationKind.CAPTURE)
    refunded = done_minor(payment, OperationKind.REFUND)
    if refunded:
        return Summary.REFUNDED if refunded >= captured else Summary.PARTIALLY_REFUNDED
    if captured == 0:
        return Summary.AUTHORISED
    is_complete = captured >= authorised or capturable_minor(payment) == 0
    return Summary.CAPTURED if is_complete else Summary.PARTIALLY_CAPTURED


def _no_of(payment: Payment) -> Summary:
    authorisations = of_kind(payment, OperationKind.AUTHORISE)
    if _any_in(authorisations, OperationState.DECLINED):
        return Summary.DECLINED
    if _any_in(authorisations, OperationState.EXPIRED):
        return Summary.EXPIRED
    return Summary.FAILED


def _any_in(operations: Iterable[Operation], state: OperationState) -> bool:
    return any(one.state is state for one in operations)
