"""The columns of the report and what its transaction types mean.

Source: public documentation of the settlement report (header and body tables).
"""

FIRST_COLUMN = "TransactionPostedDate"
"""The first name of the header row; what stands before it is preamble."""

NEEDED = (
    FIRST_COLUMN,
    "SettlementId",
    "AmazonTransactionId",
    "SellerReferenceId",
    "TransactionType",
    "CurrencyCode",
    "TransactionAmount",
    "TotalTransactionFee",
    "NetTransactionAmount",
)
PREAMBLE = ("SellerId", "SettlementStartDate", "SettlementEndDate")

KINDS = {
    "capture": "sale",
    "charge": "sale",
    "refund": "refund",
    "guaranteerefund": "chargeback",
    "atozguaranteeclaim": "chargeback",
    "atozguaranteerefund": "chargeback",
    "atozguarantee": "chargeback",
    "claim": "chargeback",
    "dispute": "chargeback",
    "chargeback": "chargeback",
    "chargebackrefund": "chargeback",
    "chargebackreversal": "representment",
    "disputereversal": "representment",
    "fee": "fee",
    "servicefee": "fee",
    "disputefee": "fee",
    "chargebackfee": "fee",
    "reserve": "reserve",
    "currentreserveamount": "reserve",
    "previousreserveamountbalance": "release",
    "adjustment": "adjustment",
    "retrocharge": "adjustment",
    "carryover": "adjustment",
    "payabletoamazon": "adjustment",
    "debt": "adjustment",
    "transfer": "payout",
    "fundstransfer": "payout",
    "disbursement": "payout",
}
"""Transaction type in lower case, letters only → kind."""

REVERSALS = ("chargebackreversal", "disputereversal")
