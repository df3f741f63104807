"""Bytes to blocks of whole records: a record and its continuations are never cut apart."""

import re
from collections.abc import Iterator

from parsers.bai2.layout import CODES
from parsers.contract import Data
from parsers.encodings import BOM

_STARTS = "|".join(one for one in CODES if one != "88").encode()
_BORDER = re.compile(rb"[\r\n](?=(?:" + _STARTS + rb"),)")
_STEP = 1 << 16


def read_blocks(data: Data, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield first byte and bytes of blocks of about `size`, without a byte order mark."""
    start = len(BOM) if data[:3] == BOM else 0
    while start < len(data):
        end = _border(data, start, start + size)
        yield start, data[start:end]
        start = end


def _border(data: Data, start: int, end: int) -> int:
    """Return where the last record before `end` starts; the next one if there is none."""
    if end >= len(data):
        return len(data)
    for first in range(max(start + 1, end - _STEP), start, -_STEP):
        found = [one.end() for one in _BORDER.finditer(data, first, min(first + _STEP, end))]
        if found:
            return found[-1]
    after = _BORDER.search(data, max(start + 1, end - 4))
    return after.end() if after else len(data)
