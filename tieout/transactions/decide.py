"""The one decision function: a payment and an input give events and journals, or a refusal.

Pure: no clock, no database, no randomness; new ids come in with the input. The same function serves
one request at a time and, through `tieout.settlement`, the facts of a whole file.
"""

from collections.abc import Callable

from tieout.money import Money
from tieout.transactions import amounts, answers
from tieout.transactions.commands import (
    AuthorisePayment,
    CapturePayment,
    Fact,
    PaymentCommand,
    PresentmentFact,
    ProviderAnswered,
    RefundPayment,
    TimerFired,
    VoidPayment,
)
from tieout.transactions.lifecycle import PRESENTMENT, find_move, inputs_allowed
from tieout.transactions.model import (
    Decision,
    Event,
    OperationKind,
    OperationState,
    Payment,
    Presentment,
    PresentmentState,
    Refusal,
)
from tieout.transactions.postings import journals_of

_OPEN = frozenset(
    {
        OperationState.CREATED,
        OperationState.IN_FLIGHT,
        OperationState.ACTION_REQUIRED,
        OperationState.PENDING,
        OperationState.UNKNOWN,
        OperationState.REVERSING,
        OperationState.NEEDS_REVIEW,
    }
)


def decide_authorise(
    command: AuthorisePayment, *, payment_id: str, operation_id: str
) -> Decision | Refusal:
    """Begin a payment with its authorisation on the way to the provider."""
    if command.amount.minor <= 0:
        return Refusal(
            "amount_not_positive",
            f"{command.amount} cannot be authorised.",
            "Give an amount above zero.",
        )
    created = Event(
        "PaymentCreated",
        "payment",
        payment_id,
        "create",
        None,
        "OPEN",
        {
            "merchant_id": command.merchant_id,
            "merchant_reference": command.merchant_reference,
            "currency": command.amount.currency,
            "requested_minor": command.amount.minor,
            "pan_masked": command.card.masked,
            "pan_fingerprint": command.card.fingerprint,
            "scheme": command.card.scheme,
        },
    )
    sent = _begin(
        OperationKind.AUTHORISE, command.merchant_reference, command.amount.minor, operation_id
    )
    return Decision(events=(created, *sent))


def decide_command(
    payment: Payment, command: PaymentCommand, *, operation_id: str
) -> Decision | Refusal:
    """Put a capture, void or refund on the way to the provider, or say why not."""
    if isinstance(command, CapturePayment):
        return _capture(payment, command, operation_id)
    if isinstance(command, RefundPayment):
        return _refund(payment, command, operation_id)
    return _void(payment, command, operation_id)


def decide_fact(payment: Payment, fact: Fact, *, new_id: Callable[[], str]) -> Decision:
    """Take a fact in. Where it does not fit, the state stays and the decision says so."""
    if isinstance(fact, ProviderAnswered):
        return answers.decide_answer(payment, fact, new_id=new_id)
    if isinstance(fact, TimerFired):
        return answers.decide_timer(payment, fact)
    return decide_presentment(payment, payment.presentment(fact.presentment_id), fact)


def decide_presentment(
    payment: Payment, presentment: Presentment, fact: PresentmentFact
) -> Decision:
    """Move one presentment by a fact from a file, if currency, amount and state allow."""
    problem = misfit(payment.currency, presentment.amount_minor, presentment.state, fact)
    if problem is not None:
        return Decision(contradiction=problem)
    move = PRESENTMENT[(presentment.state, fact.fact)]
    event = Event(
        "PresentmentMoved",
        "presentment",
        presentment.id,
        fact.fact,
        presentment.state,
        move.to,
        {},
    )
    return Decision((event,), journals_of(move.effect, 0, payment, presentment))


