"""The columns of the report and what its types mean. Source: files of two public repositories."""

_IN = "In Holding Currency"
NEEDED = (
    "Type",
    "Payment ID",
    "Reference",
    "Processed On",
    "Holding Currency",
    "Payout ID",
    f"Gross {_IN}",
    f"Deduction {_IN}",
    f"Net {_IN}",
)
"""Columns without which a file is no settlement breakdown."""

MONEY = {
    "gross": f"Gross {_IN}",
    "deduction": f"Deduction {_IN}",
    "net": f"Net {_IN}",
    "processing": f"Processing Fee {_IN}",
    "scheme": f"Scheme Fee {_IN}",
    "interchange": f"Interchange {_IN}",
}
PROCESSED = "Gross In Processing Currency"

KINDS = {
    "charge": "sale",
    "capture": "sale",
    "refund": "refund",
    "partialrefund": "refund",
    "refundreversal": "refund",
    "chargeback": "chargeback",
    "chargebackreversal": "representment",
    "chargebackreversed": "representment",
    "secondchargeback": "chargeback",
    "void": "fee",
    "authorization": "fee",
    "networktokenprovisioning": "fee",
    "networktokenupdate": "fee",
    "accountupdater": "fee",
    "fee": "fee",
    "fixedfee": "fee",
    "merchantpayout": "fee",
    "payout": "payout",
    "reserve": "reserve",
    "rollingreserve": "reserve",
    "reserverelease": "release",
    "rounding": "adjustment",
    "adjustment": "adjustment",
}
"""Type in lower case without spaces → kind. A merchant payout row is what sending it costs."""

REVERSALS = ("refundreversal", "chargebackreversal", "chargebackreversed")
