"""Fields of the records, in their order, and what transaction types mean.

Source: public reader of both reports, and files of two public repositories.
"""

_COMMON = (
    "record",
    "transaction_id",
    "created_at",
    "original_transaction_id",
    "merchant",
    "payment_type",
    "provider_type",
    "provider_id",
    "account_number",
    "merchant_reference",
    "transaction_type",
    "status",
)
ITEM = (
    *_COMMON,
    "updated_at",
    "processed_at",
    "ccy",
    "amount",
    "trace_id",
    "reason",
    "batch_id",
    "movement",
    "original_reference",
    "provider_transaction_id",
    "fee",
)
TRANSACTION = (
    *_COMMON,
    "processed_at",
    "ccy",
    "amount",
    "recurring_start",
    "recurring_end",
    "recurring_frequency",
    "recurring_unit",
    "recurring_currency",
    "recurring_amount",
    "recurring_automatic",
    "provider_transaction_id",
)
FUNDING = ("record", "name", "reference", "trace_id", "ccy", "amount", "code", "funded_at")
HEADER = ("record", "report", "version", "begin", "end", "merchant_id", "part")

FIELDS = {"I": ITEM, "F": FUNDING, "T": TRANSACTION}
"""Record → its fields in their order."""

RECORDS = ("H", "I", "F", "T", "L")
REPORTS = ("P11KFUN", "P11KREC")

KINDS = {
    "capture": "sale",
    "sale": "sale",
    "refund": "refund",
    "return": "reversal",
    "reclaim": "adjustment",
    "deposit": "adjustment",
    "fee": "fee",
    "adjustment": "adjustment",
}
"""Movement of an item, else its transaction type, in lower case → kind."""

DISPUTED = ("R05", "R07", "R08", "R10", "R11", "R29", "R51")
"""ACH return reasons by which the payer disputes; the other ones say that it could not be paid."""

DONE = ("processed", "completed", "settled")
"""Values of status, in lower case, of a processed transaction (T) that moved money."""

REFERENCE_MAX = 63
"""A longer reference is the hash that Trustly puts in the place of one that was not given."""
