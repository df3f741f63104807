"""American Express records as data: places of fields in GRRCN, positions in the fixed formats.

Sources: tomheady/Finance-AMEX-Transaction (GRRCN, field maps and their texts; Perl licence) and
lumoslabs/paxmex (MIT; config/eptrn.yml, epraw.yml, epa.yml). Positions are (first, last) from 1.
"""

import re
from collections.abc import Mapping

Positions = Mapping[str, tuple[int, int]]

_RECORD = "SUMMARY|SUBMISSION|TRANSACTN|TXNPRICING|CHARGEBACK|ADJUSTMENT|FEEREVENUE|TAXRECORD"
_DELIMITED = re.compile(
    rf'(?:\xef\xbb\xbf)?"(?:HEADER"[,\t]"[0-9]{{8}}"[,\t]"[0-9]{{6}}"[,\t]"[^"]*"[,\t]"GRRCN"'
    rf'|(?:{_RECORD})"[,\t]"[0-9]{{6,}})'.encode("latin-1")
)
_FIXED = re.compile(
    rf"(?:HEADER    [0-9]{{14}}[0-9 ]{{10}}GRRCN|(?:{_RECORD}) *[0-9]{{6}}[0-9 ]{{9}})".encode()
)
_EPTRN = re.compile(rb"DFHDR[0-9]{12}[^\r\n]*[\r\n]+[0-9]{20}.{10}[0-9]{4}.{8}[0-9]{3}")
_EPA = re.compile(rb"DFHDR [0-9]{12}[^\r\n]*[\r\n]+[0-9]{10}.{3}[0-9]{8}.[0-9]{13}")
HEAD_BYTES = 2048


def variant_of(data: bytes) -> str | None:
    """Return which of the layouts a file has: delimited, fixed, eptrn or epa; None for none."""
    head = data[:HEAD_BYTES]
    patterns = {"delimited": _DELIMITED, "fixed": _FIXED, "eptrn": _EPTRN, "epa": _EPA}
    return next((name for name, pattern in patterns.items() if pattern.match(head)), None)


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a GRRCN record, or as EPRAW, EPTRN or EPA do."""
    return variant_of(data) is not None


HEADER, TRAILER, SUMMARY, SUBMISSION = "HEADER", "TRAILER", "SUMMARY", "SUBMISSION"
TRANSACTION, FEE = "TRANSACTN", "FEEREVENUE"
_TAKEN_BACK = {
    "payment": 3,
    "payment_day": 4,
    "currency": 5,
    "merchant_id": 6,
    "day": 7,
    "reference": 9,
    "card": 11,
    "narrative": 18,
    "gross": 19,
    "discount": 20,
    "service_fee": 21,
    "tax": 22,
    "net": 23,
}
MONEY: Mapping[str, Mapping[str, int]] = {
    SUMMARY: {
        "payment": 3,
        "payment_day": 4,
        "currency": 5,
        "reference": 6,
        "net": 7,
        "gross": 8,
        "discount": 9,
        "service_fee": 10,
        "adjustments": 11,
        "tax": 12,
        "opening": 13,
    },
    SUBMISSION: {
        "payment": 3,
        "payment_day": 4,
        "currency": 5,
        "merchant_id": 6,
        "day": 8,
        "reference": 9,
        "sent_currency": 10,
        "sent": 13,
        "gross": 14,
        "discount": 15,
        "service_fee": 16,
        "tax": 17,
        "net": 18,
    },
    TRANSACTION: {
        "payment": 3,
        "payment_day": 4,
        "currency": 5,
        "merchant_id": 6,
        "day": 8,
        "sent_currency": 10,
        "reference": 12,
        "card": 14,
        "gross": 16,
        "sent": 17,
        "auth_code": 21,
        "scheme_ref": 25,
    },
    "CHARGEBACK": _TAKEN_BACK,
    "ADJUSTMENT": _TAKEN_BACK,
    FEE: {
        "payment": 2,
        "payment_day": 3,
        "currency": 4,
        "merchant_id": 5,
        "gross": 7,
        "narrative": 8,
        "pays_gross": 12,
    },
}
"""Record → field → place in a delimited line, from 0. Place 1 is the payee everywhere.

