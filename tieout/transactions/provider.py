"""The port to whoever authorises and captures: one request in, one of six outcomes out.

An adapter classifies what happened on the wire, and nothing else: before the first byte left it is
`NotSent`; after that everything that is not a clear answer (a time-out, a reset, a 5xx, a body that
cannot be read, an amount that differs) is `Ambiguous`. A time-out is never a decline.
"""

from dataclasses import dataclass
from typing import Protocol

from tieout.money import Money
from tieout.transactions.model import CardRef, OperationKind


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """What we ask for; `operation_id` is the idempotency key, constant over all attempts."""

    operation_id: str
    kind: OperationKind
    payment_id: str
    merchant_id: str
    merchant_reference: str
    reference: str
    amount: Money
    card: CardRef
    original_provider_ref: str | None = None
    original_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """The provider did it. `amount` is what it did, which may be less than asked."""

    provider_ref: str
    amount: Money
    auth_code: str | None = None
    rrn: str | None = None
    arn: str | None = None
    scheme_id: str | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The provider or the issuer said no; `code` is their raw code."""

    code: str
    provider_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may have happened: no usable answer came after bytes had left."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """It certainly did not happen: no byte left."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The provider took the request and will decide later."""

    provider_ref: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """Answer to an inquiry: the provider has never seen the operation."""


Outcome = Approved | Declined | Ambiguous | NotSent | Pending
InquiryOutcome = Approved | Declined | Ambiguous | Pending | NotFound | NotSent


class Provider(Protocol):
    """An acquirer, a processor, or the simulator. Called with no database connection held."""

    def send(self, request: ProviderRequest) -> Outcome:
        """Ask for the operation; sending one `operation_id` twice must do it once."""
        ...

    def inquire(self, request: ProviderRequest) -> InquiryOutcome:
        """Ask what became of the operation, without doing anything."""
        ...
