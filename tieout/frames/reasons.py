"""Why a line is open: the closed list of break reasons, in words and with a severity.

One reason per break, never an "other". The code names (`miss_scheme`) are what files, plans and the
database hold; the words are what people read. Severity is the reason's own weight; how much money
is at risk and for how long is added by whoever sorts the cases.

The list grows with what the passes can tell apart; it never holds a name that nothing raises or
that no plan may name.
"""

from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How urgent a reason is by itself, before amount and age."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class BreakReason(StrEnum):
    """One code per break."""

    MISS_SCHEME = "miss_scheme"
    MISS_INTERNAL = "miss_internal"
    MISS_SETTLEMENT = "miss_settlement"
    MISS_CLEARING = "miss_clearing"
    MISS_BANK = "miss_bank"
    MISS_ADVICE = "miss_advice"
    DUP_SCHEME = "dup_scheme"
    DUP_INTERNAL = "dup_internal"
    DUP_BANK = "dup_bank"
    AMT_OVER = "amt_over"
    AMT_UNDER = "amt_under"
    CCY_MISMATCH = "ccy_mismatch"
    FEE_VAR_OVER = "fee_var_over"
    FEE_VAR_UNDER = "fee_var_under"
    FEE_MISSING = "fee_missing"
    FEE_UNKNOWN = "fee_unknown"
    NET_RESIDUAL = "net_residual"
    ROUND_EXCEEDED = "round_exceeded"
    SPLIT_INCOMPLETE = "split_incomplete"
    SPLIT_OVER = "split_over"
    REV_ORPHAN = "rev_orphan"
    CBK_NEW = "cbk_new"
    DATE_LATE_PRESENTMENT = "date_late_presentment"
    AMB_MULTI = "amb_multi"
    AMB_SUM = "amb_sum"
    FILE_MISSING = "file_missing"
    FILE_GAP = "file_gap"
    FILE_DUP = "file_dup"
    FILE_RESTATED = "file_restated"
    FILE_INTEGRITY = "file_integrity"
    BAL_PROOF = "bal_proof"

    @property
    def words(self) -> str:
        """The reason as people see it."""
        return _TEXTS[self].words

    @property
    def meaning(self) -> str:
        """One sentence: what was found."""
        return _TEXTS[self].meaning

    @property
    def severity(self) -> Severity:
        """The reason's own weight."""
        return _TEXTS[self].severity


class _Text(NamedTuple):
    words: str
    meaning: str
    severity: Severity


_R, _S = BreakReason, Severity
_TEXTS: dict[BreakReason, _Text] = {
    _R.MISS_SCHEME: _Text(
        "Missing in the scheme's file", "In our books, overdue in the clearing file.", _S.HIGH
    ),
    _R.MISS_INTERNAL: _Text(
        "Unknown to our books", "In the clearing file, without a transaction of ours.", _S.HIGH
    ),
    _R.MISS_SETTLEMENT: _Text(
        "Missing in the settlement advice", "Cleared, but in no settlement advice.", _S.HIGH
    ),
    _R.MISS_CLEARING: _Text(
        "Never cleared", "In the settlement advice, but in no clearing file.", _S.HIGH
    ),
    _R.MISS_BANK: _Text(
        "Missing at the bank", "Advised as paid, overdue on the bank statement.", _S.HIGH
    ),
    _R.MISS_ADVICE: _Text(
        "Money without an advice", "On the bank statement, announced by nobody.", _S.MEDIUM
    ),
    _R.DUP_SCHEME: _Text(
        "Presented twice by the scheme", "The counterparty lists the same item again.", _S.HIGH
    ),
    _R.DUP_INTERNAL: _Text(
        "Booked twice by us", "Our own books hold the same item again.", _S.HIGH
    ),
    _R.DUP_BANK: _Text("Booked twice by the bank", "The bank lists the same entry again.", _S.HIGH),
    _R.AMT_OVER: _Text(
        "Amount too high", "Same reference; the other side shows more than ours.", _S.MEDIUM
    ),
    _R.AMT_UNDER: _Text(
        "Amount too low", "Same reference; the other side shows less than ours.", _S.MEDIUM
    ),
    _R.CCY_MISMATCH: _Text("Other currency", "Same reference in two currencies.", _S.HIGH),
    _R.FEE_VAR_OVER: _Text(
        "Fee above contract", "The fee charged is higher than the contract's.", _S.MEDIUM
    ),
    _R.FEE_VAR_UNDER: _Text(
        "Fee below contract", "The fee charged is lower than the contract's.", _S.LOW
    ),
    _R.FEE_MISSING: _Text("Fee missing", "The contract has a fee, the file states none.", _S.LOW),
    _R.FEE_UNKNOWN: _Text(
        "Fee without contract", "A fee is charged where the contract has none.", _S.MEDIUM
    ),
    _R.NET_RESIDUAL: _Text(
        "Payout does not add up", "The lines of the batch do not sum to what was paid.", _S.HIGH
    ),
    _R.ROUND_EXCEEDED: _Text(
        "Tolerance used up",
        "Small differences have come to more than may be absorbed in a day.",
        _S.MEDIUM,
    ),
    _R.SPLIT_INCOMPLETE: _Text(
        "Parts missing", "The parts found so far are less than the whole.", _S.MEDIUM
    ),
    _R.SPLIT_OVER: _Text("Parts exceed the whole", "The parts are more than the whole.", _S.MEDIUM),
    _R.REV_ORPHAN: _Text(
        "Refund or reversal without original", "It undoes an item that is not there.", _S.MEDIUM
    ),
    _R.CBK_NEW: _Text("New chargeback", "The issuer claims money back.", _S.HIGH),
    _R.DATE_LATE_PRESENTMENT: _Text(
        "Presented late", "The money is right; it came after the allowed days.", _S.LOW
    ),
    _R.AMB_MULTI: _Text(
        "Several candidates", "More than one line fits; a person must choose.", _S.MEDIUM
    ),
    _R.AMB_SUM: _Text(
        "Several sums fit",
        "More than one set of lines comes to the amount; a person must choose.",
        _S.MEDIUM,
    ),
    _R.FILE_MISSING: _Text("File missing", "An expected file has not arrived.", _S.HIGH),
    _R.FILE_GAP: _Text(
        "Balances do not follow",
        "A statement opens with another balance than the one before closed with.",
        _S.HIGH,
    ),
    _R.FILE_DUP: _Text(
        "File sent twice", "Other bytes, the same content as an earlier file.", _S.MEDIUM
    ),
    _R.FILE_RESTATED: _Text(
        "File restated", "A later file says something else about the same date.", _S.MEDIUM
    ),
    _R.FILE_INTEGRITY: _Text(
        "File refused",
        "It cannot be read as described, or contradicts its own totals.",
        _S.HIGH,
    ),
    _R.BAL_PROOF: _Text(
        "Balance and lines differ",
        "The lines of an account do not come to what its balance has moved by.",
        _S.HIGH,
    ),
}
