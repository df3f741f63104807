"""BASE II records as data: name → (first, last) position, counted from 1, in CTF terms.

Source: makafanpeter/visa-clearing-file-parser (MIT) and two further public code bases that agree.
"""

CTF_BYTES, ITF_BYTES = 168, 170
HASH_BYTES = (2, 4)
"""An ITF record is a CTF record with a two-byte hash after the transaction code."""

HEADER, BATCH, FILE, FILLING = "90", "91", "92", "00"

ACQUIRER_SIGNS = {
    "05": 1,
    "06": -1,
    "07": 1,
    "15": -1,
    "16": 1,
    "17": -1,
    "25": -1,
    "26": 1,
    "27": -1,
    "35": 1,
    "36": -1,
    "37": 1,
}
"""Direction for an acquirer; the amounts themselves have no sign."""

KINDS = {
    "05": "sale",
    "06": "refund",
    "07": "sale",
    "15": "chargeback",
    "16": "chargeback",
    "17": "chargeback",
    "25": "reversal",
    "26": "reversal",
    "27": "reversal",
    "35": "chargeback",
    "36": "chargeback",
    "37": "chargeback",
    "10": "fee",
    "20": "fee",
}
REVERSALS = ("25", "26", "27", "35", "36", "37")
DRAFTS = tuple(ACQUIRER_SIGNS)
FEES = ("10", "20")
DISBURSEMENT = "20"
MONETARY = (*DRAFTS, *FEES)
WITHOUT_MONEY = ("03", "04", "33", "40", "45", "46", "47", "48", "50", "51", "52", "54", "56")
SETTLEMENT = "46"

FILE_HEADER = {"bin": (3, 8), "date": (9, 13), "test": (30, 33), "file_id": (77, 79)}

DRAFT_0 = {
    "card": (5, 20),
    "extension": (21, 23),
    "arn": (27, 49),
    "destination_amount": (62, 73),
    "destination_currency": (74, 76),
    "source_amount": (77, 88),
    "source_currency": (89, 91),
    "merchant": (92, 116),
    "city": (117, 129),
    "country": (130, 132),
    "usage": (147, 147),
    "auth_code": (152, 157),
    "day": (164, 167),
}
DRAFT_1 = {"merchant_id": (81, 95), "merchant_ref": (133, 157)}
DRAFT_5 = {"psp_ref": (5, 19)}
"""Further TCRs of a draft, by the columns that the fields go into: the acceptor, the purchase
identifier and the transaction identifier."""
FEE_0 = {
    "source_bin": (11, 16),
    "card": (28, 43),
    "destination_amount": (47, 58),
    "destination_currency": (59, 61),
    "source_amount": (62, 73),
    "source_currency": (74, 76),
    "merchant": (77, 146),
    "transaction_id": (148, 162),
    "day": (164, 167),
}
SIDES = ("source", "destination")

VSS = {
    "entity": (17, 26),
    "currency": (50, 52),
    "report_group": (59, 59),
    "subgroup": (60, 60),
    "report": (61, 63),
    "suffix": (64, 65),
    "settlement_day": (66, 72),
    "report_day": (73, 79),
}
"""What the TCR 0 of every TC 46 of report group V begins with; days are YYYYDDD."""
VSS_2 = {
    "no_data": (53, 53),
    "amount_type": (94, 94),
    "mode": (95, 95),
    "count": (96, 110),
    "credit": (111, 125),
    "debit": (126, 140),
    "net": (141, 155),
    "net_sign": (156, 157),
}
"""Subgroup 2 (VSS-110, 111). Amount type I, F, C or T; business mode 1, 2, 3 or 9."""
VSS_4 = {
    "clearing_currency": (53, 55),
    "mode": (56, 56),
    "no_data": (57, 57),
    "charge_type": (94, 96),
    "transaction_type": (97, 99),
    "level": (133, 134),
}
VSS_4_AMOUNTS = ((42, 56), (59, 73), (76, 90), (93, 107), (110, 124), (127, 141))
"""Subgroup 4 (VSS-120, 130, 135, 140, 210, 230): its TCR 1 has up to six amounts of 15 digits,
each followed by CR or DB. Source: two public code bases agree on the positions."""
VSS_9_AMOUNTS = ((35, 49), (52, 66), (69, 83), (86, 100), (103, 117), (120, 134))
"""Subgroup 9 (VSS-600, 900): amounts of its TCR 1 start at 35. Source: one public code base."""

TRAILER = {
    "destination": (16, 30),
    "monetary": (31, 42),
    "batches": (43, 48),
    "records": (49, 60),
    "transactions": (75, 83),
    "source": (102, 116),
}
