"""Elements of a record, and what record types mean.

Source: public reader of the report, and files of two public repositories.
"""

RECORD = "DataRecord"

FIELDS = (
    *("MerchantID", "OrderID", "EffortID", "Recordcategory", "Recordtype", "PaymentReference"),
    *("AdditionalReference", "TransactionDateTime", "CardNumber", "AuthorizationCode"),
    *("AuthorizationCodePayment", "PaymentCurrency", "PaymentAmount", "CurrencyDue", "AmountDue"),
    *("DateDue", "ReferenceOriginalPayment", "CreditCardCompany", "CurrencyDelivered"),
    *("AmountDelivered", "DateCollect", "PaymentProductId"),
)

TOTAL = "TotalAmount"
CREDITED, DEBITED, DUE = "TotalAmountCredited", "TotalAmountDebited", "TotalAmountDue"
COUNT = "NumberOfRecords"

KINDS = {
    "on": "sale",
    "of": "sale",
    "ip": "sale",
    "di": "sale",
    "dd": "sale",
    "co": "sale",
    "cr": "refund",
    "rf": "refund",
    "cb": "chargeback",
    "ch": "chargeback",
    "rv": "reversal",
    "wc": "representment",
}
"""Recordtype in lower case → kind."""

DECIMALS = 2
"""Digits after the point of every amount; how other currencies are written is not published."""
