"""A counterparty for tests: answers what the test says, and otherwise approves everything."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

from tieout.calendars import calendar_named
from tieout.clock import business_date
from tieout.money import Money
from tieout.references import Arn
from tieout.store.engine import Database
from tieout.store.payments import PaymentService
from tieout.transactions.commands import AuthorisePayment
from tieout.transactions.ids import uuid7_factory
from tieout.transactions.model import CardRef, OperationKind
from tieout.transactions.provider import Approved, InquiryOutcome, Outcome, ProviderRequest

START = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
CARD = CardRef("411111******1111", "a" * 64, "visa")


class Clock:
    """A clock that moves only when told."""

    def __init__(self, start: datetime = START) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class ScriptedProvider:
    """Pops the next scripted outcome; with none left, approves with fresh references."""

    answers: deque[Outcome] = field(default_factory=deque)
    inquiries: deque[InquiryOutcome] = field(default_factory=deque)
    sent: list[ProviderRequest] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def send(self, request: ProviderRequest) -> Outcome:
        self.sent.append(request)
        return self.answers.popleft() if self.answers else self.approve(request)

    def inquire(self, request: ProviderRequest) -> InquiryOutcome:
        return self.inquiries.popleft() if self.inquiries else self.approve(request)

    def approve(self, request: ProviderRequest) -> Approved:
        number = next(self._numbers)
        clears = request.kind in (OperationKind.CAPTURE, OperationKind.REFUND)
        arn = Arn.build(acquirer_bin="123456", on=START.date(), sequence=number)
        return Approved(
            provider_ref=f"psp-{number}",
            amount=request.amount,
            auth_code=f"{number:06d}" if request.kind is OperationKind.AUTHORISE else None,
            rrn=f"{number:012d}",
            arn=str(arn) if clears else None,
        )


def euro_date(instant: datetime) -> date:
    """Cut-off 18:00 in Frankfurt, TARGET calendar."""
    return business_date(instant, time(18), "Europe/Berlin", calendar_named("XECB"))


def service_on(
    database: Database, provider: ScriptedProvider, clock: Clock, seed: int = 1
) -> PaymentService:
    new_id = uuid7_factory(clock, Random(seed).getrandbits)
    return PaymentService(database, provider, clock=clock, new_id=new_id, business_date=euro_date)


def order(
    reference: str = "order-1", minor: int = 10_000, currency: str = "EUR"
) -> AuthorisePayment:
    return AuthorisePayment("M1", reference, Money(minor, currency), CARD)
