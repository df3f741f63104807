"""T140 as data: what stands in the head of a page, and the shapes of its rows.

Source: samples of pax2pay/settlement-parser (MIT), mastercard/T140.
"""

import re

PAGE = re.compile(r"1(IP[0-9]{6}-[A-Z]{2})")
SPOILT_PAGE = re.compile(r".?.?IP[0-9]{6}-[A-Z]{2} +MASTERCARD")
"""A head without its carriage control: the rows below it would count for the page before."""

CLEARED = ("IP727010-AA", "IP727020-AA")
NETS = "IP728010-AA"
REPORTS = (*CLEARED, NETS)
"""The pages that are read: acknowledgement and notification; cycles and day."""

HEADS = {
    "title": (
        "CLEARING",
        1,
        r"(CLEARING (?:CYCLE +(?:[0-9]+ +)?(?:- [A-Z]+|SUMMARY)|DAY TOTAL|CYCLE [0-9]+))",
    ),
    "day": ("-", 2, r"\s((?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})\s"),
    "member": ("MEMBER ID:", 1, r"MEMBER ID: *([0-9]+)"),
    "brand": ("ACCEPTANCE BRAND", 1, r"ACCEPTANCE BRAND ?: ?([A-Z0-9]+)"),
    "level": ("BUSINESS SERVICE LEVEL", 1, r"BUSINESS SERVICE LEVEL ?: ?(.+?)(?:  |$)"),
    "service": ("BUSINESS SERVICE ID:", 1, r"BUSINESS SERVICE ID: *([A-Z0-9]+)"),
    "file_id": (" FILE ID:", 1, r"^ FILE ID: *(\S+)"),
}
"""Name → what a line that says it contains, how often at least, and the expression; each holds from
its line to the next one of its kind on the same page."""

_AMOUNT = r"(?P<amount>[0-9][0-9,]*(?:\.[0-9]+)?)(?: (?P<mark>DR|CR))?"
_CODE = r"[0-9]{3} ?- ?(?P<currency>[A-Z]{3})"
_FEE = (
    r"(?: +(?P<fee>[0-9][0-9,]*(?:\.[0-9]+)?)(?: (?P<fee_mark>DR|CR))?"
    r"(?: +[0-9]{3} ?- ?(?P<fee_currency>[A-Z]{3}))?)?"
)

DETAIL, SUBTOTAL, FILE, CYCLE, TOTAL, DAY = "detail", "subtotal", "file", "cycle", "total", "day"
SHAPES = {
    DETAIL: (
        r" (?P<function>.{12}) (?P<process>.{10}) (?P<side>ORIG|RVSL) (?P<ird>.{0,3}?) +"
        rf"(?P<count>[0-9,]+) +{_AMOUNT} +{_CODE}{_FEE}\s*"
    ),
    SUBTOTAL: rf" BUSINESS SERVICE ID SUBTOTAL +(?P<count>[0-9,]+) +{_AMOUNT} +{_CODE}{_FEE}\s*",
    FILE: (
        rf" +(?P<service>[A-Z0-9]{{6}}) +(?P<file_id>[0-9/]{{20,}})(?: +[0-9/]{{20,}})? +"
        rf"{_AMOUNT} +{_CODE}\s*"
    ),
    CYCLE: rf" +CYCLE +[0-9]+ .*?{_AMOUNT} +{_CODE}\s*",
    TOTAL: rf" +TOTAL +{_AMOUNT} +{_CODE}\s*",
    DAY: rf" +{_CODE} +{_AMOUNT}\s*",
}
"""The whole of a row; no row has two of these shapes."""

THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?")

MARK = re.compile(r"\S (?:DR|CR)\b")
OTHER_TOTAL = re.compile(r"TOTAL|ORIG  |RVSL  |[0-9]/[0-9]{11}/[0-9]{5} (?:ORIG|RVSL)")
"""A row with an amount mark in none of the shapes is odd, except for totals of other things."""

KINDS = (
    (r"CHARGEBACK|C/B|CBK|CHGBK", "chargeback"),
    (r"SECOND|2ND|REPRES", "representment"),
    (r"FEE", "fee"),
    (r"^FIRST PRES\.? +(?:CREDIT|REFUND|PAYMENT)", "refund"),
    (r"^FIRST PRES", "sale"),
)
"""Function and processing code → kind; anything else is an adjustment."""

NO_DATA, END = "NO DATA TO REPORT", "***END OF REPORT***"
