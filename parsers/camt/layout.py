"""Where camt messages keep what we read; the first path that leads somewhere counts.

Alternatives are differences between versions .01 to .14 (ISO 20022 message definitions), and the
mixtures of them that production files contain. A path starts at its owner: message, statement,
balance, entry or detail.
"""

import re

from parsers.camt.tree import Tree

MESSAGE = re.compile(r"BkToCstmr(AcctRpt|Stmt|DbtCdtNtfctn)(V[0-9]{2})?")
MESSAGES = tuple(f"BkToCstmr{one}" for one in ("AcctRpt", "Stmt", "DbtCdtNtfctn"))
STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
ENTRY = "Ntry"

MESSAGE_ID, MESSAGE_DATE = ("GrpHdr/MsgId",), ("GrpHdr/CreDtTm",)
PAGES = ("GrpHdr/MsgPgntn",)
PAGE_NUMBER, LAST_PAGE = ("PgNb",), ("LastPgInd",)

STATEMENT_ID, SEQUENCE = ("Id",), ("ElctrncSeqNb", "LglSeqNb")
ACCOUNT = ("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN")
ACCOUNT_CURRENCY = ("Acct/Ccy",)
STATEMENT_DATE = ("FrToDt/ToDtTm", "FrToDt/ToDt", "CreDtTm")
SUMMARY = "TxsSummry"
SIDES = {"TtlNtries": None, "TtlCdtNtries": "CRDT", "TtlDbtNtries": "DBIT"}
NET_AMOUNT = ("TxsSummry/TtlNtries/TtlNetNtry/Amt", "TxsSummry/TtlNtries/TtlNetNtryAmt")
NET_SIDE = ("TxsSummry/TtlNtries/TtlNetNtry/CdtDbtInd", "TxsSummry/TtlNtries/CdtDbtInd")

BALANCE = "Bal"
BALANCE_CODE = ("Tp/CdOrPrtry/Cd", "Tp/Cd", "Tp/CdOrPrtry/Prtry")
OPENING_CODES, CLOSING_CODES = ("OPBD", "PRCD"), ("CLBD",)
# Of a report whose other balances are its movements (positions.py).
POSITION_OPENING_CODES, POSITION_CLOSING_CODES = ("OPAV",), ("CLAV", "INFO")
PARTICIPANT, PARTICIPANT_ACCOUNT = ("Tp/CdOrPrtry/Prtry",), ("Tp/SubTp/Prtry", "Tp/SubTp/Cd")
BALANCE_DATE = ("Dt/Dt", "Dt/DtTm")

AMOUNT, INDICATOR = ("Amt",), ("CdtDbtInd",)
STATUS = ("Sts/Cd", "Sts/Prtry", "Sts")
BOOKED = "BOOK"
REVERSAL = ("RvslInd",)
BOOKING_DATE = ("BookgDt/Dt", "BookgDt/DtTm")
VALUE_DATE = ("ValDt/Dt", "ValDt/DtTm")
ENTRY_REF = ("NtryRef",)
ENTRY_BATCH_REF = ("NtryDtls/Btch/PmtInfId", "Btch/PmtInfId")
BATCH_COUNT = ("NtryDtls/Btch/NbOfTxs", "Btch/NbOfTxs")
ENTRY_TEXT = ("AddtlNtryInf",)
FAMILY = ("BkTxCd/Domn/Fmly/SubFmlyCd",)

DETAILS = ("NtryDtls/TxDtls", "TxDtls")
DETAIL_AMOUNT = ("Amt", "AmtDtls/TxAmt/Amt")
INSTRUCTED_AMOUNT = ("AmtDtls/InstdAmt/Amt",)
SERVICER_REF = ("Refs/AcctSvcrRef", "AcctSvcrRef")
END_TO_END_ID = ("Refs/EndToEndId",)
OTHER_REF = ("Refs/InstrId", "Refs/TxId", "RmtInf/Strd/CdtrRefInf/Ref", "Refs/UETR")
BATCH_REF = ("Refs/PmtInfId",)
REMITTANCE = ("RmtInf/Ustrd", "AddtlTxInf")

FEE_FAMILIES = ("CHRG", "FEES", "COMM", "COMT", "CAJT", "DAJT")
NOT_PROVIDED = ("NOTPROVIDED", "NOT PROVIDED", "NONREF")

_REFERENCES = (*SERVICER_REF, *END_TO_END_ID, *OTHER_REF, *BATCH_REF, *INSTRUCTED_AMOUNT)
_SUMMARY_PATHS = tuple(f"{SUMMARY}/{side}/{one}" for side in SIDES for one in ("NbOfNtries", "Sum"))


def _frame_tree() -> Tree:
    """Everything around the entries: messages at any depth, their statements, their balances."""
    tree = Tree()
    tree.loop(tree.root)
    message = tree.own("message", tree.root, MESSAGES)
    tree.add("message", message, (*MESSAGE_ID, *MESSAGE_DATE))
    pages = tree.own("pages", message, PAGES)
    tree.add("pages", pages, (*PAGE_NUMBER, *LAST_PAGE))
    statement = tree.own("statement", message, STATEMENTS)
    for one in STATEMENTS:
        tree.link(tree.path(message, one), f"{one}Pgntn", pages)
    fields = (STATEMENT_ID, SEQUENCE, ACCOUNT, ACCOUNT_CURRENCY, STATEMENT_DATE, NET_AMOUNT)
    for paths in (*fields, NET_SIDE, _SUMMARY_PATHS):
        tree.add("statement", statement, paths)
    balance = tree.own("balance", statement, (BALANCE,))
    for paths in (AMOUNT, INDICATOR, BALANCE_CODE, PARTICIPANT_ACCOUNT, BALANCE_DATE):
        tree.add("balance", balance, paths)
    tree.own("entry", statement, (ENTRY,))
    return tree


def _entry_tree() -> Tree:
    """Everything below an entry."""
    tree = Tree()
    entry = tree.own("entry", tree.root, (ENTRY,))
    fields = (AMOUNT, INDICATOR, STATUS, REVERSAL, BOOKING_DATE, VALUE_DATE, ENTRY_REF)
    for paths in (*fields, ENTRY_BATCH_REF, BATCH_COUNT, ENTRY_TEXT, FAMILY, _REFERENCES):
        tree.add("entry", entry, paths)
    detail = tree.own("detail", entry, DETAILS)
    for paths in (INDICATOR, DETAIL_AMOUNT, REMITTANCE, _REFERENCES):
        tree.add("detail", detail, paths)
    return tree


FRAME = _frame_tree()
ENTRIES = _entry_tree()
