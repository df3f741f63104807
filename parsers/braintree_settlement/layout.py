"""Where the values stand in an object, and what its types mean.

Source: public API reference (transactions, refunds, disputes); files of a public repository.
"""

PATHS = {
    "id": "$.id",
    "order": "$.orderId",
    "created": "$.createdAt",
    "account": "$.merchantAccountId",
    "status": "$.status",
    "type": "$.type",
    "value": "$.amount.value",
    "currency": "$.amount.currencyCode",
    "disbursed_value": "$.disbursementDetails.amount.value",
    "disbursed_currency": "$.disbursementDetails.amount.currencyCode",
    "disbursed_on": "$.disbursementDetails.date",
    "held": "$.disbursementDetails.fundsHeld",
    "refunded": "$.refundedTransaction.id",
    "disputed_value": "$.amountDisputed.value",
    "disputed_currency": "$.amountDisputed.currencyCode",
    "won_value": "$.amountWon.value",
    "won_currency": "$.amountWon.currencyCode",
    "disputed_id": "$.transaction.id",
    "disputed_merchant_ref": "$.transaction.orderId",
    "disputed_account": "$.transaction.merchantAccountId",
    "case": "$.caseNumber",
    "received": "$.receivedDate",
    "summary_id": "$.gateway_txn_id",
    "summary_refund": "$.gateway_refund_id",
    "summary_merchant_ref": "$.invoice_id",
    "summary_value": "$.gross",
    "summary_currency": "$.currency",
    "summary_date": "$.date",
    "method": "$.payment_method",
}
"""Name of a value → where it stands."""

KEYS = ("id", "summary_id", "summary_refund")
"""Of these every object has one; an object without any is not read further."""

MOVED_ON = r'"disbursementDate"\s*:\s*"([^"]*)"'
"""The first day on which money was moved for a dispute, in the text of the object."""

BATCH = r'"settlementBatchId"\s*:\s*"([^"]*)"'

NUMBER = r'"(?:value|gross)"\s*:\s*[-+.0-9]'
"""An amount that is a number of JSON and no text: its digits may be lost on the way."""

KNOWN_BY = (
    (b'"disbursementDetails"', b'"currencyCode"'),
    (b'"amountDisputed"', b'"currencyCode"'),
    (b'"contribution_tracking_id"', b'"gross"', b'"payment_method"'),
)
"""Names of which one group stands in the beginning of the file."""

SETTLED = ("SETTLED", "SETTLEMENT_CONFIRMED")
WON = "WON"
NO_MONEY = "RETRIEVAL"
"""Type of a dispute that asks for documents only."""
