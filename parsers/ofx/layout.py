"""The tags that are read. Source: the public OFX specification, chapters 3 and 11."""

import re

STATEMENT = re.compile("[A-Z]*STMTRS")
"""STMTRS of banks, CCSTMTRS of cards, INVSTMTRS of investments."""
ENTRY = "STMTTRN"
ENTRY_END = re.compile("/STMTTRN|/BANKTRANLIST|/[A-Z]*STMTRS")
LEDGER, LEDGER_END = "LEDGERBAL", re.compile("/LEDGERBAL|AVAILBAL|[A-Z]*STMTRS")
CURRENCY, CURRENCY_END = "CURRENCY", re.compile("/CURRENCY|ORIGCURRENCY|STMTTRN")

ENTRY_TAGS = (
    "TRNTYPE",
    "DTPOSTED",
    "DTUSER",
    "DTAVAIL",
    "TRNAMT",
    "FITID",
    "CHECKNUM",
    "REFNUM",
    "NAME",
    "MEMO",
)
"""Values of an entry. NAME may stand in PAYEE."""

FEES = ("FEE", "SRVCHG")
"""Values of TRNTYPE that are charges of the bank."""

VERSIONS = r"^(10[0-9]|151|16[0-9]|2[0-9]{2})$"
ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&nbsp;": " ", "&amp;": "&"}
