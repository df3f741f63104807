"""Declarative fixed-width records: a bank's or a mainframe's file, described instead of coded.

    H20260302ACME BANK                      header: its fields hold for the details below it
    D0000001EUR0000012345{20260302          detail: one line of money, here overpunched (+123450)
    N          ORDER 4711                   addendum: more fields of the detail above it
    T000001000000000123450                  trailer: what the file says about itself

Records
    header     found by a condition; its fields belong to every detail until the next one
    detail     one line of money; several kinds of them may have their fields elsewhere
    addendum   fields of the detail above; of several, texts are joined by a blank
    trailer    declares count, sums and hash, of the file or of the details since the last one
    ignored    known, and without meaning for money

Positions count bytes from 1, as specifications do. A field is text, zoned (overpunched), packed
(COMP-3) or signed by a character of its own; the file is ASCII, one of its supersets, or EBCDIC.

Source of truth: the feed's `[layout]` table (docs/formats/fixed_width.md).
"""

from parsers.contract import Format
from parsers.fixed_width.parse import parse

FORMAT = Format("fixed_width", looks_like=lambda data: False, parse=parse, needs_layout=True)
