"""What the lines of VSS reports look like: header fields, sections, rows of figures, end marks."""

import re

_HEAD_BYTES = 4096
_START = re.compile(rb"^[ 1\f]*REPORT ID: +VSS-[0-9]{3}", re.MULTILINE)

REPORT = re.compile(r"REPORT ID:\s+(VSS-[0-9]{3}(?:-[A-Z]+)?)\b")
END = re.compile(r"\*\*\*\s+END OF (VSS-[0-9]{3}(?:-[A-Z]+)?) REPORT\s+\*\*\*")
NO_DATA = re.compile(r"\*\*\*\s+NO DATA FOR THIS REPORT\s+\*\*\*")
FIELDS = {
    "entity": re.compile(r"REPORTING FOR:\s+([0-9]+)"),
    "rollup": re.compile(r"ROLLUP TO:\s+([0-9]+)"),
    "funds": re.compile(r"FUNDS XFER ENTITY:\s+([0-9]+)"),
    "currency": re.compile(r"SETTLEMENT CURRENCY:\s+([A-Z0-9]{3})\b"),
    "processed_on": re.compile(r"PROC DATE:\s+(\S+)"),
    "reported_on": re.compile(r"REPORT DATE:\s+(\S+)"),
}
"""What the top of every page may say; the first match on a page counts."""

AMOUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})*|[0-9]+)(\.[0-9]+)?(CR|DB)?")
ROW = re.compile(r"\s*([A-Z][A-Z ]*?)\s\s+([0-9][0-9,.]*(?:\s*(?:CR|DB))?(?:\s.*)?)$")

SUMMARY, RECAP = "VSS-110", "VSS-115"
SECTIONS = {"INTERCHANGE VALUE": "I", "REIMBURSEMENT FEES": "F", "VISA CHARGES": "C", "TOTAL": "T"}
MODES = {"TOTAL ACQUIRER": "1", "TOTAL ISSUER": "2", "TOTAL OTHER": "3"}
TOTALS = {
    "TOTAL INTERCHANGE VALUE": "I9",
    "TOTAL REIMBURSEMENT FEES": "F9",
    "TOTAL VISA CHARGES": "C9",
    "NET SETTLEMENT AMOUNT": "T9",
}
"""Sections and rows of VSS-110, under the names that TC 46 gives the same figures:
amount type (interchange, fees, charges, total) and business mode (acquirer, issuer, other, all)."""
RECAP_NET = "FINAL SETTLEMENT NET AMOUNT"

MONTHS = dict(
    **{"JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6},
    **{"JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12},
)


def looks_like(data: bytes) -> bool:
    """Tell whether a VSS report begins within the first lines."""
    return _START.search(data[:_HEAD_BYTES]) is not None