def misfit(currency: str, amount_minor: int, state: str, fact: PresentmentFact) -> str | None:
    """Say in words why a fact does not fit a presentment, or None when it does."""
    if fact.currency != currency:
        return f"{fact.fact} in {fact.currency}, expected {currency}"
    if fact.fact != "unmatch" and fact.amount_minor != amount_minor:
        shown, expected = Money(fact.amount_minor, currency), Money(amount_minor, currency)
        return f"{fact.fact} with {shown}, expected {expected}"
    if find_move(PRESENTMENT, state, fact.fact) is None:
        allowed = ", ".join(inputs_allowed(PRESENTMENT, state)) or "nothing"
        return f"{fact.fact} while {state}, which allows {allowed}"
    return None


def _begin(
    kind: OperationKind, reference: str, minor: int, operation_id: str, *, is_final: bool = False
) -> tuple[Event, Event]:
    data = {"kind": kind, "reference": reference, "amount_minor": minor, "is_final": is_final}
    return (
        Event("OperationCreated", "operation", operation_id, "create", None, "CREATED", data),
        Event("OperationMoved", "operation", operation_id, "dispatch", "CREATED", "IN_FLIGHT", {}),
    )


def _in_doubt(payment: Payment, *kinds: OperationKind) -> Refusal | None:
    for one in payment.operations:
        if one.kind in kinds and one.state in _OPEN:
            return Refusal(
                "operation_in_progress",
                f"{one.kind} {one.reference!r} is {one.state}.",
                "Wait until it is known what became of it, or ask the provider (inquire).",
            )
    return None


def _amount(payment: Payment, wanted: Money | None, available: int, verb: str) -> int | Refusal:
    left = Money(available, payment.currency)
    if wanted is not None and wanted.currency != payment.currency:
        return Refusal(
            "currency_differs",
            f"The payment is in {payment.currency}, the {verb} in {wanted.currency}.",
            f"Give the amount in {payment.currency}.",
        )
    minor = available if wanted is None else wanted.minor
    if minor <= 0 or minor > available:
        return Refusal(
            "amount_exceeds_available",
            f"A {verb} of {Money(minor, payment.currency)} was asked; {left} is available.",
            "Give an amount above zero that is still available.",
        )
    return minor


def _capture(payment: Payment, command: CapturePayment, operation_id: str) -> Decision | Refusal:
    doubt = _in_doubt(payment, OperationKind.AUTHORISE, OperationKind.CAPTURE, OperationKind.VOID)
    if doubt is not None:
        return doubt
    available = amounts.capturable_minor(payment)
    minor = _amount(payment, command.amount, available, "capture")
    if isinstance(minor, Refusal):
        return minor
    return Decision(
        _begin(
            OperationKind.CAPTURE,
            command.reference,
            minor,
            operation_id,
            is_final=command.is_final or minor == available,
        )
    )


def _refund(payment: Payment, command: RefundPayment, operation_id: str) -> Decision | Refusal:
    doubt = _in_doubt(payment, OperationKind.REFUND, OperationKind.VOID)
    if doubt is not None:
        return doubt
    minor = _amount(payment, command.amount, amounts.refundable_minor(payment), "refund")
    if isinstance(minor, Refusal):
        return minor
    return Decision(_begin(OperationKind.REFUND, command.reference, minor, operation_id))


def _void(payment: Payment, command: VoidPayment, operation_id: str) -> Decision | Refusal:
    doubt = _in_doubt(payment, *OperationKind)
    if doubt is not None:
        return doubt
    authorised = amounts.done_minor(payment, OperationKind.AUTHORISE)
    if authorised == 0 or amounts.is_voided(payment):
        return Refusal(
            "nothing_to_void",
            f"The payment is {amounts.summary_of(payment)}; nothing is held.",
            "There is nothing to do.",
        )
    gone = [
        one
        for one in payment.presentments
        if one.state not in (PresentmentState.EXPECTED, PresentmentState.WITHDRAWN)
    ]
    if gone or amounts.done_minor(payment, OperationKind.REFUND):
        return Refusal(
            "already_cleared",
            "Money of this payment has been cleared or refunded; it cannot be voided.",
            "Refund what is left instead.",
        )
    return Decision(_begin(OperationKind.VOID, command.reference, authorised, operation_id))
