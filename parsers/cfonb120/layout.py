"""Fields of the records: name → (first, last) position, from 1.

Source: public CFONB brochure on account statements with 120 characters.
"""

BALANCE = {
    "bank": (3, 7),
    "desk": (12, 16),
    "currency": (17, 19),
    "decimals": (20, 20),
    "account": (22, 32),
    "date": (35, 40),
    "amount": (91, 104),
}
ENTRY = BALANCE | {
    "operation": (33, 34),
    "value": (43, 48),
    "label": (49, 79),
    "number": (82, 88),
    "reference": (105, 120),
}
MORE = {"qualifier": (46, 48), "more": (49, 118)}
REFERENCES = ("REF", "RCN")
"""Qualifiers of records 05 whose text is the reference that the payer gave."""

AMOUNT_END = 104
RECORDS = ("01", "04", "05", "07")

POSITIVE = "{ABCDEFGHI"
NEGATIVE = "}JKLMNOPQR"
"""The last character of an amount: its place is the digit, its row the sign."""

FEE_OPERATIONS = ("61", "62", "63", "64")
"""Operation codes that public files use for charges; every other one is a movement."""
