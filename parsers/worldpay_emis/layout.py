"""Fields of the records: name → (first, last) position, from 1.

Source: two public readers (after the EMIS user guide, version 9) and two public samples.
"""

import re

LENGTHS = {"00": 150, "05": 138, "10": 143, "15": 99, "16": 30}
"""Record type → its length without what may be left out at the end of a line."""

SUPPLEMENT_FOLLOWS = re.compile(rb"[\s\x1a]*16")

NUMBER = (3, 10)
NAME = (11, 23)
"""Reference of the file, number of the company, number of the outlet."""
COUNT = (24, 30)
"""How many companies the file has, how many outlets the company."""
TRADING_DAY, PROCESSING_DATE = (24, 29), (30, 35)
TOTALS_AT = {"00": 31, "05": 31, "10": 36}
"""Record type → position of its totals: six sums of 11, then six numbers of 7."""

TOTALS = (
    ("accepted debits", "A", -1),
    ("rejected debits", "R", -1),
    ("pending debits", "P", -1),
    ("accepted credits", "A", 1),
    ("rejected credits", "R", 1),
    ("pending credits", "P", 1),
)
"""The totals in their order: name, status and direction of the transactions that they count."""

SUM_WIDTH, COUNT_WIDTH = 11, 7

TRANSACTION = {
    "pan": (11, 29),
    "value": (34, 44),
    "date": (45, 50),
    "time": (51, 56),
    "type": (57, 57),
    "receipt": (59, 64),
    "status": (65, 65),
    "local_value": (68, 76),
    "local_currency": (77, 79),
    "local_exponent": (80, 80),
    "settled_value": (81, 89),
    "settled_currency": (90, 92),
    "settled_exponent": (93, 93),
    "card_type": (95, 99),
}
SUPPLEMENT = {"auth_code": (11, 16), "reference": (31, 50)}

KINDS = {"0": "sale", "5": "refund"}
STATUSES = ("A", "R", "P")
HOME = "GBP"
"""Currency of the value field, and of values that name none."""
