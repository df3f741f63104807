"""Fields of the records: name → (first, last) position, from 1.

Source: public CFONB brochure on account statements with 120 characters.
"""

ACCOUNT = {"bank": (3, 7), "desk": (12, 16), "account": (22, 32)}
CURRENCY, PLACES = (17, 19), (20, 20)
DATE, AMOUNT = (35, 40), (91, 104)
OPERATION, VALUE, NUMBER = (33, 34), (43, 48), (82, 88)
TEXTS = {"label": (49, 79), "reference": (105, 120)}
QUALIFIER, MORE = (46, 48), (49, 118)
REFERENCES = ("REF", "RCN")
"""Qualifiers of records 05 whose text is the reference that the payer gave."""

RECORDS = ("01", "04", "05", "07")
LEAST = {"01": 104, "04": 104, "05": 2, "07": 104}
"""Columns up to the end of the amount; what follows it may be left out."""

FEE_OPERATIONS = ("61", "62", "63", "64")
"""Operation codes that public files use for charges; every other one is a movement."""
