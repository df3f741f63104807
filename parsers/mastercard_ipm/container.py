"""Bytes to records: what kind of container a file is, and its records a chunk at a time.

VBS is a 4-byte big-endian length before each record and a zero length at the end. Blocking cuts
that stream every 1,012 bytes and puts 40 40 after each cut; the last block is filled with 40.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parsers.contract import BATCH_BYTES, Data
from parsers.errors import Refused
from parsers.mastercard_ipm.layout import MTI_BYTES
from parsers.mastercard_ipm.lengths import LENGTH_BYTES, RECORD_MAX, RECORD_MIN, Walk, walk
from parsers.outcome import Finding, Findings

Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
BLOCK, PAYLOAD, MARK = 1014, 1012, 0x40
BLOCKS_ASKED = 1000
MARGIN = 16_384
"""Zero bytes around a chunk. Elements of a faulty record may lead past its end, all of them
together by no more than this; and an absent place is one in front of the first record."""

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

    `buffer` has MARGIN zero bytes on both sides, and the next chunk uses it again. `origin` is the
    place of its first byte in the unblocked stream, `records_before` counts earlier records.
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


def read_chunks(data: Data, findings: Findings, batch_bytes: int = BATCH_BYTES) -> Iterator[Chunk]:
    """Yield the records in order.

    Raises:
        Refused: the container is broken.
    """
    if find_encoding(data) is None:
        raise _refused(
            "record_length",
            0,
            found=f"bytes {data[:8].hex(' ')}",
            expected="a record length and a message type such as 1644",
            hint="Is this an IPM clearing file, and complete from its first byte?",
        )
    is_blocked = _is_blocked(data)
    if is_blocked and len(data) % BLOCK:
        raise _refused(
            "block_incomplete",
            len(data) // BLOCK * BLOCK,
            found=f"{len(data) % BLOCK} bytes in the last block",
            expected=f"blocks of {BLOCK} bytes",
            hint="The file was cut off: fetch it again.",
        )
    yield from _chunks(data, is_blocked, findings, batch_bytes)


def _refused(code: str, byte_offset: int, **what: Any) -> Refused:
    return Refused(Finding(code, "refusal", byte_offset=byte_offset, **what))


def _chunks(data: Data, is_blocked: bool, findings: Findings, batch_bytes: int) -> Iterator[Chunk]:
    step = min(max(batch_bytes // BLOCK, 1) * BLOCK, -(-len(data) // BLOCK) * BLOCK)
    # One buffer for all chunks: a chunk is done with before the next one is asked for.
    buffer = bytearray(2 * MARGIN + RECORD_MAX + LENGTH_BYTES + step)
    origin, records, left, ended = 0, 0, 0, False
    for at in range(0, len(data), step):
        piece = np.frombuffer(data, np.uint8, min(step, len(data) - at), at)
        if is_blocked:
            _check_marks(piece, at)
        limit = MARGIN + left + _fill(buffer, MARGIN + left, piece, is_blocked)
        del piece  # it would keep a mapping from being closed
        is_last = at + step >= len(data)
        found = walk(buffer, MARGIN, limit, is_last, is_blocked, ended)
        ended = found.ended
        chunk = Chunk(buffer, found.starts, found.ends, origin - MARGIN, records, is_blocked)
        records += len(found.starts)
        _report(found, chunk, records, findings)
        if len(found.starts):
            yield chunk
        left = 0 if ended else limit - found.stop
        buffer[MARGIN : MARGIN + left] = buffer[limit - left : limit]
        origin += limit - MARGIN - left


def _fill(buffer: bytearray, first: int, piece: Bytes, is_blocked: bool) -> int:
    """Write a piece of the file behind the rest of the last chunk; return how much it is."""
    size = len(piece) // BLOCK * PAYLOAD if is_blocked else len(piece)
    into = np.frombuffer(buffer, np.uint8)
    if is_blocked:
        blocks = piece.reshape(-1, BLOCK)
        into[first : first + size].reshape(-1, PAYLOAD)[:] = blocks[:, :PAYLOAD]
    else:
        into[first : first + size] = piece
    into[first + size :] = 0
    return size


def _marks(piece: Bytes) -> npt.NDArray[np.bool_]:
    """Return which whole blocks end in their mark."""
    blocks = piece[: len(piece) // BLOCK * BLOCK].reshape(-1, BLOCK)
    marked: npt.NDArray[np.bool_] = (blocks[:, PAYLOAD:] == MARK).all(axis=1)
    return marked


def _is_blocked(data: Data) -> bool:
    if len(data) < BLOCK:
        return False
    marked = _marks(np.frombuffer(data, np.uint8, min(len(data), BLOCKS_ASKED * BLOCK)))
    if marked.all() and len(data) % BLOCK == 0:
        return True
    # 40 40 may stand there by chance (spaces in EBCDIC); a VBS file then reads to its very end.
    # Where most marks stand, a wrong one is a fault of the block and is reported as that.
    return 2 * int(marked.sum()) > len(marked) and not _reads_as_vbs(data)


def _reads_as_vbs(data: Data) -> bool:
    try:
        for _ in _chunks(data, False, Findings(), BATCH_BYTES):
            pass
    except Refused:
        return False
    return True


def _check_marks(piece: Bytes, at: int) -> None:
    marked = _marks(piece)
    if not marked.all():
        place = int(np.argmin(marked)) * BLOCK + PAYLOAD
        raise _refused(
            "block_mark",
            at + place,
            found=f"bytes {bytes(piece[place : place + 2]).hex(' ')} at the end of a block",
            expected="40 40",
            hint="The file was changed on the way (text mode?): fetch it again.",
        )


def _report(found: Walk, chunk: Chunk, records: int, findings: Findings) -> None:
    offset = int(chunk.in_file(np.array([found.stop]))[0])
    if found.fault:
        raise _refused(
            "record_length",
            offset,
            record_no=records + 1,
            found=found.fault,
            expected=f"records of {RECORD_MIN} to {RECORD_MAX} bytes up to the end",
            hint="The file was cut off or changed on the way (text mode?): fetch it again.",
        )
    if found.lacks_end:
        findings.warn(
            "end_mark_missing",
            byte_offset=offset,
            found="the end of the file after a whole record",
            expected="a zero length after the last record",
            hint="Some systems leave it out; header and trailer still tell whether all is there.",
        )
