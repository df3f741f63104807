"""T140 as data: what stands in the head of a page, and the shapes of its rows.

Source: samples of pax2pay/settlement-parser (MIT), mastercard/T140.
"""

PAGE = r"^1(IP[0-9]{6}-[A-Z]{2})"

REPORTS = ("IP727010-AA", "IP727020-AA", "IP728010-AA")
"""The pages that are read: acknowledgement, notification, cycles and day."""

HEAD = {
    "report": PAGE,
    "title": r"(CLEARING (?:CYCLE +(?:[0-9]+ +)?(?:- [A-Z]+|SUMMARY)|DAY TOTAL|CYCLE [0-9]+))",
    "cycle": r"CLEARING CYCLE +([0-9]+)",
    "day": r"\s((?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})\s",
    "member": r"MEMBER ID: *([0-9]+)",
    "brand": r"ACCEPTANCE BRAND ?: ?([A-Z0-9]+)",
    "level": r"BUSINESS SERVICE LEVEL ?: ?(.+?)(?:  |$)",
    "service": r"BUSINESS SERVICE ID: *([A-Z0-9]+)",
    "file_id": r"^ FILE ID: *(\S+)",
    "page_currency": r"CURRENCY CODE ?: +[0-9]{3} ?- ?([A-Z]{3})",
}
"""Name → expression; each holds from its line to the next one of its kind on the same page."""

_AMOUNT = r"([0-9][0-9,]*(?:\.[0-9]+)?)(?: (DR|CR))?"
_CODE = r"[0-9]{3} ?- ?([A-Z]{3})"
_FEE = rf"(?: +{_AMOUNT}(?: +{_CODE})?)?"

DETAIL = (
    r"^ (?P<function>.{12}) (?P<process>.{10}) (?P<side>ORIG|RVSL) (?P<ird>.{0,3}?) +"
    rf"(?P<count>[0-9,]+) +{_AMOUNT} +{_CODE}{_FEE}\s*$"
)
SUBTOTAL = rf"^ BUSINESS SERVICE ID SUBTOTAL +([0-9,]+) +{_AMOUNT} +{_CODE}{_FEE}\s*$"
FILE_ROW = (
    rf"^ +(?P<row_service>[A-Z0-9]{{6}}) +(?P<row_file>[0-9/]{{20,}})(?: +[0-9/]{{20,}})? +"
    rf"{_AMOUNT} +{_CODE}\s*$"
)
CYCLE_ROW = rf"^ +CYCLE +[0-9]+ .*?{_AMOUNT} +{_CODE}\s*$"
TOTAL_ROW = rf"^ +TOTAL +{_AMOUNT} +{_CODE}\s*$"
DAY_ROW = rf"^ +{_CODE} +{_AMOUNT}\s*$"

KINDS = (
    (r"CHARGEBACK|C/B|CBK|CHGBK", "chargeback"),
    (r"SECOND|2ND|REPRES", "representment"),
    (r"FEE", "fee"),
    (r"^FIRST PRES\.? +(?:CREDIT|REFUND|PAYMENT)", "refund"),
    (r"^FIRST PRES", "sale"),
)
"""Function and processing code → kind; anything else is an adjustment."""

NO_DATA, END = "NO DATA TO REPORT", "***END OF REPORT***"
