"""A block to records, as columns: lines cut apart, and continuations found behind their record.

Positions of texts are those of the block as UTF-8; byte ranges that leave the parser are those of
the file as received.
"""

import math
from dataclasses import dataclass

import numpy as np

from parsers.bai2 import loops
from parsers.bai2.details import Details, details_of
from parsers.encodings import to_utf8
from parsers.views import PAD, Bytes, Offsets, Words

FILE_TRAILER = 99
_LF, _COMMA, _SLASH = 10, 44, 47


@dataclass(slots=True)
class Records:
    """The physical records of a block, blank lines left out.

    Attributes:
        codes: the block as UTF-8, and behind it the texts that were put together; then PAD.
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
        return self.codes[self.starts[record] : self.ends[record]].tobytes().decode()

    def whole(self, first: int, last: int | None = None) -> str:
        """Return a record, up to its last continuation, joined by line feeds."""
        if last is None or last == first:
            return self.piece(first)
        stop = last + 1
        return "\n".join(self.piece(one) for one in range(first, stop))


class Room:
    """Arrays that one block after the other uses: memory fresh from the system costs more."""

    def __init__(self) -> None:
        self._kept: dict[str, Offsets] = {}

    def take(self, name: str, *shape: int) -> Offsets:
        """Return an array of whole numbers; what the block before left there still stands."""
        size = math.prod(shape)
        if name not in self._kept or len(self._kept[name]) < size:
            self._kept[name] = np.empty(size + size // 4, np.int64)
        return self._kept[name][:size].reshape(shape)


def read_block(block: bytes, encoding: str, room: Room) -> tuple[Records, Details]:
    """Return the records of a block, whose lines end with LF or CR LF, and its details.

    Both stand in `room`, so only until the next block is read.
    """
    text = to_utf8(block, encoding)
    size = len(text)
    # Texts that are put together stand behind the block; together they cannot be longer.
    codes = np.empty(2 * (size + len(PAD)) // 8 * 8 + 8, np.uint8)
    codes[:size] = np.frombuffer(text, np.uint8)
    codes[size : size + len(PAD)] = 0
    words = codes.view(np.uint64)
    inside = words[: (size + 7) // 8]
    marks = room.take("marks", size + 1)
    table, count = _find_records(codes, inside, size, marks, room, is_wide=size != len(block))
    groups = room.take("groups", 4, count)
    found, framed, detailed = loops.group_records(table[loops.KINDS, :count], *groups)
    firsts, lasts, frames, rows = groups
    firsts, lasts = firsts[:found], lasts[:found]
    commas = marks[: loops.find_marks(inside, codes, _COMMA, marks) + 1]
    commas[-1] = size
    values, texts = room.take("values", 9, detailed), room.take("texts", 8, detailed)
    values.fill(0)
    texts.fill(0)
    filled = loops.read_fields(
        codes, words, size + len(PAD), table, firsts, lasts, commas, values, texts
    )
    codes[filled : filled + len(PAD)] = 0
    line_ends = int(np.count_nonzero(codes[:size] == _LF))
    starts, ends, kinds, raw_starts, raw_ends, lines = table[:, :count]
    records = Records(
        codes[: filled + len(PAD)], starts, ends, kinds, raw_starts, raw_ends, lines, line_ends,
        firsts, lasts, frames[:framed],
    )  # fmt: skip
    return records, details_of(rows[:detailed], values, texts)


def _find_records(
    codes: Bytes, inside: Words, size: int, marks: Offsets, room: Room, *, is_wide: bool
) -> tuple[Offsets, int]:
    """Return the records as rows, and how many there are.

    The loops always see the whole table: for one in pieces they would be compiled once more.
    `marks` is room for the places of a character.
    """
    slashes = loops.find_marks(inside, codes, _SLASH, marks)
    cuts = marks[: loops.find_cuts(codes, marks, slashes)].copy()
    feeds = loops.find_marks(inside, codes, _LF, marks)
    marks[feeds] = size
    table = room.take("table", 6, feeds + 1 + len(cuts))
    found = loops.find_records(codes, size, is_wide, marks[: feeds + 1], cuts, table)
    return table, found
