"""What an answer of the provider does to an operation, and to what is then expected to clear."""

from collections.abc import Callable

from tieout.money import Money
from tieout.transactions.commands import ProviderAnswered, TimerFired
from tieout.transactions.lifecycle import OPERATION, PRESENTMENT, find_move
from tieout.transactions.model import (
    Decision,
    Event,
    Journal,
    Operation,
    OperationKind,
    OperationState,
    Payment,
    Presentment,
    PresentmentKind,
    PresentmentState,
)
from tieout.transactions.postings import journals_of
from tieout.transactions.provider import (
    Ambiguous,
    Approved,
    Declined,
    InquiryOutcome,
    NotFound,
    NotSent,
    Outcome,
    Pending,
)

_SIGN = {OperationKind.CAPTURE: 1, OperationKind.REFUND: -1}
_PRESENTMENT_KIND = {
    OperationKind.CAPTURE: PresentmentKind.SALE,
    OperationKind.REFUND: PresentmentKind.REFUND,
}


def decide_answer(
    payment: Payment, fact: ProviderAnswered, *, new_id: Callable[[], str]
) -> Decision:
    """Move the operation; when it succeeds, create or withdraw what is expected to clear."""
    operation = payment.operation(fact.operation_id)
    name, data, problem = _read(payment, operation, fact)
    move = find_move(OPERATION, operation.state, name)
    if move is None:
        words = f"{name} for {operation.kind} {operation.reference!r}, which is {operation.state}"
        return Decision((_moved(operation, name, operation.state, data),), (), problem or words)
    moved = _moved(operation, name, move.to, data)
    if move.effect is not None and "case" in move.effect:
        problem = problem or f"{name} after {operation.state}"
    if move.to != OperationState.SUCCEEDED or operation.state is OperationState.SUCCEEDED:
        return Decision((moved,), (), problem)
    events, journals = _on_success(payment, operation, fact, data, new_id)
    if operation.kind is OperationKind.VOID and len(events) < 2 * len(payment.presentments):
        problem = problem or "a void was approved after a capture had been cleared or withdrawn"
    return Decision((moved, *events), journals, problem)


def decide_timer(payment: Payment, fact: TimerFired) -> Decision:
    """Move an operation whose time is up; a timer that comes too late does nothing."""
    operation = payment.operation(fact.operation_id)
    move = find_move(OPERATION, operation.state, fact.input)
    if move is None:
        return Decision()
    return Decision((_moved(operation, fact.input, move.to, {}),))


def _moved(operation: Operation, name: str, to: str, data: dict[str, object]) -> Event:
    return Event("OperationMoved", "operation", operation.id, name, operation.state, to, data)


def _read(
    payment: Payment, operation: Operation, fact: ProviderAnswered
) -> tuple[str, dict[str, object], str | None]:
    """Return the input of the state table, the new values, and what is wrong with the answer."""
    outcome = fact.outcome
    if fact.is_reversal:
        return _read_reversal(outcome), {}, None
    if isinstance(outcome, Approved):
        problem = _amount_problem(payment, operation, outcome.amount)
        if problem is not None:
            return _doubt(fact), {"reason": problem}, problem
        return "approved", _approved_data(outcome), None
    if isinstance(outcome, Declined):
        data = {"decline_code": outcome.code, "provider_ref": outcome.provider_ref}
        return "declined", dict(data), None
    name, reason = _read_no_answer(outcome, fact)
    return name, reason, None


def _read_reversal(outcome: Outcome | InquiryOutcome) -> str:
    if isinstance(outcome, Approved):
        return "reversal_ok"
    if isinstance(outcome, NotFound):
        return "reversal_not_found"
    return "reversal_refused" if isinstance(outcome, Declined) else "reversal_ambiguous"


def _read_no_answer(
    outcome: Outcome | InquiryOutcome, fact: ProviderAnswered
) -> tuple[str, dict[str, object]]:
    if isinstance(outcome, Pending):
        return "accepted", {"provider_ref": outcome.provider_ref}
    if isinstance(outcome, NotFound):
        return "not_found", {}
    if isinstance(outcome, NotSent) and not fact.is_inquiry:
        return "not_sent", {"reason": outcome.reason}
    # An inquiry that was not sent says nothing about the operation itself.
    reason = outcome.reason if isinstance(outcome, (Ambiguous, NotSent)) else ""
    return _doubt(fact), {"reason": reason}


def _doubt(fact: ProviderAnswered) -> str:
    return "inconclusive" if fact.is_inquiry else "ambiguous"


