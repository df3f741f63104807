"""A block to records, as columns: lines cut apart, and continuations found behind their record.

Positions of texts are those of the block as UTF-8; byte ranges that leave the parser are those of
the file as received.
"""

from dataclasses import dataclass

from parsers.bai2 import loops
from parsers.bai2.details import Details, details_of
from parsers.encodings import to_utf8
from parsers.views import PAD, Bytes, Offsets, codes_of

FILE_TRAILER = 99


@dataclass(slots=True)
class Records:
    """The physical records of a block, blank lines left out.

    Attributes:
        text: the block as UTF-8 with PAD behind it, and its bytes as numbers in `codes`.
        starts: first character of each record's content, behind "88," for a continuation.
        ends: behind its last one, the closing slash left out.
        kinds: code of each record as a number, loops.NO_CODE where a line has none.
        raw_starts: first byte in the block as received.
        raw_ends: behind the last byte, without line end.
        lines: line of each record in the block, from 0.
        line_ends: how many line ends the block has.
        firsts: which records are no continuations, in order.
        lasts: the last continuation of each of those, or itself.
        frames: which of `firsts` stand around the details.
    """

    text: bytes
    codes: Bytes
    starts: Offsets
    ends: Offsets
    kinds: Offsets
    raw_starts: Offsets
    raw_ends: Offsets
    lines: Offsets
    line_ends: int
    firsts: Offsets
    lasts: Offsets
    frames: Offsets

    def piece(self, record: int) -> str:
        """Return the content of one physical record."""
        return self.text[self.starts[record] : self.ends[record]].decode()

    def whole(self, first: int, last: int | None = None) -> str:
        """Return a record, up to its last continuation, joined by line feeds."""
        if last is None or last == first:
            return self.piece(first)
        stop = last + 1
        return "\n".join(self.piece(one) for one in range(first, stop))


def read_block(block: bytes, encoding: str) -> tuple[Records, Details]:
    """Return the records of a block, whose lines end with LF or CR LF, and its details."""
    text = to_utf8(block, encoding)
    is_wide = len(text) != len(block)
    padded = text + PAD
    codes = codes_of(padded)
    found = loops.find_records(codes, len(text), is_wide)
    firsts, lasts, frames, rows, room = loops.group_records(*found[:3])
    values, places, plain = loops.read_fields(codes, *found[:3], firsts, lasts, room)
    records = Records(padded, codes, *found, firsts, lasts, frames)
    return records, details_of(rows, values, places, plain)