`sent` is the amount in the currency of the submission, `gross` in the one of the payment."""

WITHOUT_LINE = (HEADER, TRAILER, "TXNPRICING", "TAXRECORD")
RECORDS = (*MONEY, *WITHOUT_LINE)

_PAYMENT: Positions = {"payment": (29, 38), "payment_day": (39, 46), "currency": (47, 49)}
_OF_SUBMISSION: Positions = {**_PAYMENT, "merchant_id": (50, 64), "day": (73, 80)}
_FIXED_TAKEN_BACK: Positions = {
    **_PAYMENT,
    "merchant_id": (50, 64),
    "day": (65, 72),
    "reference": (88, 117),
    "card": (138, 156),
    "narrative": (253, 532),
    "gross": (533, 548),
    "discount": (549, 564),
    "service_fee": (565, 580),
    "tax": (581, 596),
    "net": (597, 612),
}
GRRCN_FIXED: Mapping[str, Positions] = {
    HEADER: {"sequence": (25, 34)},
    TRAILER: {"sequence": (11, 20), "count": (21, 30)},
    SUMMARY: {
        **_PAYMENT,
        "reference": (50, 67),
        "net": (68, 83),
        "gross": (84, 99),
        "discount": (100, 115),
        "service_fee": (116, 131),
        "adjustments": (132, 147),
        "tax": (148, 163),
        "opening": (164, 179),
    },
    SUBMISSION: {
        **_OF_SUBMISSION,
        "reference": (81, 95),
        "sent_currency": (96, 98),
        "sent": (129, 144),
        "gross": (145, 160),
        "discount": (161, 176),
        "service_fee": (177, 192),
        "tax": (193, 208),
        "net": (209, 224),
    },
    TRANSACTION: {
        **_OF_SUBMISSION,
        "sent_currency": (96, 98),
        "reference": (114, 143),
        "card": (164, 182),
        "gross": (213, 228),
        "sent": (229, 244),
        "auth_code": (274, 279),
        "scheme_ref": (324, 346),
    },
    "CHARGEBACK": _FIXED_TAKEN_BACK,
    "ADJUSTMENT": _FIXED_TAKEN_BACK,
    FEE: {
        "payment": (26, 35),
        "payment_day": (36, 43),
        "currency": (44, 46),
        "merchant_id": (47, 61),
        "gross": (77, 92),
        "narrative": (93, 172),
        "pays_gross": (270, 270),
    },
}
"""The same records in lines of fixed width; the payee stands at 11 to 25 everywhere."""
GRRCN_PAYEE = (11, 25)
GRRCN_CODE = (1, 10)

_EPTRN_ALL: Positions = {"payee": (1, 10), "merchant_id": (11, 20), "payment": (31, 42)}
EPTRN: Mapping[str, Positions] = {
    "100": {**_EPTRN_ALL, "day": (46, 52), "gross": (53, 63), "opening": (64, 72)},
    "210": {
        **_EPTRN_ALL,
        "day": (53, 59),
        "reference": (60, 65),
        "gross": (66, 76),
        "discount": (77, 85),
        "service_fee": (86, 92),
        "net": (100, 110),
    },
    "311": {
        **_EPTRN_ALL,
        "day": (53, 59),
        "reference": (137, 146),
        "gross": (79, 91),
        "card": (92, 106),
        "scheme_ref": (107, 117),
    },
    "220": {
        **_EPTRN_ALL,
        "day": (53, 59),
        "reference": (60, 65),
        "gross": (77, 85),
        "discount": (86, 94),
        "service_fee": (95, 101),
        "net": (109, 117),
        "narrative": (144, 423),
    },
    "230": {
        **_EPTRN_ALL,
        "day": (46, 52),
        "reference": (53, 58),
        "gross": (59, 67),
        "discount": (68, 76),
        "service_fee": (77, 83),
        "net": (91, 99),
        "card": (126, 142),
        "narrative": (143, 422),
    },
    "250": {
        **_EPTRN_ALL,
        "day": (46, 52),
        "asset_billing": (53, 61),
        "commission": (127, 135),
        "gross": (216, 224),
        "narrative": (225, 304),
        "asset_tax": (305, 313),
    },
}
EPTRN_CODE = (43, 45)
"""EPRAW and EPTRN: record type and detail type → fields. Days are YYYYDDD, deductions positive."""

_EPA_ALL: Positions = {"payee": (1, 10), "settlement_day": (14, 21), "merchant_id": (23, 32)}
EPA: Mapping[str, Positions] = {
    "100": {
        **_EPA_ALL,
        "net": (41, 55),
        "gross": (91, 105),
        "tax": (106, 120),
        "service_fee": (128, 142),
        "adjustments": (220, 234),
        "currency": (323, 325),
        "opening": (326, 340),
    },
    "210": {
        **_EPA_ALL,
        "day": (41, 48),
        "sent": (49, 63),
        "discount": (79, 93),
        "net": (109, 123),
        "gross": (171, 185),
        "tax": (216, 230),
        "sent_currency": (238, 240),
        "reference": (241, 255),
    },
    "260": {
        **_EPA_ALL,
        "gross": (41, 51),
        "day": (52, 59),
        "reference": (60, 71),
        "card": (90, 104),
        "auth_code": (119, 124),
    },
    "230": {
        **_EPA_ALL,
        "reference": (41, 51),
        "gross": (52, 66),
        "discount": (67, 81),
        "net": (97, 111),
        "tax": (154, 168),
        "card": (191, 205),
        "narrative": (216, 279),
    },
}
EPA_CODE = (33, 35)
"""EPA: record type → fields. Days are YYYYMMDD, deductions are written negative."""

EPTRN_COUNT, EPA_COUNT = (84, 90), (85, 91)
"""Where the trailer says how many records the file has, header and trailer among them."""

ROLES = {
    **{SUMMARY: "payment", SUBMISSION: "submission", TRANSACTION: "charge", FEE: "fee"},
    **{"CHARGEBACK": "chargeback", "ADJUSTMENT": "adjustment"},
    **{"100": "payment", "210": "submission", "311": "charge", "260": "charge", "250": "fee"},
    **{"220": "chargeback", "230": "adjustment"},
}
"""What a record is, whatever its format."""
