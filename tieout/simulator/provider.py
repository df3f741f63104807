"""The simulated acquirer as our core's provider: answers requests, and remembers what it did.

It sees only what a provider sees (our references, the masked card) and the script of the world,
which tells it how the issuer will answer each order. It never looks into our database. One
operation id is done once, however often it is sent.
"""

from collections.abc import Callable
from datetime import date, datetime

from tieout.simulator.script import Answer, Purchase
from tieout.simulator.truth import Approval, Claim, TruthStore
from tieout.transactions.model import OperationKind
from tieout.transactions.provider import (
    Ambiguous,
    Approved,
    Declined,
    InquiryOutcome,
    NotFound,
    Outcome,
    ProviderRequest,
)

DO_NOT_HONOUR = "05"
NO_ORIGINAL = "25"
"""Response codes (DE 39): the issuer refuses; there is nothing to act upon."""


class SimulatedAcquirer:
    """Answers one request after another at the time of the given clock.

    Args:
        script: every order that will ever be asked for, by its reference.
        truth: where what happened is written.
        clock: the present instant of the world.
        business_date: the business date of an instant.
    """

    def __init__(
        self,
        script: dict[str, Purchase],
        truth: TruthStore,
        clock: Callable[[], datetime],
        business_date: Callable[[datetime], date],
    ) -> None:
        self._script = script
        self._truth = truth
        self._clock = clock
        self._business_date = business_date
        self._done: dict[str, Approved | Declined] = {}

    def send(self, request: ProviderRequest) -> Outcome:
        """Do what is asked, once, and answer as the script says."""
        purchase = self._script[request.merchant_reference]
        if request.kind is OperationKind.AUTHORISE and purchase.answer is Answer.REQUEST_LOST:
            return Ambiguous("The connection timed out after the request was written.")
        if request.operation_id not in self._done:
            self._done[request.operation_id] = self._do(request, purchase)
        if request.kind is OperationKind.AUTHORISE and purchase.answer is Answer.ANSWER_LOST:
            return Ambiguous("The connection was reset while the answer was read.")
        return self._done[request.operation_id]

    def inquire(self, request: ProviderRequest) -> InquiryOutcome:
        """Say what became of an operation; one that never arrived is not found."""
        return self._done.get(request.operation_id, NotFound())

    def _do(self, request: ProviderRequest, purchase: Purchase) -> Approved | Declined:
        if request.kind is OperationKind.AUTHORISE:
            return self._authorise(request, purchase)
        if request.merchant_reference not in self._truth.approvals:
            return Declined(NO_ORIGINAL)
        if request.kind is OperationKind.VOID:
            return self._void(request)
        return self._claim(request)

    def _authorise(self, request: ProviderRequest, purchase: Purchase) -> Approved | Declined:
        if purchase.answer is Answer.DECLINED:
            return Declined(DO_NOT_HONOUR, provider_ref=_reference(request))
        at = self._clock()
        approval = Approval(
            purchase.order_ref,
            purchase.card,
            request.amount.currency,
            request.amount.minor,
            self._truth.mint_rrn(at),
            self._truth.mint_auth_code(),
            at,
        )
        self._truth.approvals[purchase.order_ref] = approval
        return Approved(_reference(request), request.amount, approval.auth_code, approval.rrn)

    def _claim(self, request: ProviderRequest) -> Approved:
        """Take a capture or a refund; a refund is a transaction of its own with its own RRN."""
        at = self._clock()
        day = self._business_date(at)
        approval = self._truth.approvals[request.merchant_reference]
        is_refund = request.kind is OperationKind.REFUND
        claim = Claim(
            "refund" if is_refund else "sale",
            request.merchant_reference,
            self._truth.mint_arn(day),
            self._truth.mint_rrn(at) if is_refund else approval.rrn,
            request.amount.minor,
            at,
            day,
        )
        self._truth.claims.append(claim)
        code = None if is_refund else approval.auth_code
        return Approved(_reference(request), request.amount, code, claim.rrn, claim.arn)

    def _void(self, request: ProviderRequest) -> Approved | Declined:
        """Cancel an approval and its captures, unless one has left for the scheme already."""
        claims = self._truth.claims_of(request.merchant_reference, "sale")
        today = self._business_date(self._clock())
        if any(claim.business_date != today for claim in claims):
            return Declined(NO_ORIGINAL)
        for claim in claims:
            self._truth.void(claim.arn)
        return Approved(_reference(request), request.amount)


def _reference(request: ProviderRequest) -> str:
    return f"SIM-{request.operation_id}"
