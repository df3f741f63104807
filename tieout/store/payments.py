"""PaymentService: commands from outside, answers from the provider, one transaction each.

The operation is committed IN_FLIGHT *before* the provider is called, no database connection is held
during the call, and the answer is taken in by a second transaction. A crash in between leaves an
operation that `resume` finishes by asking the provider; nothing is ever sent again blindly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import IntegrityError

from tieout.calendars import calendar_named
from tieout.errors import Permanent
from tieout.money import Money
from tieout.store.audit import append_audit
from tieout.store.engine import Database
from tieout.store.rows import find_payment, find_payment_by_reference, select_presentments
from tieout.store.tables.core import operation as operation_table
from tieout.store.tables.core import presentment as presentment_table
from tieout.store.unit_of_work import save_decision
from tieout.transactions.amounts import done_minor, summary_of
from tieout.transactions.commands import (
    AuthorisePayment,
    CapturePayment,
    PaymentCommand,
    ProviderAnswered,
    RefundPayment,
    TimerFired,
    VoidPayment,
)
from tieout.transactions.decide import decide_authorise, decide_command, decide_fact
from tieout.transactions.model import (
    Operation,
    OperationKind,
    OperationState,
    Payment,
    Presentment,
    Refusal,
    Summary,
)
from tieout.transactions.provider import Ambiguous, NotFound, Provider, ProviderRequest

LEASE = timedelta(seconds=60)
"""How long an operation may be IN_FLIGHT before its sender counts as dead."""

VISIBILITY_GRACE = timedelta(seconds=120)
"""How long "not found" may only mean that the provider does not show the operation yet."""

INQUIRIES_MAX = 6
"""Inquiries without a clear answer, after which the operation is reversed or given to people."""


class CommandRefused(Permanent):
    """The state of the payment does not allow the command; `code` says why, for programs."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message, hint=refusal.hint)
        self.code = refusal.code


