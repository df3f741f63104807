"""What goes wrong in the world: the closed list of anomalies, and what each must turn into.

An anomaly is planted into the script or into the making of a file, never into our core. The table
`EXPECTATIONS` is the oracle's half of the claim: on which leg the anomaly shows, what becomes of
its lines there, and whether a case stands at the end.
"""

from dataclasses import dataclass
from enum import StrEnum

from tieout.simulator.merchants import Merchant


class AnomalyKind(StrEnum):
    """Everything that can be planted."""

    MISSING_IN_CLEARING = "missing_in_clearing"
    UNKNOWN_CLEARING = "unknown_clearing"
    MISSING_IN_ADVICE = "missing_in_advice"
    NEVER_CLEARED = "never_cleared"
    AMOUNT_OVER = "amount_over"
    AMOUNT_UNDER = "amount_under"
    DUPLICATE_CLEARING = "duplicate_clearing"
    LATE_PRESENTMENT = "late_presentment"
    PARTIAL_CAPTURES = "partial_captures"
    COMBINED_CAPTURES = "combined_captures"
    SPLIT_INCOMPLETE = "split_incomplete"
    REFUND_AFTER_SETTLEMENT = "refund_after_settlement"
    REFUND_ORPHAN = "refund_orphan"
    CHARGEBACK = "chargeback"
    FEE_OVER = "fee_over"
    FEE_UNDER = "fee_under"
    PAYOUT_SHORT = "payout_short"
    PAYOUT_MISSING = "payout_missing"
    PAYOUT_WITHOUT_REFERENCE = "payout_without_reference"
    UNKNOWN_CREDIT = "unknown_credit"
    LATE_FILE = "late_file"


CORE_CLEARING, CLEARING_ADVICE, ADVICE_BANK = "core_clearing", "clearing_advice", "advice_bank"
FILES = "files"
CLEARING_FEED, ADVICE_FEED, BANK_FEED = (
    "mastercard_clearing",
    "processor_advice",
    "bank_statement",
)


@dataclass(frozen=True)
class Expectation:
    """The truth about one kind: `feed` is where it was planted, `case` how a case ends."""

    leg: str
    feed: str
    outcome: str
    reason: str | None
    matching_pass: str | None
    case: str  # open | closed | none


def _break(leg: str, feed: str, reason: str, *, outcome: str = "break") -> Expectation:
    return Expectation(leg, feed, outcome, reason, None, "open")


def _match(leg: str, feed: str, matching_pass: str, *, outcome: str = "matched") -> Expectation:
    return Expectation(leg, feed, outcome, None, matching_pass, "none")


_K = AnomalyKind
EXPECTATIONS: dict[AnomalyKind, Expectation] = {
    _K.MISSING_IN_CLEARING: _break(CORE_CLEARING, CLEARING_FEED, "miss_scheme"),
    _K.UNKNOWN_CLEARING: _break(CORE_CLEARING, CLEARING_FEED, "miss_internal"),
    _K.MISSING_IN_ADVICE: _break(CLEARING_ADVICE, ADVICE_FEED, "miss_settlement"),
    _K.NEVER_CLEARED: _break(CLEARING_ADVICE, ADVICE_FEED, "miss_clearing"),
    _K.AMOUNT_OVER: _break(CORE_CLEARING, CLEARING_FEED, "amt_over"),
    _K.AMOUNT_UNDER: _break(CORE_CLEARING, CLEARING_FEED, "amt_under"),
    _K.DUPLICATE_CLEARING: _break(CORE_CLEARING, CLEARING_FEED, "dup_scheme", outcome="duplicate"),
    _K.LATE_PRESENTMENT: _break(CORE_CLEARING, CLEARING_FEED, "date_late_presentment"),
    _K.PARTIAL_CAPTURES: _match(CORE_CLEARING, CLEARING_FEED, "P1"),
    _K.COMBINED_CAPTURES: _match(CORE_CLEARING, CLEARING_FEED, "P4"),
    _K.SPLIT_INCOMPLETE: _break(CORE_CLEARING, CLEARING_FEED, "split_incomplete"),
    _K.REFUND_AFTER_SETTLEMENT: _match(CORE_CLEARING, CLEARING_FEED, "P1"),
    _K.REFUND_ORPHAN: _break(CORE_CLEARING, CLEARING_FEED, "rev_orphan"),
    _K.CHARGEBACK: _break(CORE_CLEARING, CLEARING_FEED, "cbk_new"),
    _K.FEE_OVER: _break(CLEARING_ADVICE, ADVICE_FEED, "fee_var_over"),
    _K.FEE_UNDER: _break(CLEARING_ADVICE, ADVICE_FEED, "fee_var_under"),
    _K.PAYOUT_SHORT: _break(ADVICE_BANK, BANK_FEED, "net_residual"),
    _K.PAYOUT_MISSING: _break(ADVICE_BANK, BANK_FEED, "miss_bank"),
    _K.PAYOUT_WITHOUT_REFERENCE: _match(ADVICE_BANK, BANK_FEED, "P6", outcome="proposed"),
    _K.UNKNOWN_CREDIT: _break(ADVICE_BANK, BANK_FEED, "miss_advice"),
    _K.LATE_FILE: Expectation(FILES, CLEARING_FEED, "matched", "file_missing", None, "closed"),
}


@dataclass(frozen=True)
class Plant:
    """One anomaly, decided before the world begins.

    `index` is the place of the business date whose file shows it: the clearing file and the advice
    of that date, or for the bank's anomalies its statement. `order_ref` names the payment that
    carries it; where there is none, `merchant`, `currency` and `amount_minor` describe what is made
    up. `delta_minor` is how far an amount or a fee is off, always positive.
    """

    anomaly_id: str
    kind: AnomalyKind
    index: int
    order_ref: str = ""
    merchant: Merchant | None = None
    currency: str = ""
    amount_minor: int = 0
    card: str = ""
    delta_minor: int = 0
