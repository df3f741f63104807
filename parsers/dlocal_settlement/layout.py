"""The columns of both reports and what their row types mean.

Source: files of two public repositories; the older report as its public reader takes it.
"""

MARK = "ROW_TYPE"
HEADER = "HEADER"
SUMMARY = (
    "SETTLEMENT_CURRENCY",
    "NUMBER_OF_ITEMS",
    "GROSS_TOTAL_AMOUNT",
    "FEE_TOTAL_AMOUNT",
    "NET_TOTAL_AMOUNT",
    "TRANSFER_DATE",
    "TRANSFER_ID",
)
DETAIL = (
    "CREATION_DATE",
    "APPROVED_DATE",
    "DLOCAL_TRANSACTION_ID",
    "LOCAL_AMOUNT",
    "LOCAL_CURRENCY",
    "GROSS_AMOUNT",
    "FEE_AMOUNT",
    "NET_AMOUNT",
)
DECIMALS = 6
"""Digits after the point that the report may write, whatever the currency."""

KINDS = {
    "payment": "sale",
    "capture": "sale",
    "refund": "refund",
    "refundreversal": "refund",
    "chargeback": "chargeback",
    "chargebackreversal": "representment",
    "adjustment": "adjustment",
    "creditnote": "adjustment",
    "debitnote": "adjustment",
    "settlementfee": "fee",
    "fee": "fee",
    "tax": "fee",
}
"""ROW_TYPE in lower case without underscores → kind."""

REVERSALS = ("refundreversal", "chargebackreversal")

OLD = (
    "Type",
    "Creation date",
    "Settlement date",
    "Reference",
    "Invoice",
    "Net Amount (local)",
    "Amount (USD)",
    "Status",
    "Fee",
)
"""Columns without which a file is no transaction report of the older kind."""

OLD_KINDS = {
    "payment": "sale",
    "refund": "refund",
    "chargeback": "chargeback",
    "chargebacks": "chargeback",
    "chargebackreversal": "representment",
    "creditnote": "adjustment",
    "debitnote": "fee",
    "refundprocessingfee": "fee",
    "chargebackprocessingfee": "fee",
}
OLD_DEBITS = ("refund", "chargeback", "fee")
NOT_DONE = ("cancelled", "in process", "reimbursed", "waiting details", "pending", "rejected")
"""Values of Status, in lower case, of transactions that moved no money."""
