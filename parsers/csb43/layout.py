"""Fields of the records: name → (first, last) position, from 1.

Source: public description of notebook 43 of the Spanish banking association.
"""

ACCOUNT = {
    "account": (3, 20),
    "first": (21, 26),
    "last": (27, 32),
    "sign": (33, 33),
    "amount": (34, 47),
    "currency": (48, 50),
}
BOOKING, VALUE = (11, 16), (17, 22)
CONCEPT, SIGN, AMOUNT = (23, 24), (28, 28), (29, 42)
DOCUMENT, FIRST_REFERENCE, SECOND_REFERENCE = (43, 52), (53, 64), (65, 80)
TEXT = (5, 80)
ORIGINAL_CODE, ORIGINAL_AMOUNT = (5, 7), (8, 21)
"""Record 24: the currency in which the entry arose, and its amount there."""
CLOSING = {
    "debits": (21, 25),
    "debit_sum": (26, 39),
    "credits": (40, 44),
    "credit_sum": (45, 58),
    "sign": (59, 59),
    "amount": (60, 73),
    "currency": (74, 76),
}
RECORDS_DECLARED = (21, 26)
RECORDS = ("11", "22", "23", "24", "33", "88")
LEAST = {"11": 50, "22": 42, "23": 4, "24": 4, "33": 73, "88": 26}
"""Columns without which a record cannot be read; trailing blanks may be left out."""

DECIMALS = 2
SIGNS = {"1": -1, "2": 1}
FEE_CONCEPTS = ("17",)
"""Concept 17: charges and commissions of the bank."""