class PaymentUnknown(Permanent):
    """There is no payment with this id."""


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as its callers see it; `version` changes with every event."""

    id: str
    merchant_id: str
    merchant_reference: str
    summary: Summary
    requested: Money
    authorised: Money
    captured: Money
    refunded: Money
    operations: tuple[Operation, ...]
    presentments: tuple[Presentment, ...]
    version: int


class PaymentService:
    """The commands of a payment, each idempotent by the merchant's own references.

    Args:
        database: where the core lives, upgraded.
        provider: who authorises and captures.
        clock: the present instant.
        new_id: a fresh UUIDv7.
        business_date: the date that an instant belongs to (cut-off, zone and calendar are its own).
        settlement_date: the day on which the money of a business date is expected; by default the
            next weekday.
        actor: who stands in the audit rows.
    """

    def __init__(
        self,
        database: Database,
        provider: Provider,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        business_date: Callable[[datetime], date],
        settlement_date: Callable[[date], date] | None = None,
        actor: str = "payments",
    ) -> None:
        self._database = database
        self._provider = provider
        self._clock = clock
        self._new_id = new_id
        self._business_date = business_date
        self._settlement_date = settlement_date or calendar_named("WEEKENDS").next_business_day
        self._actor = actor

    def authorise(self, command: AuthorisePayment) -> PaymentView:
        """Authorise a new payment; the same command again returns the payment as it is now.

        Raises:
            CommandRefused: the amount is not positive, or the merchant used the reference for a
                payment with another amount or card.
        """
        try:
            payment, is_new = self._database.run(lambda tx: self._begin(tx, command))
        except IntegrityError:
            # Another request with the same reference was faster: take its payment.
            payment, is_new = self._database.run(lambda tx: self._begin(tx, command))
        return self._send(payment, payment.operations[0]) if is_new else view_of(payment)

    def capture(
        self, payment_id: str, reference: str, amount: Money | None = None, final: bool = False
    ) -> PaymentView:
        """Capture `amount`, or all that is left; `final` says that no other capture follows."""
        return self._command(payment_id, CapturePayment(reference, amount, final))

    def void(self, payment_id: str, reference: str) -> PaymentView:
        """Let the authorisation go and withdraw captures that have not cleared."""
        return self._command(payment_id, VoidPayment(reference))

    def refund(self, payment_id: str, reference: str, amount: Money | None = None) -> PaymentView:
        """Refund `amount` of captured money, or all that is left."""
        return self._command(payment_id, RefundPayment(reference, amount))

    def get(self, payment_id: str) -> PaymentView:
        """Return a payment as it is now.

        Raises:
            PaymentUnknown: there is no such payment.
        """
        with self._database.reading() as connection:
            return view_of(_get(connection, payment_id))

    def resume(self, payment_id: str) -> PaymentView:
        """Bring every operation in doubt one step nearer to an answer; safe to call at any time.

        An operation whose sender died becomes UNKNOWN; UNKNOWN and PENDING are inquired; after too
        many inquiries an authorisation is reversed and anything else is given to people.
        """
        self._database.run(lambda tx: self._expire(tx, payment_id))
        payment = self._read(payment_id)
        for one in payment.operations:
            if one.state in (OperationState.UNKNOWN, OperationState.PENDING):
                self._inquire(payment, one)
            elif one.state is OperationState.REVERSING:
                self._reverse(payment, one)
        return self.get(payment_id)

    inquire = resume

    def _begin(self, tx: Connection, command: AuthorisePayment) -> tuple[Payment, bool]:
        known = find_payment_by_reference(tx, command.merchant_id, command.merchant_reference)
        if known is not None:
            _require_same(known, command)
            return known, False
        decision = decide_authorise(command, payment_id=self._new_id(), operation_id=self._new_id())
        if isinstance(decision, Refusal):
            raise CommandRefused(decision)
        cause = f"authorise {command.merchant_reference}"
        payment = save_decision(
            tx, None, decision, cause=cause, actor=self._actor, at=self._clock()
        )
        return payment, True

    def _command(self, payment_id: str, command: PaymentCommand) -> PaymentView:
        try:
            payment, operation_id = self._database.run(
                lambda tx: self._dispatch(tx, payment_id, command)
            )
        except CommandRefused as refused:
            self._audit_refusal(payment_id, command, refused)
            raise
        if operation_id is None:
            return view_of(payment)
        return self._send(payment, payment.operation(operation_id))

    def _dispatch(
        self, tx: Connection, payment_id: str, command: PaymentCommand
    ) -> tuple[Payment, str | None]:
        payment = _get(tx, payment_id)
        kind = _KIND[type(command)]
        for one in payment.operations:
            if (one.kind, one.reference) == (kind, command.reference):
                _require_same_amount(payment, one, command)
                return payment, None
        operation_id = self._new_id()
        decision = decide_command(payment, command, operation_id=operation_id)
        if isinstance(decision, Refusal):
            raise CommandRefused(decision)
        cause = f"{kind.lower()} {command.reference}"
        after = save_decision(
            tx, payment, decision, cause=cause, actor=self._actor, at=self._clock()
        )
        return after, operation_id

    def _audit_refusal(
        self, payment_id: str, command: PaymentCommand, refused: CommandRefused
    ) -> None:
        detail = {"command": _KIND[type(command)], "reference": command.reference}
        self._database.run(
            lambda tx: append_audit(
                tx,
                at=self._clock(),
                actor=self._actor,
                action="command refused",
                entity="payment",
                entity_id=payment_id,
                detail={**detail, "code": refused.code, "reason": refused.message},
            )
        )

    def _send(self, payment: Payment, operation: Operation) -> PaymentView:
        outcome = self._provider.send(request_of(payment, operation))
        return self._answer(payment.id, operation.id, outcome)

    def _inquire(self, payment: Payment, operation: Operation) -> None:
        if operation.attempts > INQUIRIES_MAX and operation.state is OperationState.UNKNOWN:
            is_reversible = operation.kind is OperationKind.AUTHORISE
            name = "give_up_reversible" if is_reversible else "give_up_irreversible"
            timer = TimerFired(operation.id, name)
            self._database.run(lambda tx: self._fire(tx, payment.id, timer))
            return
        outcome = self._provider.inquire(request_of(payment, operation))
        if isinstance(outcome, NotFound) and not self._is_visible(operation.id):
            outcome = Ambiguous("not visible at the provider yet")
        self._answer(payment.id, operation.id, outcome, is_inquiry=True)

    def _reverse(self, payment: Payment, operation: Operation) -> None:
        outcome = self._provider.send(reversal_of(payment, operation))
        self._answer(payment.id, operation.id, outcome, is_reversal=True)

    def _answer(
        self,
        payment_id: str,
        operation_id: str,
        outcome: object,
        *,
        is_inquiry: bool = False,
        is_reversal: bool = False,
    ) -> PaymentView:
        at = self._clock()
        day = self._business_date(at)
        fact = ProviderAnswered(
            operation_id,
            outcome,  # type: ignore[arg-type]
            at,
            day,
            self._settlement_date(day),
            is_inquiry,
            is_reversal,
        )

        def take_in(tx: Connection) -> Payment:
            payment = _get(tx, payment_id)
            decision = decide_fact(payment, fact, new_id=self._new_id)
            cause = f"answer {operation_id}"
            return save_decision(tx, payment, decision, cause=cause, actor=self._actor, at=at)

        return view_of(self._database.run(take_in))

    def _expire(self, tx: Connection, payment_id: str) -> None:
        dead = self._clock() - LEASE
        stale = tx.execute(
            select(operation_table.c.id).where(
                operation_table.c.payment_id == payment_id,
                operation_table.c.state.in_(["CREATED", "IN_FLIGHT"]),
                operation_table.c.updated_at <= dead,
            )
        ).scalars()
        for operation_id in stale.all():
            self._fire(tx, payment_id, TimerFired(operation_id, "stale"))

    def _fire(self, tx: Connection, payment_id: str, timer: TimerFired) -> None:
        payment = _get(tx, payment_id)
        decision = decide_fact(payment, timer, new_id=self._new_id)
        cause = f"timer {timer.input}"
        save_decision(tx, payment, decision, cause=cause, actor=self._actor, at=self._clock())

    def _is_visible(self, operation_id: str) -> bool:
        query = select(operation_table.c.created_at).where(operation_table.c.id == operation_id)
        with self._database.reading() as connection:
            created_at: datetime = connection.execute(query).scalar_one()
        return self._clock() - created_at >= VISIBILITY_GRACE

    def _read(self, payment_id: str) -> Payment:
        with self._database.reading() as connection:
            return _get(connection, payment_id)


def read_presentments(
    connection: Connection, business_date: date
) -> Sequence[Row[tuple[object, ...]]]:
    """Return what was captured and refunded on a business date, ordered by id.

    Only columns that never change: a second reading of a past date gives the same rows.
    """
    query = select_presentments().where(presentment_table.c.business_date == business_date)
    return connection.execute(query.order_by(presentment_table.c.id)).all()


def view_of(payment: Payment) -> PaymentView:
    """Return the payment as its callers see it."""

    def done(kind: OperationKind) -> Money:
        return Money(done_minor(payment, kind), payment.currency)

    return PaymentView(
        id=payment.id,
        merchant_id=payment.merchant_id,
        merchant_reference=payment.merchant_reference,
        summary=summary_of(payment),
        requested=Money(payment.requested_minor, payment.currency),
        authorised=done(OperationKind.AUTHORISE),
        captured=done(OperationKind.CAPTURE),
        refunded=done(OperationKind.REFUND),
        operations=payment.operations,
        presentments=payment.presentments,
        version=payment.version,
    )


def request_of(payment: Payment, operation: Operation) -> ProviderRequest:
    """Return what the provider is asked; the same for every attempt at one operation."""
    first = payment.operations[0]
    return ProviderRequest(
        operation_id=operation.id,
        kind=operation.kind,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        merchant_reference=payment.merchant_reference,
        reference=operation.reference,
        amount=Money(operation.amount_minor, payment.currency),
        card=payment.card,
        original_provider_ref=None if operation is first else first.provider_ref,
        original_arn=_arn_of(payment),
    )


def reversal_of(payment: Payment, operation: Operation) -> ProviderRequest:
    """Return the request that neutralises an operation in doubt, with a key of its own."""
    return ProviderRequest(
        operation_id=f"{operation.id}-reversal",
        kind=OperationKind.VOID,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        merchant_reference=payment.merchant_reference,
        reference=operation.reference,
        amount=Money(operation.amount_minor, payment.currency),
        card=payment.card,
        original_provider_ref=operation.provider_ref,
    )


_KIND = {
    CapturePayment: OperationKind.CAPTURE,
    VoidPayment: OperationKind.VOID,
    RefundPayment: OperationKind.REFUND,
}


def _arn_of(payment: Payment) -> str | None:
    captures = [one for one in payment.operations if one.kind is OperationKind.CAPTURE]
    return next((one.arn for one in captures if one.arn), None)


def _get(connection: Connection, payment_id: str) -> Payment:
    payment = find_payment(connection, payment_id)
    if payment is None:
        raise PaymentUnknown(
            f"There is no payment {payment_id!r}.", hint="Check the id; it is ours, a UUID."
        )
    return payment


def _require_same(known: Payment, command: AuthorisePayment) -> None:
    same = (known.requested_minor, known.currency, known.card.fingerprint)
    if same != (command.amount.minor, command.amount.currency, command.card.fingerprint):
        raise CommandRefused(
            Refusal(
                "reference_reused",
                f"Merchant {command.merchant_id} has used {command.merchant_reference!r} for a "
                f"payment of {Money(known.requested_minor, known.currency)} already.",
                "Give each payment a reference of its own.",
            )
        )


def _require_same_amount(payment: Payment, known: Operation, command: PaymentCommand) -> None:
    wanted = None if isinstance(command, VoidPayment) else command.amount
    if wanted is not None and wanted != Money(known.amount_minor, payment.currency):
        raise CommandRefused(
            Refusal(
                "reference_reused",
                f"{known.kind} {known.reference!r} was for "
                f"{Money(known.amount_minor, payment.currency)}, now {wanted} is asked.",
                "Give each operation a reference of its own.",
            )
        )
