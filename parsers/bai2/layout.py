"""BAI2 as data: record codes, directions of type codes, the shape of a detail record.

Source: BAI Cash Management Balance Reporting Specifications, version 2, sections "Record formats"
and appendix A (type codes).
"""

CODES = ("01", "02", "03", "16", "49", "88", "98", "99")
FRAME_CODES = ("01", "02", "03", "49", "98", "99")
"""All record codes, and those that stand around the details."""

OPENING, CLOSING = "010", "015"
"""Status codes of an account: opening and closing ledger balance."""

CREDITS = ((100, 399), (720, 720), (920, 959))
DEBITS = ((400, 699), (760, 760), (960, 999))
"""Type codes of details by direction; 9xx are the bank's own, as the standard reserves them."""

FEE_CODES = ("661", "698")
REVERSAL_CODES = ("252", "552")
"""Account analysis and other fees; reversal of a debit, of a credit."""

_SEP = r"[,\n]"
_FIELD = r"[^,\n]*"
_FUNDS = (
    rf"(?P<funds_v>V){_SEP}\s*(?P<value_date>[0-9]*)\s*{_SEP}{_FIELD}"
    rf"|(?P<funds_s>S)(?:{_SEP}{_FIELD}){{3}}"
    r"|(?P<funds>[ 012Z]*)"
)
DETAIL = (
    rf"^16{_SEP}\s*(?P<type>[0-9]{{3}})\s*{_SEP}\s*(?P<sign>[+-](?=[0-9]))?(?P<amount>[0-9]*)\s*"
    rf"(?:{_SEP}(?:{_FUNDS})\s*(?:{_SEP}(?P<bank>{_FIELD})"
    rf"(?:{_SEP}(?P<customer>{_FIELD})(?:{_SEP}(?P<text>(?s:.*)))?)?)?)?$"
)
"""A detail with its continuations, joined by line feeds; funds type D is turned into Z before."""

STATUS_DELETION, STATUS_CORRECTION, STATUS_TEST = "2", "3", "4"
INTERIM_MODIFIERS = ("3", "4")
"""Group status (field 4 of 02) and as-of date modifier (field 8)."""
