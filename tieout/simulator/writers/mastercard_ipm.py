"""Mastercard IPM files from plain messages: elements, private subelements, blocking, characters.

An `IpmFile` becomes a logical file: header 1644/697, its messages numbered in DE71, and a trailer
1644/695 with the sum of all DE4 and the count of all messages. Several of them make a transmission.
Sources as in docs/formats/mastercard_ipm.md; the layout stands here once more on purpose.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

_BLOCK_PAYLOAD, _BLOCK_MARK = 1012, b"\x40\x40"
_PRIVATE_ELEMENTS = (48, 62, 123, 124, 125)
_PRIVATE_MAX = 999
_TWO_DIGITS = frozenset({2, 31, 32, 33, 43, 93, 94, 95, 100})
_THREE_DIGITS = frozenset({48, 54, 55, 62, 63, 72, 105, 111, 123, 124, 125, 127})
_WIDTHS = {
    **{3: 6, 4: 12, 5: 12, 6: 12, 9: 8, 10: 8, 12: 12, 14: 4, 22: 12, 23: 3, 24: 3, 25: 4, 26: 4},
    **{30: 24, 37: 12, 38: 6, 40: 3, 41: 8, 42: 15, 49: 3, 50: 3, 51: 3, 71: 8, 73: 6},
}

Value = str | bytes


@dataclass(frozen=True, slots=True)
class IpmMessage:
    """One message: `elements` by number (bytes stay as they are), `private` by tag of the PDS."""

    mti: str
    elements: Mapping[int, Value]
    private: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IpmFile:
    """One logical file: 25 digits of file id, and what stands between header and trailer.

    `checksum` and `count` replace what the trailer would truthfully say.
    """

    file_id: str
    messages: Sequence[IpmMessage]
    mode: str = "P"
    reversal: str | None = None
    checksum: int | None = None
    count: int | None = None


def write_mastercard_ipm(
    files: Iterable[IpmFile], *, encoding: str = "cp500", is_blocked: bool = True
) -> bytes:
    """Return the bytes of a transmission.

    Args:
        files: logical files; DE71 counts from 1 in each of them.
        encoding: latin-1, cp500 or cp037; binary values are not translated.
        is_blocked: blocks of 1,014 bytes instead of the bare stream of records (VBS).

    Raises:
        ValueError: a value that does not fit its element.
    """
    return write_messages(
        (message for file in files for message in framed(file)),
        encoding=encoding,
        is_blocked=is_blocked,
    )


def write_messages(
    messages: Iterable[IpmMessage], *, encoding: str, is_blocked: bool, has_end: bool = True
) -> bytes:
    """Return the bytes of messages as they are, without header and trailer of our own."""
    stream = b"".join(record(message, encoding) for message in messages)
    stream += bytes(4) if has_end else b""
    return in_blocks(stream) if is_blocked else stream


def framed(file: IpmFile) -> Iterator[IpmMessage]:
    """Yield header, messages and trailer, numbered."""
    header = {105: file.file_id, 122: file.mode}
    if file.reversal is not None:
        header[26] = file.reversal
    yield _numbered(IpmMessage("1644", {24: "697"}, header), 1)
    total = 0
    for number, message in enumerate(file.messages, start=2):
        total += int(message.elements.get(4, "0"))
        yield _numbered(message, number)
    total = total if file.checksum is None else file.checksum
    count = len(file.messages) + 2 if file.count is None else file.count
    trailer = {105: file.file_id, 301: f"{total:016d}", 306: f"{count:08d}"}
    yield _numbered(IpmMessage("1644", {24: "695"}, trailer), len(file.messages) + 2)


def _numbered(message: IpmMessage, number: int) -> IpmMessage:
    return replace(message, elements={**message.elements, 71: f"{number:08d}"})


def record(message: IpmMessage, encoding: str) -> bytes:
    """Return one message behind its four bytes of length."""
    elements = {**message.elements, **_private(message.private)}
    bitmap = 1 << 127
    for number in elements:
        bitmap |= 1 << (128 - number)
    values = b"".join(_element(number, elements[number], encoding) for number in sorted(elements))
    body = message.mti.encode(encoding) + bitmap.to_bytes(16, "big") + values
    return struct.pack(">I", len(body)) + body


def _element(number: int, value: Value, encoding: str) -> bytes:
    data = value.encode(encoding) if isinstance(value, str) else value
    digits = 2 if number in _TWO_DIGITS else 3 if number in _THREE_DIGITS else 0
    if len(data) >= 10**digits if digits else len(data) != _WIDTHS[number]:
        raise ValueError(f"DE{number} cannot hold {len(data)} characters")
    return f"{len(data):0{digits}d}".encode(encoding) + data if digits else data


def _private(private: Mapping[int, str]) -> dict[int, str]:
    """Fill one element after the other; no subelement is cut in two."""
    filled: list[str] = []
    for tag, value in sorted(private.items()):
        piece = f"{tag:04d}{len(value):03d}{value}"
        if not filled or len(filled[-1]) + len(piece) > _PRIVATE_MAX:
            filled.append("")
        filled[-1] += piece
    return dict(zip(_PRIVATE_ELEMENTS, filled, strict=False))


def in_blocks(stream: bytes) -> bytes:
    """Return the stream cut into blocks, the last one filled with 40."""
    blocks = [
        stream[at : at + _BLOCK_PAYLOAD].ljust(_BLOCK_PAYLOAD, b"\x40") + _BLOCK_MARK
        for at in range(0, len(stream), _BLOCK_PAYLOAD)
    ]
    return b"".join(blocks)
