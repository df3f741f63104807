"""Which encoding a file of text lines is in, told from its bytes without holding it all as text.

UTF-8 where the bytes are that, else CP1252: banks declare neither. Nothing is replaced: the five
codes that CP1252 leaves open are read as the control characters of the same number.
"""

import codecs

from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding

BOM = b"\xef\xbb\xbf"
_STEP = 1 << 20
_OPEN = {code: chr(code) for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_CP1252 = "".join(_OPEN.get(code) or bytes([code]).decode("cp1252") for code in range(256))


def encoding_of(data: Data) -> str:
    """Return utf-8 or cp1252.

    Raises:
        Refused: the file is UTF-16 or holds NUL bytes.
    """
    place = 0 if data[:2] in (b"\xff\xfe", b"\xfe\xff") else data.find(b"\0")
    if place >= 0:
        steps = range(0, place, _STEP)
        raise Refused(
            Finding(
                "encoding_differs",
                "refusal",
                line=1 + sum(data[at : min(at + _STEP, place)].count(b"\n") for at in steps),
                byte_offset=place,
                found="UTF-16 or NUL bytes",
                expected="a single-byte encoding or UTF-8",
                hint="Ask for the file in its original form.",
            )
        )
    if isinstance(data, bytes) and data.isascii():
        return "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _STEP):
            decoder.decode(data[at : at + _STEP], final=at + _STEP >= len(data))
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def is_ascii(data: Data) -> bool:
    """Return whether there are only ASCII characters in a file."""
    return all(data[at : at + _STEP].isascii() for at in range(0, len(data), _STEP))


def to_utf8(block: bytes, encoding: str) -> bytes:
    """Return a block of whole lines as UTF-8."""
    if encoding == "utf-8" or block.isascii():
        return block
    return codecs.charmap_decode(block, "strict", _CP1252)[0].encode()
