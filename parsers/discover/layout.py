"""Records of the issuer detail file as data: name → (first, last) position, counted from 1.

Source: pax2pay/settlement-parser (MIT), issuerDetail.md. Amounts are written with their point and,
when negative, a minus sign in front.
"""

import re

RECORD_BYTES = 1024
_HEADER = re.compile(rb"01[A-Z0-9 ]{3}[0-9]{11}00[0-9]{3}[0-9 ]{11}[0-9]{14}[0 ]?[ \r\n]")

FILE, RECAP, BATCH, CHARGE = "01", "02", "04", "06"
BATCH_END, RECAP_END, SUMMARY, FILE_END = "08", "10", "90", "99"

NEXT = {
    FILE: (RECAP, SUMMARY, FILE_END),
    RECAP: (BATCH,),
    BATCH: (CHARGE, BATCH_END),
    CHARGE: (CHARGE, BATCH_END),
    BATCH_END: (BATCH, RECAP_END),
    RECAP_END: (RECAP, SUMMARY, FILE_END),
    SUMMARY: (SUMMARY, FILE_END),
    FILE_END: (),
}
"""What may follow each record."""

HEADER_FIELDS = {"issuer": (3, 16), "day": (22, 29), "number": (30, 32), "stamp": (33, 46)}
RECAP_FIELDS = {
    "parties": (3, 30),
    "recap": (31, 33),
    "interchange_recap": (34, 36),
    "currency": (37, 39),
    "recap_day": (40, 47),
    "settlement_currency": (48, 50),
}
BATCH_FIELDS = {"recap": (3, 5), "batch": (6, 8)}
CHARGE_FIELDS = {
    "card": (6, 24),
    "charge_day": (25, 32),
    "reference": (38, 45),
    "auth_code": (46, 51),
    "gross": (64, 79),
    "net": (80, 99),
    "commission": (140, 159),
    "settled_gross": (180, 199),
    "settled_net": (200, 219),
    "settled_commission": (220, 239),
    "settlement_day": (398, 405),
    "network_reference": (411, 425),
    "merchant": (728, 742),
}
BATCH_END_FIELDS = {
    **BATCH_FIELDS,
    "charges": (9, 10),
    "credits": (11, 12),
    "debits": (13, 14),
    "credit_sum": (15, 30),
    "debit_sum": (31, 46),
}
RECAP_END_FIELDS = {
    "parties": (3, 30),
    "recap": (31, 33),
    "currency": (34, 36),
    "recap_day": (37, 44),
    "settlement_currency": (45, 47),
    "batches": (48, 50),
    "gross": (57, 74),
    "net": (141, 158),
    "commission": (177, 194),
    "settled_gross": (213, 230),
    "settled_net": (231, 248),
    "settled_commission": (249, 266),
    "settlement_day": (321, 328),
}
SUMMARY_FIELDS = {
    "issuer": (3, 16),
    "recaps": (17, 24),
    "charges": (25, 32),
    "settlement_currency": (33, 35),
    "settled_net": (36, 53),
    "settled_gross": (54, 71),
    "side": (72, 72),
}
FILE_END_FIELDS = {
    "issuer": (3, 16),
    "recaps": (17, 24),
    "batches": (25, 32),
    "charges": (33, 40),
}


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with the header of an issuer detail file."""
    return _HEADER.match(data[:64]) is not None
