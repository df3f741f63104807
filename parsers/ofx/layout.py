"""The tags that are read. Source: the public OFX specification, chapters 3 and 11."""

STATEMENT = rb"(?i)<([A-Z]*STMTRS)>"
ENTRY_OPEN = rb"(?i)<STMTTRN>"
ENTRY_CLOSE = rb"(?i)</STMTTRN>|</BANKTRANLIST>|</[A-Z]*STMTRS>"

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
