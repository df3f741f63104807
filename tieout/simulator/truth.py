"""The truth store: what the simulated acquirer really saw, and nothing that our core believes.

The provider writes it while it answers; the clearing file, the advice and the statement are made
from it alone. It keeps approvals by their own reference and claims (captures and refunds) in the
order in which they came in.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from tieout.references import Arn

ACQUIRER_BIN = "512345"


@dataclass(frozen=True)
class Approval:
    """One approved authorisation; `rrn` and `auth_code` are what the shopper's bank was told."""

    order_ref: str
    card: str
    currency: str
    amount_minor: int
    rrn: str
    auth_code: str
    approved_at: datetime


@dataclass(frozen=True)
class Claim:
    """A capture (`kind` sale) or a refund; the amount is unsigned."""

    kind: str
    order_ref: str
    arn: str
    rrn: str
    amount_minor: int
    at: datetime
    business_date: date
    is_voided: bool = False


@dataclass
class TruthStore:
    """Everything the acquirer knows; it mints the references, so they are unique in a world."""

    approvals: dict[str, Approval] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    minted: int = 0

    def mint_rrn(self, at: datetime) -> str:
        """Return a retrieval reference number: year digit, day of year, hour, sequence."""
        self.minted += 1
        return f"{at.year % 10}{at.timetuple().tm_yday:03d}{at.hour:02d}{self.minted:06d}"

    def mint_arn(self, on: date) -> str:
        """Return an acquirer reference number."""
        self.minted += 1
        return Arn.build(acquirer_bin=ACQUIRER_BIN, on=on, sequence=self.minted).value

    def mint_auth_code(self) -> str:
        """Return an approval code; like real ones it says nothing and may repeat."""
        self.minted += 1
        return f"{self.minted * 7919 % 1_000_000:06d}"

    def claims_of(self, order_ref: str, kind: str) -> list[Claim]:
        """Return the claims of one order that were not voided, in order."""
        return [
            claim
            for claim in self.claims
            if claim.order_ref == order_ref and claim.kind == kind and not claim.is_voided
        ]

    def due_on(self, business_date: date) -> list[Claim]:
        """Return the claims of one business date that the scheme has to hear of."""
        return [
            claim
            for claim in self.claims
            if claim.business_date == business_date and not claim.is_voided
        ]

    def void(self, arn: str) -> None:
        """Mark the claim with this reference as voided: it will not be cleared."""
        self.claims = [
            replace(claim, is_voided=True) if claim.arn == arn else claim for claim in self.claims
        ]
