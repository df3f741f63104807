"""Bytes of a received file as people read them: text as text, everything else as a dump.

Card numbers are covered before anything else happens (`masking`). Characters that would not show,
or would change how others show (controls, direction marks), are written as escapes: what a file
holds must not change what a reader sees.
"""

import string
from dataclasses import dataclass

from tieout.reports.masking import mask_cards
from tieout.reports.wording import show_text

BYTES_SHOWN_MAX = 4096
"""A record is rarely longer; a page is not the place to read a whole file."""

READ_BEYOND = 64
"""Bytes to read after the last shown one, so that no card number is cut before it is found."""

_ROW = 16
_EBCDIC = "cp500"
_EBCDIC_SHARE_MIN = 0.6


@dataclass(frozen=True, slots=True)
class DumpRow:
    """Sixteen bytes: offset in the file, hexadecimal, and the characters they stand for."""

    offset: int
    hexadecimal: str
    text: str


@dataclass(frozen=True, slots=True)
class ByteView:
    """A byte range: `text` when it is text, otherwise `rows`; exactly one of the two is filled."""

    encoding: str
    text: str
    rows: tuple[DumpRow, ...]
    is_masked: bool
    bytes_left_out: int


def view_bytes(data: bytes, *, start: int, length: int) -> ByteView:
    """Show the first `length` bytes of `data`, at most 4096 of them.

    Args:
        data: the bytes from `start`; up to READ_BEYOND more than `length`, to find a card number
            at the cut.
        start: where they stand in the file.
        length: how many of them belong to the record.
    """
    shown = min(length, BYTES_SHOWN_MAX)
    encoding = _encoding_of(data[:length])
    masked, covered = mask_cards(data, is_text=encoding in ("ASCII", "UTF-8", "Latin-1"))
    masked = masked[:shown]
    is_masked = any(at < shown for at in covered)
    left_out = max(0, length - shown)
    if encoding in ("ASCII", "UTF-8", "Latin-1"):
        codec = "latin-1" if encoding == "Latin-1" else "utf-8"
        text = _visible(masked.decode(codec, errors="replace"))
        return ByteView(encoding, text, (), is_masked, left_out)
    rows = tuple(
        _row(masked[at : at + _ROW], at, start, covered, encoding)
        for at in range(0, len(masked), _ROW)
    )
    return ByteView(encoding, "", rows, is_masked, left_out)


def _encoding_of(data: bytes) -> str:
    printable = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in data)
    if printable == len(data):
        return "ASCII"
    if 0 not in data:
        try:
            data[:-3].decode("utf-8")
        except UnicodeDecodeError:
            if printable >= 0.9 * len(data):
                return "Latin-1"
        else:
            return "UTF-8"
    known = sum(char in _EBCDIC_USUAL for char in data.decode(_EBCDIC))
    return "EBCDIC" if known >= _EBCDIC_SHARE_MIN * len(data) else "binary"


_EBCDIC_USUAL = frozenset(string.ascii_letters + string.digits + " .,-/:+&'()")


def _visible(text: str) -> str:
    lines = text.replace("\r\n", "␍␊\n").replace("\r", "␍\n").split("\n")
    return "\n".join(show_text(line) for line in lines)


def _row(part: bytes, at: int, start: int, covered: frozenset[int], encoding: str) -> DumpRow:
    stars = [at + place in covered for place in range(len(part))]
    codec = _EBCDIC if encoding == "EBCDIC" else "ascii"
    decoded = part.decode(codec, errors="replace")
    text = "".join(
        "*" if star else (char if char.isprintable() and char != "\ufffd" else "·")
        for char, star in zip(decoded, stars, strict=True)
    )
    hexadecimal = " ".join(
        "**" if star else f"{byte:02x}" for byte, star in zip(part, stars, strict=True)
    )
    return DumpRow(start + at, hexadecimal, text)
