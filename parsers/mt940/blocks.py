"""Bytes to blocks of whole statements.

A block ends where a field :20: stands at the start of a line. A statement is never cut, so its
closing balance, its currency and its totals are known when its entries are read.
"""

import re
from collections.abc import Iterator

from parsers.contract import Data
from parsers.encodings import BOM

_HEAD_BYTES = 1 << 16
_BORDER = re.compile(rb"[\r\n]:20:")


def read_blocks(data: Data, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield first byte and bytes of blocks of about `size`, without a byte order mark."""
    start = len(BOM) if data[:3] == BOM else 0
    while start < len(data):
        end = _border(data, start, start + size)
        yield start, data[start:end]
        start = end


def find_open_message(data: Data) -> int | None:
    """Return where the last message with an envelope starts, if it does not end; else None."""
    if data[:_HEAD_BYTES].find(b"{4:") < 0:
        return None
    opened = data.rfind(b"{4:")
    return opened if data.find(b"-}", opened) < 0 else None


def _border(data: Data, start: int, end: int) -> int:
    """Return where the last statement before `end` ends; the next border if it is longer."""
    if end >= len(data):
        return len(data)
    before = max(data.rfind(one + b":20:", start + 1, end) for one in (b"\n", b"\r"))
    if before > 0:
        return before + 1
    found = _BORDER.search(data, max(start + 1, end - 5))
    return found.start() + 1 if found else len(data)
