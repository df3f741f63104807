"""Fields of the records: name → (first, last) position, from 1.

Source: public CODA specification, version 2.6.
"""

LENGTH = 128
SIGN, AMOUNT = (32, 32), (33, 47)
VALUE, ENTRY = (48, 53), (116, 121)
TYPE, FAMILY = (54, 54), (55, 56)
MOVEMENT = {"bank_ref": (11, 31), "communication": (63, 115)}
SECOND = {"communication": (11, 63), "customer_ref": (64, 98)}
THIRD = {"name": (48, 82), "communication": (83, 125)}
OLD = {"structure": (2, 2), "number": (3, 5), "account": (6, 42), "sign": (43, 43)} | {
    "amount": (44, 58),
    "date": (59, 64),
}
NEW = {"account": (5, 41), "sign": (42, 42), "amount": (43, 57), "date": (58, 63)}
TRAILER = {"records": (17, 22), "debit": (23, 37), "credit": (38, 52)} | {"follows": (128, 128)}

DETAILS_ABOVE = {"5": 1, "6": 1, "7": 1, "8": 1, "9": 2}
"""Transaction type of a detail → its depth: 9 breaks a 7 down, the others a movement."""

DETAILS = tuple(DETAILS_ABOVE)
"""Transaction types of movements that only break another one down."""

DECIMALS = 3
FEE_FAMILIES = ("35", "80")
"""Transaction families of closing and other charges."""
