"""The values of the transaction core: a payment, its operations, its presentments, its events.

All are frozen: a change is an `Event` (what was decided, with the row it decided on), and
`tieout.transactions.evolve` folds events into the next value. Signs: **credit to us is positive**.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class OperationKind(StrEnum):
    """What we asked a provider to do."""

    AUTHORISE = "AUTHORISE"
    CAPTURE = "CAPTURE"
    VOID = "VOID"
    REFUND = "REFUND"


class OperationState(StrEnum):
    """Where an operation stands; `lifecycle.OPERATION` says what moves it."""

    CREATED = "CREATED"
    IN_FLIGHT = "IN_FLIGHT"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
    REVERSING = "REVERSING"
    NEEDS_REVIEW = "NEEDS_REVIEW"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    FAILED = "FAILED"
    REVERSED = "REVERSED"
    EXPIRED = "EXPIRED"


class PresentmentState(StrEnum):
    """Where a presentment stands; `lifecycle.PRESENTMENT` says what moves it."""

    EXPECTED = "EXPECTED"
    CLEARED = "CLEARED"
    SETTLED = "SETTLED"
    FUNDED = "FUNDED"
    REJECTED = "REJECTED"
    CLEARING_REVERSED = "CLEARING_REVERSED"
    WITHDRAWN = "WITHDRAWN"
    WRITTEN_OFF = "WRITTEN_OFF"


class PresentmentKind(StrEnum):
    """What a presentment claims: the money of a capture, of a refund, or the undoing of one."""

    SALE = "sale"
    REFUND = "refund"
    REVERSAL = "reversal"


class Summary(StrEnum):
    """One word for a payment, derived from its operations and amounts."""

    PROCESSING = "PROCESSING"
    IN_DOUBT = "IN_DOUBT"
    REVIEW = "REVIEW"
    AUTHORISED = "AUTHORISED"
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    CAPTURED = "CAPTURED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"
    EXPIRED = "EXPIRED"
    DECLINED = "DECLINED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class CardRef:
    """A card without its number: masked for people, fingerprint for matching, scheme by name."""

    masked: str
    fingerprint: str
    scheme: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One request to the provider. `approved_minor` is what it did, once it has succeeded."""

    id: str
    kind: OperationKind
    reference: str
    amount_minor: int
    state: OperationState
    is_final: bool = False
    approved_minor: int | None = None
    provider_ref: str | None = None
    auth_code: str | None = None
    rrn: str | None = None
    arn: str | None = None
    scheme_id: str | None = None
    decline_code: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Presentment:
    """A clearing record that we expect, or have seen. `amount_minor`: credit to us is positive."""

    id: str
    operation_id: str
    kind: PresentmentKind
    reference: str
    amount_minor: int
    arn: str | None
    rrn: str | None
    auth_code: str | None
    event_at: datetime
    business_date: date
    expected_settlement_date: date
    state: PresentmentState
    version: int = 1


@dataclass(frozen=True, slots=True)
class Payment:
    """The aggregate: what a merchant asked for under one reference, and all that came of it.

    `version` is the sequence number of the last event folded into it.
    """

    id: str
    merchant_id: str
    merchant_reference: str
    currency: str
    requested_minor: int
    card: CardRef
    version: int
    operations: tuple[Operation, ...] = ()
    presentments: tuple[Presentment, ...] = ()

    def operation(self, operation_id: str) -> Operation:
        """Return the operation with this id (KeyError when the payment has none such)."""
        return {one.id: one for one in self.operations}[operation_id]

    def presentment(self, presentment_id: str) -> Presentment:
        """Return the presentment with this id (KeyError when the payment has none such)."""
        return {one.id: one for one in self.presentments}[presentment_id]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was decided about one subject of a payment; the fold of them is the state.

    `subject` is payment, operation or presentment; `input` is the input of the state table (or
    "create"), from `from_state` (None at creation) to `to_state`; `data` holds the new values.
    """

    type: str
    subject: str
    subject_id: str
    input: str
    from_state: str | None
    to_state: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """One side of a journal: debit positive, credit negative, in minor units."""

    account: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Journal:
    """Lines that sum to zero, written because of one event by one rule.

    `event_index` points into the events of the decision; `is_reversal` marks a journal that undoes
    the latest journal of `rule` of the same presentment that still stands.
    """

    rule: str
    event_index: int
    presentment_id: str
    lines: tuple[Line, ...]
    is_reversal: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What an input leads to; `contradiction` says in words why a fact did not fit, if so."""

    events: tuple[Event, ...] = ()
    journals: tuple[Journal, ...] = ()
    contradiction: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that the state does not allow: `code` for programs, the rest for people."""

    code: str
    message: str
    hint: str
