"""Bytes to messages: VBS lengths, 1014 blocking, and the character set, all found from the bytes.

VBS is a 4-byte big-endian length before each record and a zero length at the end. Blocking cuts
that stream every 1,012 bytes and puts 40 40 after each cut; the last block is filled with 40.
"""

import re
import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.mastercard_ipm.layout import BITMAP_BYTES, MTI_BYTES
from parsers.outcome import Findings

Offsets = npt.NDArray[np.int64]
BLOCK, PAYLOAD, MARK = 1014, 1012, b"\x40\x40"
RECORD_BYTES_MIN, RECORD_BYTES_MAX = MTI_BYTES + BITMAP_BYTES, 8192
PADDING = b"\x40\x40\x40\x40"

_MTI_ASCII = re.compile(rb"1[1-8][0-9]{2}")
_MTI_EBCDIC = re.compile(rb"\xf1[\xf1-\xf8][\xf0-\xf9]{2}")
# Positions where cp037 and cp500 differ: in cp037 these are ! [ ] ^, in cp500 mostly rare signs.
_MORE_LIKELY_CP037 = b"\x5a\xba\xbb\xb0"
_MORE_LIKELY_CP500 = b"\x4f\x4a\x5f"


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a plausible record length and a message type."""
    return _first_encoding(data) is not None


def _first_encoding(data: bytes) -> str | None:
    if len(data) < 4 + MTI_BYTES:
        return None
    (length,) = struct.unpack_from(">I", data)
    if not RECORD_BYTES_MIN <= length <= RECORD_BYTES_MAX:
        return None
    kind = data[4:8]
    if _MTI_ASCII.fullmatch(kind):
        return "latin-1"
    return "cp500" if _MTI_EBCDIC.fullmatch(kind) else None


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of a file: `starts` and `ends` point into `body` (unblocked) and `text`.

    `text` is `body` turned into latin-1 byte by byte, so both have the same offsets.
    """

    body: bytes
    text: bytes
    starts: Offsets
    ends: Offsets
    is_blocked: bool

    def raw(self, positions: Offsets) -> Offsets:
        """Return where positions of the body stand in the file as received."""
        if not self.is_blocked:
            return positions
        return positions // PAYLOAD * BLOCK + positions % PAYLOAD

    def raw_span(self, index: int) -> tuple[int, int]:
        """Return (byte_start, byte_length) of one message in the file as received."""
        first, last = self.raw(np.array([self.starts[index], self.ends[index] - 1]))
        return int(first), int(last - first + 1)


def read_messages(data: bytes, encoding: str | None, findings: Findings) -> Messages | None:
    """Return the messages, or None when the container itself is broken (refusals say where)."""
    detected = _first_encoding(data)
    if detected is None:
        findings.refuse(
            "record_length",
            byte_offset=0,
            found=f"bytes {data[:8].hex(' ')}",
            expected="a record length and a message type such as 1644",
            hint="Is this an IPM clearing file, and complete from its first byte?",
        )
        return None
    is_blocked = _is_blocked(data)
    body = _unblock(data, findings) if is_blocked else data
    spans = _split(body, is_blocked, findings)
    if findings.refused:
        return None
    chosen = encoding or (_ebcdic_variant(body) if detected == "cp500" else detected)
    table = bytes(range(256)).decode(chosen).encode("latin-1")
    text = body if chosen == "latin-1" else body.translate(table)
    starts, ends = spans
    return Messages(body, text, starts, ends, is_blocked)


def _marks_stand(data: bytes) -> bool:
    marks = np.frombuffer(data[: len(data) // BLOCK * BLOCK], dtype=np.uint8).reshape(-1, BLOCK)
    return bool((marks[:, PAYLOAD:] == MARK[0]).all())


def _is_blocked(data: bytes) -> bool:
    if len(data) < BLOCK or not _marks_stand(data):
        return False
    # 40 40 may stand there by chance (spaces in EBCDIC); a VBS file then reads to its very end.
    return len(data) % BLOCK == 0 or not _reads_as_vbs(data)


def _reads_as_vbs(data: bytes) -> bool:
    trial = Findings()
    _split(data, False, trial)
    return not trial.refused


def _unblock(data: bytes, findings: Findings) -> bytes:
    whole = len(data) // BLOCK * BLOCK
    if whole != len(data):
        findings.refuse(
            "block_incomplete",
            byte_offset=whole,
            found=f"{len(data) - whole} bytes in the last block",
            expected=f"blocks of {BLOCK} bytes",
            hint="The file was cut off: fetch it again.",
        )
    blocks = np.frombuffer(data[:whole], dtype=np.uint8).reshape(-1, BLOCK)
    return blocks[:, :PAYLOAD].tobytes()


def _split(body: bytes, is_blocked: bool, findings: Findings) -> tuple[Offsets, Offsets]:
    """Walk the lengths; refuse a length that is no length, a cut record, bytes after the end."""
    starts: list[int] = []
    ends: list[int] = []
    position, size, fault = 0, len(body), ""
    unpack = struct.Struct(">I").unpack_from
    while True:
        if position == size or (is_blocked and body[position : position + 4] == PADDING):
            _warn_no_end(position, findings)
            break
        if position + 4 > size:
            fault = f"{size - position} bytes where a record length should be"
            break
        (length,) = unpack(body, position)
        if length == 0:
            rest = body[position + 4 :].strip(b"\x00" if not is_blocked else b"\x00\x40")
            if rest:
                position = body.index(rest, position + 4)
                fault = f"{len(rest)} bytes after the end of the records"
            break
        if not RECORD_BYTES_MIN <= length <= RECORD_BYTES_MAX:
            fault = f"a record length of {length}"
            break
        if position + 4 + length > size:
            fault = f"a record of {length} bytes, of which {size - position - 4} are there"
            break
        starts.append(position + 4)
        position += 4 + length
        ends.append(position)
    if fault:
        _refuse_container(fault, position, len(starts), is_blocked, findings)
    return np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)


def _warn_no_end(position: int, findings: Findings) -> None:
    findings.warn(
        "end_mark_missing",
        byte_offset=position,
        found="the end of the file after a whole record",
        expected="a zero length after the last record",
        hint="Some systems leave it out; header and trailer still tell whether all is there.",
    )


def _refuse_container(
    fault: str, position: int, records: int, is_blocked: bool, findings: Findings
) -> None:
    offset = position // PAYLOAD * BLOCK + position % PAYLOAD if is_blocked else position
    findings.refuse(
        "record_length",
        byte_offset=offset,
        record_no=records + 1,
        found=fault,
        expected=f"records of {RECORD_BYTES_MIN} to {RECORD_BYTES_MAX} bytes up to the end",
        hint="The file was cut off or changed on the way (text mode?): fetch it again.",
    )


def _ebcdic_variant(body: bytes) -> str:
    """Return cp037 or cp500: they differ in punctuation only, so this decides names, not money."""
    for_037 = sum(body.count(one) for one in _MORE_LIKELY_CP037)
    for_500 = sum(body.count(one) for one in _MORE_LIKELY_CP500)
    return "cp037" if for_037 > for_500 else "cp500"
