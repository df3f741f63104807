"""Data elements and private subelements of IPM as data.

Types and lengths: public configuration of adelosa/cardutil and the positions in SmartVista readers,
which agree; a licensed manual may correct them here.
"""

MTI_BYTES = 4
BITMAP_BYTES = 16

FIXED, LL, LLL = 0, 2, 3
"""How a length is known: from this table, or from 2 or 3 digits in front of the value."""

ELEMENTS: dict[int, tuple[int, int]] = {
    2: (LL, 0),
    3: (FIXED, 6),
    4: (FIXED, 12),
    5: (FIXED, 12),
    6: (FIXED, 12),
    9: (FIXED, 8),
    10: (FIXED, 8),
    12: (FIXED, 12),
    14: (FIXED, 4),
    22: (FIXED, 12),
    23: (FIXED, 3),
    24: (FIXED, 3),
    25: (FIXED, 4),
    26: (FIXED, 4),
    30: (FIXED, 24),
    31: (LL, 0),
    32: (LL, 0),
    33: (LL, 0),
    37: (FIXED, 12),
    38: (FIXED, 6),
    40: (FIXED, 3),
    41: (FIXED, 8),
    42: (FIXED, 15),
    43: (LL, 0),
    48: (LLL, 0),
    49: (FIXED, 3),
    50: (FIXED, 3),
    51: (FIXED, 3),
    54: (LLL, 0),
    55: (LLL, 0),
    62: (LLL, 0),
    63: (LLL, 0),
    71: (FIXED, 8),
    72: (LLL, 0),
    73: (FIXED, 6),
    93: (LL, 0),
    94: (LL, 0),
    95: (LL, 0),
    100: (LL, 0),
    105: (LLL, 0),
    111: (LLL, 0),
    123: (LLL, 0),
    124: (LLL, 0),
    125: (LLL, 0),
    127: (LLL, 0),
}
"""Data element → (how its length is known, width when fixed)."""

PRIVATE_ELEMENTS = (48, 62, 123, 124, 125)
"""Elements that carry private subelements: tag 4 digits, length 3 digits, value."""

READ_ELEMENTS = frozenset({2, 3, 4, 5, 12, 24, 31, 37, 38, 42, 43, 49, 50, 63, 71})
"""Elements that lines and controls are made of, besides the private ones; others are passed by."""

SENSITIVE_ELEMENTS = {35: "track 2", 36: "track 3", 45: "track 1", 52: "the PIN block"}
"""What no clearing file may hold (PCI DSS 3.3.1): sensitive authentication data."""

PRESENTMENT, CHARGEBACK, FEE_COLLECTION, ADMINISTRATIVE = 1240, 1442, 1740, 1644
HEADER_FUNCTION, TRAILER_FUNCTION = 697, 695
POSITION_FUNCTIONS = (685, 688)
"""Financial position and settlement position: totals that the scheme states about a file."""
SECOND_PRESENTMENTS = (205, 282)

CARDHOLDER_DEBITS = (0, 1, 9, 12, 17, 18)
CARDHOLDER_CREDITS = (20, 28)
FEE_CREDIT_TO_US = 29
"""DE3 positions 1-2: what the cardholder pays, what comes back, and the fee codes 19 and 29."""

REVERSAL_INDICATOR, FEES, LONG_FEES, EXPONENTS, BUSINESS, SETTLEMENT = 25, 146, 147, 148, 158, 159
READ_SUBELEMENTS = (REVERSAL_INDICATOR, FEES, LONG_FEES, EXPONENTS, BUSINESS, SETTLEMENT)
"""Subelements of money messages that lines are made of."""

FEE_OCCURRENCES = {FEES: (36, 12), LONG_FEES: (48, 18)}
"""Fee subelement → (bytes of one occurrence, digits of its amounts): type 2, processing 2,
settlement indicator 2, currency 3, amount, reconciliation currency 3, reconciliation amount."""

FILE_ID, PROCESSING_MODE, FILE_REVERSAL, CHECKSUM, MESSAGES = 105, 122, 26, 301, 306
"""Subelements of header and trailer."""

BUSINESS_DATE_0158 = 12
RECONCILIATION_DATE_0159, SETTLEMENT_DATE_0159 = 51, 59
ACCOUNT_0159 = (11, 28)
FILE_DATE_0105 = 3
"""Where six digits YYMMDD (or a text) start inside a subelement, from 0."""
