"""Row codes, columns, event codes and places in the footers of a PayPal report.

Source: public documentation of the settlement and transaction detail reports.
"""

CODES = ("RH", "FH", "SH", "CH", "SB", "SF", "SC", "RF", "RC", "FF")

NEEDED = (
    "Transaction ID",
    "Transaction Event Code",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
)

KINDS_BY_CODE = {
    "T0400": "payout",
    "T0401": "payout",
    "T0403": "payout",
    "T1105": "release",
    "T1106": "chargeback",
    "T1107": "refund",
    "T1108": "fee",
    "T1109": "fee",
    "T1110": "reserve",
    "T1111": "release",
    "T1113": "refund",
    "T1114": "refund",
    "T1115": "refund",
    "T1201": "chargeback",
    "T1202": "representment",
    "T1205": "representment",
    "T1207": "chargeback",
    "T1208": "representment",
    "T1500": "reserve",
    "T1501": "reserve",
    "T1502": "reserve",
    "T1503": "release",
}
"""Event codes whose group does not say enough."""

KINDS_BY_GROUP = {
    "T00": "sale",
    "T01": "fee",
    "T02": "fx",
    "T04": "payout",
    "T06": "payout",
    "T11": "reversal",
    "T21": "reserve",
}
"""First three characters of the event code → kind; every other group is an adjustment."""

HOLDS = ("reserve", "release")
NO_MONEY = ("T13", "T98", "T99")
"""Groups that announce and do not move money: authorisations, display only, other."""

DONE = ("S", "SUCCESS", "COMPLETED")
"""Values of a status column, where there is one, for a transaction that moved money."""

CURRENCY = 1
GROSS_CREDIT, GROSS_DEBIT, FEE_CREDIT, FEE_DEBIT = 2, 3, 4, 5
OPENING, CLOSING = (10, 11), (12, 13)
"""Places in SF and RF, from 0: mark and amount of the total balances (7 and 9: the available)."""
