"""The columns of both tables and what the types of movements mean.

Source: public documentation of the settlement report; public descriptions of its columns.
"""

FIRST_COLUMN = "type"
"""The first name of the second table."""

NEEDED = ("type", "order_id", "short_order_id", "merchant_reference1", "amount")
CURRENCIES = ("posting_currency", "currency_code", "currency", "settlement_currency")
DATES = ("capture_date", "sale_date")

SETTLEMENT = "total_settlement_amount"
TOTALS = {
    "total_sale_amount": ("sale",),
    "total_return_amount": ("return",),
    "total_fee_amount": ("fee",),
    "total_commission_amount": ("commission",),
    "total_charge_amount": ("charge",),
    "total_credit_amount": ("credit",),
    "total_holdback_amount": ("holdback",),
    "total_release_amount": ("release",),
    "total_reversal_amount": ("reversal", "reversalmerchantprotection"),
}
"""Column of totals → the types of movements that it counts."""

REFERENCE = ("payment_reference", "settlement_reference")
PAID_ON = ("payout_date", "settlement_date", "payout_date_end")
MERCHANT = ("merchant_id", "eid")

KINDS = {
    "sale": "sale",
    "return": "refund",
    "refund": "refund",
    "reversal": "chargeback",
    "dispute": "chargeback",
    "chargeback": "chargeback",
    "reversalmerchantprotection": "representment",
    "fee": "fee",
    "feerefund": "fee",
    "feecorrection": "fee",
    "tax": "fee",
    "commission": "adjustment",
    "commissionreversal": "adjustment",
    "correction": "adjustment",
    "credit": "adjustment",
    "charge": "adjustment",
    "repay": "adjustment",
    "holdback": "reserve",
    "release": "release",
}
"""Type in lower case without underscores → kind."""

DEBITS = (
    *("return", "refund", "reversal", "dispute", "chargeback", "fee", "tax"),
    *("charge", "repay", "holdback", "commissionreversal"),
)
"""Types that take money; where a report does not sign them, they are turned."""

REVERSALS = ("reversalmerchantprotection", "feerefund", "feecorrection", "commissionreversal")
