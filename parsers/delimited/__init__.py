"""Declarative delimited text: anybody's CSV, described by a layout instead of code.

    booking_id;type;currency;amount;booked_on        header line, names must be unique
    B-1;SALE;EUR;1.234,50;2026-03-02                 one line of money each
    B-2;REFUND;EUR;-10,00;2026-03-02
    TRAILER;2;1224,50                                optional: what the file says about itself

Records
    header    one line of column names (`header = false`: columns are named by number)
    detail    one line of money; every column is read as text and converted by a strict pattern
    trailer   recognised by its first field; declares count, sums and hash totals
    comment   lines that start with the layout's comment mark; counted nowhere

Source of truth: the feed's `[layout]` table (docs/formats/delimited.md); RFC 4180 for quoting.
"""

from parsers.contract import Format
from parsers.delimited.parse import parse

FORMAT = Format("delimited", looks_like=lambda data: False, parse=parse, needs_layout=True)
