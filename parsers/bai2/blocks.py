"""Bytes to blocks of whole records: a record and its continuations are never cut apart."""

import re
from collections.abc import Iterator

from parsers.bai2.layout import CODES
from parsers.contract import Data
from parsers.encodings import BOM

_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*01,[^,\r\n]*,[^,\r\n]*,\s*[0-9]{6}\s*,")
_STARTS = "|".join(one for one in CODES if one != "88").encode()
_BORDERS = {
    end: re.compile(re.escape(end) + rb"(?=(?:" + _STARTS + rb"),)") for end in (b"\n", b"\r")
}
_STEP = 1 << 16


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a file header and its date."""
    return _HEAD.match(data[:4096]) is not None


def line_end_of(data: Data) -> bytes:
    """Return what ends lines: LF (also behind a CR), or a bare CR where there is no LF at all."""
    return b"\r" if data.find(b"\n") < 0 <= data.find(b"\r") else b"\n"


def read_blocks(data: Data, size: int, line_end: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield first byte and bytes of blocks of about `size`, without a byte order mark."""
    border = _BORDERS[line_end]
    start = len(BOM) if data[:3] == BOM else 0
    while start < len(data):
        end = _border(data, start, start + size, border)
        yield start, data[start:end]
        start = end


def _border(data: Data, start: int, end: int, border: re.Pattern[bytes]) -> int:
    """Return where the last record before `end` starts; the next one if there is none."""
    if end >= len(data):
        return len(data)
    for first in range(max(start + 1, end - _STEP), start, -_STEP):
        found = [one.end() for one in border.finditer(data, first, min(first + _STEP, end))]
        if found:
            return found[-1]
    after = border.search(data, max(start + 1, end - 4))
    return after.end() if after else len(data)
