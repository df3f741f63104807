"""From length to length through a stretch of records: the only loop that is made per record."""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.mastercard_ipm.layout import BITMAP_BYTES, MTI_BYTES

Offsets = npt.NDArray[np.int64]
LENGTH_BYTES = 4
RECORD_MIN, RECORD_MAX = MTI_BYTES + BITMAP_BYTES, 8192
_FILLING = 0x40


@dataclass(frozen=True, slots=True)
class Walk:
    """Whole records found; `stop` is where the next one starts, or where the fault is."""

    starts: Offsets
    ends: Offsets
    stop: int
    fault: str = ""
    ended: bool = False
    lacks_end: bool = False


def walk(
    buffer: bytearray, first: int, limit: int, is_last: bool, is_blocked: bool, ended: bool
) -> Walk:
    """Follow the lengths from `first`; what does not end before `limit` waits for more bytes.

    Args:
        buffer: bytes; `limit` of them are of the file.
        first: where a length stands.
        limit: end of the bytes.
        is_last: whether no more bytes follow, so that a cut record is a fault.
        is_blocked: whether filling (40) may follow the last record.
        ended: whether an earlier stretch held the end; then only filling is left.
    """
    found = [] if ended else _follow(buffer, first, limit)
    starts = np.array(found, dtype=np.int64) + LENGTH_BYTES
    ends = np.append(starts[1:] - LENGTH_BYTES, 0) if found else starts
    if found:
        ends[-1] = starts[-1] + _length(buffer, found[-1])
    whole = (ends - starts >= RECORD_MIN) & (ends - starts <= RECORD_MAX) & (ends <= limit)
    good = len(whole) if whole.all() else int(np.argmin(whole))
    starts, ends = starts[:good], ends[:good]
    stop = int(ends[-1]) if good else first
    return _end(buffer, Walk(starts, ends, stop, ended=ended), limit, is_last, is_blocked)


def _length(buffer: bytearray, at: int) -> int:
    return int.from_bytes(buffer[at : at + LENGTH_BYTES], "big")


def _follow(buffer: bytearray, position: int, limit: int) -> list[int]:
    """Return where lengths stand up to a zero length; nonsense is sorted out afterwards."""
    found: list[int] = []
    append, unpack = found.append, struct.Struct(">I").unpack_from
    last = limit - LENGTH_BYTES
    while position <= last:
        (length,) = unpack(buffer, position)
        if not length:
            break
        append(position)
        position += length + LENGTH_BYTES
    return found


def _end(buffer: bytearray, found: Walk, limit: int, is_last: bool, is_blocked: bool) -> Walk:
    """Tell why the walk stopped: more bytes needed, the end, or a fault."""
    starts, ends, stop = found.starts, found.ends, found.stop
    left = limit - stop
    length = _length(buffer, stop) if left >= LENGTH_BYTES else -1
    filling = b"\x00\x40" if is_blocked else b"\x00"
    if found.ended or length == 0:
        rest = buffer[stop:limit].strip(filling)
        if not rest:
            return Walk(starts, ends, stop, ended=True)
        place = buffer.index(rest, stop, limit)
        return Walk(starts, ends, place, f"{len(rest)} bytes after the end of the records")
    if is_blocked and left and not buffer[stop:limit].strip(bytes([_FILLING])):
        return Walk(starts, ends, stop, ended=True, lacks_end=True)
    if length >= 0 and not RECORD_MIN <= length <= RECORD_MAX:
        return Walk(starts, ends, stop, f"a record length of {length}")
    if not is_last:
        return found
    if not left:
        return Walk(starts, ends, stop, lacks_end=True)
    if length < 0:
        return Walk(starts, ends, stop, f"{left} bytes where a record length should be")
    there = left - LENGTH_BYTES
    return Walk(starts, ends, stop, f"a record of {length} bytes, of which {there} are there")
