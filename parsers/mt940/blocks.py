"""Bytes to blocks of whole statements: what is read at a time, and in which encoding.

A block ends where a field :20: stands at the start of a line. A statement is never cut, so its
closing balance, its currency and its totals are known when its entries are read.
"""

import codecs
import re
from collections.abc import Iterator

from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding

BOM = b"\xef\xbb\xbf"
_STEP = 1 << 20
_BORDER = re.compile(rb"[\r\n]:20:")
_UNDEFINED = {code: chr(code) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_CP1252 = "".join(_UNDEFINED.get(code) or bytes([code]).decode("cp1252") for code in range(256))
"""CP1252, with its five unused codes read as the control characters of the same number."""


def encoding_of(data: Data) -> str:
    """Return utf-8 where the bytes are that, else cp1252.

    Raises:
        Refused: the file is UTF-16 or holds NUL bytes.
    """
    place = 0 if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data.find(b"\0")
    if place >= 0:
        raise Refused(
            Finding(
                "encoding_differs",
                "refusal",
                line=sum(
                    data[at : min(at + _STEP, place)].count(b"\n") for at in range(0, place, _STEP)
                )
                + 1,
                byte_offset=place,
                found="UTF-16 or NUL bytes",
                expected="a single-byte encoding or UTF-8",
                hint="Ask for the file in its original form.",
            )
        )
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _STEP):
            decoder.decode(data[at : at + _STEP], final=at + _STEP >= len(data))
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def to_utf8(block: bytes, encoding: str) -> bytes:
    """Return a block as UTF-8."""
    if encoding == "utf-8" or block.isascii():
        return block
    return codecs.charmap_decode(block, "strict", _CP1252)[0].encode()


def read_blocks(data: Data, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield first byte and bytes of blocks of about `size`, without a byte order mark."""
    start = len(BOM) if data[:3] == BOM else 0
    while start < len(data):
        end = _border(data, start, start + size)
        yield start, data[start:end]
        start = end


def _border(data: Data, start: int, end: int) -> int:
    """Return where the last statement before `end` ends; the next border if it is longer."""
    if end >= len(data):
        return len(data)
    before = max(data.rfind(one + b":20:", start + 1, end) for one in (b"\n", b"\r"))
    if before > 0:
        return before + 1
    found = _BORDER.search(data, end - 5)
    return found.start() + 1 if found else len(data)
