"""American Express records as data: places of fields in GRRCN, positions in EPRAW and EPTRN.

Source: tomheady/Finance-AMEX-Transaction, lib/Finance/AMEX/Transaction/GRRCN and /EPTRN.
"""

import re

_GRRCN = re.compile(
    rb'(?:\xef\xbb\xbf)?"(?:HEADER","[0-9]{8}","[0-9]{6}","[^"]*","GRRCN"'
    rb'|(?:SUMMARY|SUBMISSION|TRANSACTN|TXNPRICING|CHARGEBACK|ADJUSTMENT|FEEREVENUE)","[0-9]{6,})'
)
_FIXED = re.compile(rb"DFHDR[0-9]{12}")
_RECORD = re.compile(rb"[0-9]{20}.{10}[0-9]{4}")


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a GRRCN record or with the header of EPRAW or EPTRN."""
    return _GRRCN.match(data[:512]) is not None or is_fixed(data)


def is_fixed(data: bytes) -> bool:
    """Tell whether this is EPRAW or EPTRN: a DFHDR and then a record of a payee."""
    head = data[:2048].splitlines()
    return len(head) > 1 and bool(_FIXED.match(head[0]) and _RECORD.match(head[1]))


HEADER, TRAILER, SUMMARY, SUBMISSION = "HEADER", "TRAILER", "SUMMARY", "SUBMISSION"
MONEY = {
    "SUMMARY": {
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
    },
    "SUBMISSION": {
        "payment": 3,
        "payment_day": 4,
        "currency": 5,
        "merchant_id": 6,
        "day": 8,
        "reference": 9,
        "gross": 14,
        "discount": 15,
        "service_fee": 16,
        "tax": 17,
        "net": 18,
    },
    "TRANSACTN": {
        "payment": 3,
        "payment_day": 4,
        "currency": 5,
        "merchant_id": 6,
        "day": 8,
        "reference": 12,
        "card": 14,
        "gross": 17,
        "auth_code": 21,
        "scheme_ref": 25,
    },
    "CHARGEBACK": {
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
    },
    "FEEREVENUE": {
        "payment": 2,
        "payment_day": 3,
        "currency": 4,
        "merchant_id": 5,
        "gross": 7,
        "narrative": 8,
    },
}
MONEY["ADJUSTMENT"] = MONEY["CHARGEBACK"]
"""Record → field → place in its line, from 0. Place 1 is the payee everywhere."""

WITHOUT_LINE = ("HEADER", "TRAILER", "TXNPRICING")
RECORDS = (*MONEY, *WITHOUT_LINE)

FIXED = {
    "payee": (1, 10),
    "merchant_id": (11, 20),
    "payment": (31, 42),
    "type": (43, 43),
    "detail": (44, 45),
    "day": (46, 52),
    "process_day": (53, 59),
    "payment_amount": (53, 63),
    "reference": (60, 65),
    "amount": (66, 76),
    "discount": (77, 85),
    "service_fee": (86, 92),
    "charge_amount": (66, 78),
}
PAYMENT, SUBMISSION_DETAIL, CHARGE = "100", "210", "311"

OVERPUNCH = {
    **{sign: (digit, 1) for digit, sign in enumerate("{ABCDEFGHI")},
    **{sign: (digit, -1) for digit, sign in enumerate("}JKLMNOPQR")},
}
"""Last character of an amount → its digit and its sign."""
