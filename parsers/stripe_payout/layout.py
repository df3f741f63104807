"""The columns of the reports and what their reporting categories mean.

Source: public documentation of reporting categories and of both reports.
"""

NEEDED = ("balance_transaction_id", "currency", "gross", "fee", "net", "reporting_category")
"""Columns without which a file is none of these reports."""

CREATED = ("created_utc", "created", "effective_at_utc", "effective_at")
AVAILABLE = (
    "automatic_payout_effective_at_utc",
    "automatic_payout_effective_at",
    "effective_at_utc",
    "effective_at",
    "available_on_utc",
    "available_on",
)
PAYOUT_IDS = ("automatic_payout_id", "payout_id")
MERCHANT_REFS = (
    "payment_metadata[external_identifier]",
    "payment_metadata[order_id]",
    "payment_metadata[orchestrator_tx_ref]",
    "payment_metadata[gr4vy_tx_ref]",
    "invoice_number",
    "order_id",
)
"""Where a merchant's own reference usually stands, the most usual first."""

KINDS = {
    "charge": "sale",
    "payment": "sale",
    "chargefailure": "reversal",
    "refund": "refund",
    "partialcapturereversal": "reversal",
    "refundfailure": "refund",
    "dispute": "chargeback",
    "disputereversal": "representment",
    "fee": "fee",
    "networkcost": "fee",
    "tax": "fee",
    "platformearning": "fee",
    "platformearningrefund": "fee",
    "feecredit": "fee",
    "reserve": "reserve",
    "riskreservedfunds": "reserve",
    "reservedfunds": "reserve",
    "reserverelease": "release",
    "financingpayout": "adjustment",
    "financingpaydown": "adjustment",
    "topup": "adjustment",
    "topupreversal": "adjustment",
    "transfer": "adjustment",
    "transferreversal": "adjustment",
    "contribution": "adjustment",
    "advance": "adjustment",
    "advancefunding": "adjustment",
    "anticipationrepayment": "adjustment",
    "otheradjustment": "adjustment",
    "connectreservedfunds": "reserve",
    "connectcollectiontransfer": "adjustment",
    "payout": "payout",
    "payoutreversal": "payout",
    "payoutminimumbalancehold": "reserve",
    "payoutminimumbalancerelease": "release",
}
"""Reporting category without underscores → kind."""

REVERSALS = (
    "chargefailure",
    "partialcapturereversal",
    "refundfailure",
    "disputereversal",
    "payoutreversal",
)
