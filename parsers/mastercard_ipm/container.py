"""Bytes to records: what kind of container a file is, and its records a chunk at a time.

VBS is a 4-byte big-endian length before each record and a zero length at the end. Blocking cuts
that stream every 1,012 bytes and puts 40 40 after each cut; the last block is filled with 40.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.contract import BATCH_BYTES, Data
from parsers.mastercard_ipm.layout import BITMAP_BYTES, MTI_BYTES
from parsers.mastercard_ipm.lengths import LENGTH_BYTES, RECORD_MAX, RECORD_MIN, Walk, walk
from parsers.outcome import Findings

Offsets = npt.NDArray[np.int64]
BLOCK, PAYLOAD, MARK = 1014, 1012, 0x40
BLOCKS_ASKED = 1000
MARGIN = 2048
"""Zero bytes around a chunk: whoever reads at an absent place, or past the end, reads these."""

_MTI_ASCII = re.compile(rb"1[1-8][0-9]{2}")
_MTI_EBCDIC = re.compile(rb"\xf1[\xf1-\xf8][\xf0-\xf9]{2}")


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a plausible record length and a message type."""
    return find_encoding(data) is not None


def find_encoding(data: Data) -> str | None:
    """Return latin-1 or cp500 (any EBCDIC) by the first message type, None if there is none."""
    if len(data) < LENGTH_BYTES + MTI_BYTES:
        return None
    (length,) = struct.unpack_from(">I", data)
    if not RECORD_MIN <= length <= RECORD_MAX:
        return None
    kind = data[LENGTH_BYTES : LENGTH_BYTES + MTI_BYTES]
    if _MTI_ASCII.fullmatch(kind):
        return "latin-1"
    return "cp500" if _MTI_EBCDIC.fullmatch(kind) else None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole records of a stretch of the file: `starts` and `ends` point into `buffer`.

    `buffer` has MARGIN zero bytes on both sides; `origin` is the place of its first byte in the
    unblocked stream, `records_before` counts the records of earlier chunks.
    """

    buffer: bytearray
    starts: Offsets
    ends: Offsets
    origin: int
    records_before: int
    is_blocked: bool

    def in_file(self, positions: Offsets) -> Offsets:
        """Return where positions of the buffer stand in the file as received."""
        places = positions + self.origin
        return places + places // PAYLOAD * (BLOCK - PAYLOAD) if self.is_blocked else places

    def record_start(self, index: int) -> int:
        """Return where one record starts in the file as received."""
        return int(self.in_file(self.starts[index : index + 1])[0])


def read_chunks(data: Data, findings: Findings) -> Iterator[Chunk]:
    """Yield the records in order; refuse, and stop, where the container is broken."""
    if find_encoding(data) is None:
        findings.refuse(
            "record_length",
            byte_offset=0,
            found=f"bytes {data[:8].hex(' ')}",
            expected="a record length and a message type such as 1644",
            hint="Is this an IPM clearing file, and complete from its first byte?",
        )
        return
    is_blocked = _is_blocked(data)
    if is_blocked and len(data) % BLOCK:
        findings.refuse(
            "block_incomplete",
            byte_offset=len(data) // BLOCK * BLOCK,
            found=f"{len(data) % BLOCK} bytes in the last block",
            expected=f"blocks of {BLOCK} bytes",
            hint="The file was cut off: fetch it again.",
        )
        return
    yield from _chunks(data, is_blocked, findings)


def _chunks(data: Data, is_blocked: bool, findings: Findings) -> Iterator[Chunk]:
    step = max(BATCH_BYTES // BLOCK, 1) * BLOCK
    carry, origin, records, ended = b"", 0, 0, False
    for at in range(0, len(data), step):
        piece = data[at : at + step]
        if is_blocked and not _check_marks(piece, at, findings):
            return
        buffer, limit = _fill(carry, piece, is_blocked)
        is_last = at + step >= len(data)
        found = walk(buffer, MARGIN, limit, is_last, is_blocked, ended)
        ended = found.ended
        chunk = Chunk(buffer, found.starts, found.ends, origin - MARGIN, records, is_blocked)
        records += len(found.starts)
        _report(found, chunk, records, findings)
        if findings.refused and found.fault:
            return
        if len(found.starts):
            yield chunk
        carry = b"" if ended else bytes(buffer[found.stop : limit])
        origin += limit - MARGIN - len(carry)


def _fill(carry: bytes, piece: bytes, is_blocked: bool) -> tuple[bytearray, int]:
    """Return a buffer with the rest of the last chunk and this piece, and where its bytes end."""
    size = len(piece) // BLOCK * PAYLOAD if is_blocked else len(piece)
    first = MARGIN + len(carry)
    buffer = bytearray(first + size + MARGIN)
    buffer[MARGIN:first] = carry
    if is_blocked:
        into = np.frombuffer(buffer, np.uint8, size, first).reshape(-1, PAYLOAD)
        into[:] = np.frombuffer(piece, np.uint8).reshape(-1, BLOCK)[:, :PAYLOAD]
    else:
        buffer[first : first + size] = piece
    return buffer, first + size


def _marks(data: bytes) -> npt.NDArray[np.bool_]:
    """Return which blocks end in their mark."""
    blocks = np.frombuffer(data, np.uint8, len(data) // BLOCK * BLOCK).reshape(-1, BLOCK)
    marked: npt.NDArray[np.bool_] = (blocks[:, PAYLOAD:] == MARK).all(axis=1)
    return marked


def _is_blocked(data: Data) -> bool:
    if len(data) < BLOCK or not _marks(data[: BLOCKS_ASKED * BLOCK]).all():
        return False
    # 40 40 may stand there by chance (spaces in EBCDIC); a VBS file then reads to its very end.
    return len(data) % BLOCK == 0 or not _reads_as_vbs(data)


def _reads_as_vbs(data: Data) -> bool:
    trial = Findings()
    for _ in _chunks(data, False, trial):
        pass
    return not trial.refused


def _check_marks(piece: bytes, at: int, findings: Findings) -> bool:
    marked = _marks(piece)
    if marked.all():
        return True
    place = int(np.flatnonzero(~marked)[0]) * BLOCK + PAYLOAD
    findings.refuse(
        "block_mark",
        byte_offset=at + place,
        found=f"bytes {piece[place : place + BLOCK - PAYLOAD].hex(' ')} at the end of a block",
        expected="40 40",
        hint="The file was changed on the way (text mode?): fetch it again.",
    )
    return False


def _report(found: Walk, chunk: Chunk, records: int, findings: Findings) -> None:
    offset = int(chunk.in_file(np.array([found.stop]))[0])
    if found.fault:
        findings.refuse(
            "record_length",
            byte_offset=offset,
            record_no=records + 1,
            found=found.fault,
            expected=f"records of {RECORD_MIN} to {RECORD_MAX} bytes up to the end",
            hint="The file was cut off or changed on the way (text mode?): fetch it again.",
        )
    elif found.lacks_end:
        findings.warn(
            "end_mark_missing",
            byte_offset=offset,
            found="the end of the file after a whole record",
            expected="a zero length after the last record",
            hint="Some systems leave it out; header and trailer still tell whether all is there.",
        )


