"""Bytes to tags: where each `:nn:` field starts, its lines, and what stands between messages.

Structure is read in latin-1, one character per byte, so every position is a byte offset; texts for
people are decoded again with the file's own encoding.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from parsers.errors import Refused
from parsers.outcome import Finding

_HEAD_BYTES = 1 << 16
_KNOWN = rb"(?:20|21|25P?|28C?|60[FM]|61|62[FM]|64|65|86|13D?|34F|90[CD])"
_ANY_TAG = re.compile(rb"(?:^|[\r\n}])(?:\{4:\s*)?:" + _KNOWN + rb":")
_LINE = re.compile(rb"[^\r\n]+")
_TAG = re.compile(rb"(?:\{[1-5]:[^{}]*\})*(?:\{4:)?\s*:([0-9]{2}[A-Z]?|NS):")
_ENVELOPE = re.compile(rb"(?:\{[1-5]:[^{}]*\}?)+|\{4:|-?\}.*|-|\$|\x03|\x01|\x1a|\s+")


@dataclass(slots=True)
class Tag:
    """One field: its name, the value on its line, and the lines after it."""

    name: str
    value: str
    line: int
    start: int
    end: int
    more: list[str]


def looks_like(data: bytes) -> bool:
    """Tell whether a known tag stands at the start of a line near the start of the file."""
    head = data[:_HEAD_BYTES]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return False
    return _ANY_TAG.search(head.removeprefix(b"\xef\xbb\xbf")) is not None


def encoding_of(data: bytes) -> str:
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
                line=data.count(b"\n", 0, place) + 1,
                byte_offset=place,
                found="UTF-16 or NUL bytes",
                expected="a single-byte encoding or UTF-8",
                hint="Ask for the file in its original form.",
            )
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def read_tags(data: bytes) -> Iterator[Tag]:
    """Yield the fields in order; lines of the envelope and blank lines belong to none."""
    current: Tag | None = None
    line, counted = 1, 0
    for found in _LINE.finditer(data, 3 if data.startswith(b"\xef\xbb\xbf") else 0):
        text, start = found[0], found.start()
        line += _line_ends(data[counted:start])
        counted = start
        tag = _TAG.match(text)
        if tag:
            if current:
                yield current
            value = _without_end(text[tag.end() :])
            current = Tag(tag[1].decode(), value.decode("latin-1"), line, start, found.end(), [])
            continue
        if _ENVELOPE.fullmatch(text):
            if current and not text.isspace():
                yield current
                current = None
            continue
        if current:
            current.more.append(_without_end(text).decode("latin-1"))
            current.end = found.end()
    if current:
        yield current


def _without_end(text: bytes) -> bytes:
    """Drop the end of a message that stands on the line of its last field."""
    place = text.find(b"-}")
    return text[:place] if place >= 0 and text.endswith(b"}") else text


def _line_ends(between: bytes) -> int:
    """Count line ends: LF, CR LF and a bare CR are one each."""
    return between.count(b"\n") + between.count(b"\r") - between.count(b"\r\n")
