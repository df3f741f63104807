"""What can happen to a payment: commands, which may be refused, and facts, which never are."""

from dataclasses import dataclass
from datetime import date, datetime

from tieout.money import Money
from tieout.transactions.model import CardRef
from tieout.transactions.provider import InquiryOutcome, Outcome


@dataclass(frozen=True, slots=True)
class AuthorisePayment:
    """Command: reserve `amount`; one payment per merchant_id and merchant_reference."""

    merchant_id: str
    merchant_reference: str
    amount: Money
    card: CardRef


@dataclass(frozen=True, slots=True)
class CapturePayment:
    """Command: take `amount` (None: all that is left); `is_final`: no other will follow."""

    reference: str
    amount: Money | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class VoidPayment:
    """Command: let the authorisation go, and withdraw captures that are not cleared yet."""

    reference: str


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Command: give `amount` (None: all that is left) of captured money back."""

    reference: str
    amount: Money | None = None


PaymentCommand = CapturePayment | VoidPayment | RefundPayment


@dataclass(frozen=True, slots=True)
class ProviderAnswered:
    """Fact: what the provider answered for one operation, at once or when asked later.

    The two dates are those of what the answer captures or refunds, should it succeed. A reversal is
    our own request to neutralise an operation in doubt.
    """

    operation_id: str
    outcome: Outcome | InquiryOutcome
    at: datetime
    business_date: date
    expected_settlement_date: date
    is_inquiry: bool = False
    is_reversal: bool = False


@dataclass(frozen=True, slots=True)
class TimerFired:
    """Fact of our own clock: `input` is stale, expired, give_up_reversible or …_irreversible."""

    operation_id: str
    input: str


@dataclass(frozen=True, slots=True)
class PresentmentFact:
    """Fact from a file: one of cleared, settled, funded, unmatch for one presentment.

    `amount_minor` is the amount that the file shows, credit to us positive.
    """

    presentment_id: str
    fact: str
    currency: str
    amount_minor: int


Fact = ProviderAnswered | TimerFired | PresentmentFact
