"""A block to records, as columns: lines cut apart, and continuations found behind their record.

Positions of texts are those of the block as UTF-8; byte ranges that leave the parser are those of
the file as received.
"""

import re
from dataclasses import dataclass

import numpy as np

from parsers.bai2.layout import CODES
from parsers.encodings import to_utf8
from parsers.views import PAD, Bytes, Offsets, codes_of, trimmed

_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*01,[^,\r\n]*,[^,\r\n]*,\s*[0-9]{6}\s*,")
_INNER = re.compile(rb"/[ \t]+(?=(?:" + "|".join(CODES).encode() + rb"),)")
_LF, _CR, _COMMA, _SLASH = 10, 13, ord(","), ord("/")
_IS_DIGIT = np.isin(np.arange(256), list(b"0123456789"))
NO_CODE = -1
ACCOUNT, DETAIL, CONTINUED, FILE_TRAILER = 3, 16, 88, 99


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a file header and its date."""
    return _HEAD.match(data[:4096]) is not None


@dataclass(slots=True)
class Records:
    """The physical records of a block, blank lines left out.

    Attributes:
        text: the block as UTF-8 with PAD behind it, and its bytes as numbers in `codes`.
        starts: first character of each record's content, behind "88," for a continuation.
        ends: behind its last one, the closing slash left out.
        kinds: code of each record as a number, NO_CODE where a line has none.
        raw_starts: first byte in the block as received.
        raw_ends: behind the last byte, without line end.
        lines: line of each record in the block, from 0.
        line_ends: how many line ends the block has.
        firsts: which records are no continuations, in order.
        lasts: the last continuation of each of those, or itself.
        continued: which records continue another one.
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
    continued: Offsets

    def piece(self, record: int) -> str:
        """Return the content of one physical record."""
        return self.text[self.starts[record] : self.ends[record]].decode()

    def whole(self, first: int, last: int | None = None) -> str:
        """Return a record, up to its last continuation, joined by line feeds."""
        if last is None or last == first:
            return self.piece(first)
        stop = last + 1
        return "\n".join(self.piece(one) for one in range(first, stop))


def read_records(block: bytes, encoding: str) -> Records:
    """Return the records of a block, whose lines end with LF or CR LF."""
    text = to_utf8(block, encoding) + PAD
    codes = codes_of(text)
    raw_starts, raw_ends = _lines(codes_of(block))
    line_ends = len(raw_starts) - 1
    starts, ends = raw_starts, raw_ends
    if encoding != "utf-8" and not block.isascii():
        starts, ends = _lines(codes[: -len(PAD)])
    bounds = [starts, ends, raw_starts, raw_ends, np.arange(len(starts))]
    behind = codes[np.flatnonzero(codes == _SLASH) + 1]
    if ((behind == ord(" ")) | (behind == ord("\t"))).any():
        bounds = _cut_apart(text, *bounds)
    starts, sizes = trimmed(codes, bounds[0], bounds[1] - bounds[0])
    columns = [starts, starts + sizes, *bounds[2:]]
    if not sizes.all():
        columns = [one[sizes > 0] for one in columns]
    starts, ends, raw_starts, raw_ends, lines = columns
    kinds = _kinds(codes, starts, ends)
    is_first = (kinds != NO_CODE) & (kinds != CONTINUED)
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(kinds))[: len(firsts)] - 1
    ends = _without_slash(codes, starts, ends)
    starts = _behind_code(codes, starts, ends, kinds)
    continued = np.flatnonzero(~is_first)
    continued = continued[continued > firsts[0]] if len(firsts) else continued[:0]
    return Records(
        text, codes, starts, ends, kinds, raw_starts, raw_ends, lines, line_ends,
        firsts, lasts, continued,
    )  # fmt: skip


def _lines(codes: Bytes) -> tuple[Offsets, Offsets]:
    """Return where each line starts and ends, its CR left out."""
    feeds = np.flatnonzero(codes == _LF)
    starts = np.concatenate((np.zeros(1, np.int64), feeds + 1))
    ends = np.append(feeds, len(codes))
    has_return = (ends > starts) & (codes[np.maximum(ends - 1, 0)] == _CR) if len(codes) else 0
    return starts, ends - has_return


def _cut_apart(text: bytes, *bounds: Offsets) -> list[Offsets]:
    """Give each record a row of its own where several stand on one line."""
    starts, ends, raw_starts, raw_ends, lines = bounds
    cuts = np.array([one.end() for one in _INNER.finditer(text)], np.int64)
    at = np.searchsorted(starts, cuts, side="right")
    owners = zip(starts[at - 1].tolist(), cuts.tolist(), strict=True)
    before = [len(text[first:cut].decode()) for first, cut in owners]
    if len(text) - len(PAD) == raw_ends[-1] or not before:
        raw_cuts = raw_starts[at - 1] + cuts - starts[at - 1]
    else:
        raw_cuts = raw_starts[at - 1] + np.array(before, np.int64)
    return [
        np.insert(starts, at, cuts),
        np.insert(ends, at - 1, cuts),
        np.insert(raw_starts, at, raw_cuts),
        np.insert(raw_ends, at - 1, raw_cuts),
        np.insert(lines, at, lines[at - 1]),
    ]


def _kinds(codes: Bytes, starts: Offsets, ends: Offsets) -> Offsets:
    """Return the code of each record, NO_CODE without one; 88 needs no comma."""
    first, second, third = (codes[starts + place] for place in range(3))
    number = (first & 15) * np.int64(10) + (second & 15)
    is_code = (third == _COMMA) | (ends - starts == 2) | (number == CONTINUED)
    return np.where(_IS_DIGIT[first] & _IS_DIGIT[second] & is_code, number, NO_CODE)


def _without_slash(codes: Bytes, starts: Offsets, ends: Offsets) -> Offsets:
    """Drop the slash that closes a record, and the blanks before it."""
    closed = (codes[ends - 1] == _SLASH) & (ends > starts)
    ends = ends - closed
    rows = np.flatnonzero(closed)
    while len(rows):
        blank = (codes[ends[rows] - 1] == ord(" ")) | (codes[ends[rows] - 1] == ord("\t"))
        rows = rows[blank & (ends[rows] > starts[rows])]
        ends[rows] -= 1
    return ends


def _behind_code(codes: Bytes, starts: Offsets, ends: Offsets, kinds: Offsets) -> Offsets:
    """Return where the text of each continuation starts; its comma may be missing."""
    rows = np.flatnonzero(kinds == CONTINUED)
    if not len(rows):
        return starts
    begins = starts[rows] + 2
    begins += np.isin(codes[begins], list(b",: "))
    starts = starts.copy()
    starts[rows] = np.minimum(begins, np.maximum(ends[rows], starts[rows]))
    return starts