def _amount_problem(payment: Payment, operation: Operation, amount: Money) -> str | None:
    asked = Money(operation.amount_minor, payment.currency)
    if amount.currency != payment.currency or not 0 < amount.minor <= asked.minor:
        return f"approved {amount} where {asked} was asked"
    # An authorisation may be approved in part; a void lets go of whatever is still held.
    if amount.minor < asked.minor and operation.kind in _SIGN:
        return f"approved only {amount} where {asked} was asked"
    return None


def _approved_data(outcome: Approved) -> dict[str, object]:
    return {
        "approved_minor": outcome.amount.minor,
        "provider_ref": outcome.provider_ref,
        "auth_code": outcome.auth_code,
        "rrn": outcome.rrn,
        "arn": outcome.arn,
        "scheme_id": outcome.scheme_id,
    }


def _on_success(
    payment: Payment,
    operation: Operation,
    fact: ProviderAnswered,
    data: dict[str, object],
    new_id: Callable[[], str],
) -> tuple[tuple[Event, ...], tuple[Journal, ...]]:
    if operation.kind is OperationKind.VOID:
        return _withdraw_all(payment, operation, fact, new_id)
    if operation.kind not in _SIGN:
        return (), ()
    expected = _expected(payment, operation, fact, data, new_id())
    # The operation's own event is number 0, the presentment's is number 1.
    return (_created(expected),), journals_of("present", 1, payment, expected)


def _expected(
    payment: Payment,
    operation: Operation,
    fact: ProviderAnswered,
    data: dict[str, object],
    presentment_id: str,
) -> Presentment:
    authorised = [one for one in payment.operations if one.kind is OperationKind.AUTHORISE]
    first = authorised[0] if authorised else operation
    minor = data.get("approved_minor")
    amount = minor if isinstance(minor, int) else operation.amount_minor
    return Presentment(
        id=presentment_id,
        operation_id=operation.id,
        kind=_PRESENTMENT_KIND[operation.kind],
        reference=operation.reference,
        amount_minor=amount * _SIGN[operation.kind],
        arn=_text(data.get("arn")),
        rrn=_text(data.get("rrn")) or first.rrn,
        auth_code=_text(data.get("auth_code")) or first.auth_code,
        event_at=fact.at,
        business_date=fact.business_date,
        expected_settlement_date=fact.expected_settlement_date,
        state=PresentmentState.EXPECTED,
    )


def _withdraw_all(
    payment: Payment, void: Operation, fact: ProviderAnswered, new_id: Callable[[], str]
) -> tuple[tuple[Event, ...], tuple[Journal, ...]]:
    """Withdraw what has not cleared; beside each, a line of opposite amount with the same ARN.

    The capture may already be in an exported day; the opposite line lets a batch net the two. It is
    withdrawn from birth, for nobody expects either of them to clear, and posts nothing.
    """
    move = PRESENTMENT[(PresentmentState.EXPECTED, "withdraw")]
    events: list[Event] = []
    journals: list[Journal] = []
    for one in payment.presentments:
        if one.state is not PresentmentState.EXPECTED:
            continue
        # The operation's own event comes before these: count from 1.
        journals.extend(journals_of(move.effect, len(events) + 1, payment, one))
        events.append(
            Event("PresentmentMoved", "presentment", one.id, "withdraw", one.state, move.to, {})
        )
        events.append(_created(_opposite(one, void, fact, new_id())))
    return tuple(events), tuple(journals)


def _opposite(
    original: Presentment, void: Operation, fact: ProviderAnswered, presentment_id: str
) -> Presentment:
    return Presentment(
        id=presentment_id,
        operation_id=original.operation_id,
        kind=PresentmentKind.REVERSAL,
        reference=void.reference,
        amount_minor=-original.amount_minor,
        arn=original.arn,
        rrn=original.rrn,
        auth_code=original.auth_code,
        event_at=fact.at,
        business_date=fact.business_date,
        expected_settlement_date=fact.expected_settlement_date,
        state=PresentmentState.WITHDRAWN,
    )


def _created(one: Presentment) -> Event:
    data: dict[str, object] = {
        "operation_id": one.operation_id,
        "kind": one.kind,
        "reference": one.reference,
        "amount_minor": one.amount_minor,
        "arn": one.arn,
        "rrn": one.rrn,
        "auth_code": one.auth_code,
        "event_at": one.event_at.isoformat(),
        "business_date": one.business_date.isoformat(),
        "expected_settlement_date": one.expected_settlement_date.isoformat(),
    }
    return Event("PresentmentExpected", "presentment", one.id, "create", None, one.state, data)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
