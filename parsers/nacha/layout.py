"""NACHA records as data: name → (first, last) position, counted from 1.

Source: moov-io/ach, docs/file-structure.md and the record types of its reader (Apache-2.0).
"""

RECORD_CHARACTERS = 94
LINES_IN_BLOCK = 10

FILE_HEADER = {
    "destination": (4, 13),
    "origin": (14, 23),
    "date": (24, 29),
    "time": (30, 33),
    "modifier": (34, 34),
}
BATCH_HEADER = {
    "service_class": (2, 4),
    "company_name": (5, 20),
    "company": (41, 50),
    "sec": (51, 53),
    "description": (54, 63),
    "effective": (70, 75),
    "settlement": (76, 78),
    "odfi": (80, 87),
    "batch_number": (88, 94),
}
ENTRY = {
    "code": (2, 3),
    "bank": (4, 11),
    "check_digit": (12, 12),
    "amount": (30, 39),
    "adv_amount": (28, 39),
    "identification": (40, 54),
    "name": (55, 76),
    "trace": (80, 94),
}
ADDENDA = {"addenda_type": (2, 3), "reason": (4, 6), "original_trace": (7, 21)}
"""Of an addenda record; `original_trace` only of returns (99) and notifications of change (98)."""

INFO = (36, 79)
INFO_OF_CHANGE = (36, 64)
INFO_OF_IAT_RETURN = (46, 79)
INFO_OF_DISHONOURED = (59, 79)
"""Where the text of a notice stands; a contested dishonoured return has none."""

IAT = "IAT"
IAT_RECEIVER, IAT_ORIGINATOR = "10", "11"
IAT_FOREIGN_TRACE = (25, 46)
IAT_RECEIVER_NAME = (47, 81)
IAT_ORIGINATOR_NAME = (4, 38)
"""Addenda 710 and 711 of international entries; the entry itself names neither party."""

BATCH_CONTROL = {
    "count": (5, 10),
    "hash": (11, 20),
    "debit": (21, 32),
    "credit": (33, 44),
    "adv_debit": (21, 40),
    "adv_credit": (41, 60),
    "batch_number": (88, 94),
}
FILE_CONTROL = {
    "batches": (2, 7),
    "blocks": (8, 13),
    "count": (14, 21),
    "hash": (22, 31),
    "debit": (32, 43),
    "credit": (44, 55),
    "adv_debit": (32, 51),
    "adv_credit": (52, 71),
}

HASH_MODULUS = 10**10
RETURN, CHANGE = "99", "98"
ADVICE = "ADV"
REVERSAL_DESCRIPTION = "REVERSAL"

CREDIT_UNITS = ("1", "2", "3", "4")
"""Last digit of a transaction code that credits; the others debit, except as below."""

MONEYLESS_UNITS = "3489"
"""Last digit of a transaction code whose amount is zero: prenotes (3, 8), remittances (4, 9)."""

LOAN_REVERSAL = "55"
ADV_TENS = "8"
"""55 debits a loan account; codes 81-88 (ADV) credit when odd."""

CHECK_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)
