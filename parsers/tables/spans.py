"""Where the records of a run of bytes stand: ends, quotes and fields, counted on the bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.outcome import Findings
from parsers.tables.shape import Shape

Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
LF, CR = 10, 13
BOM = b"\xef\xbb\xbf"
_SCANNED = 256 << 10


@dataclass(frozen=True, slots=True)
class Spans:
    """Where records stand: first byte, byte after the last, line number, number of fields.

    Field k of a record ends at `marks[firsts + k]`, where its delimiter or line end stands; the
    marks are those of all records that were found together.
    """

    starts: Offsets
    ends: Offsets
    lines: Offsets
    fields: Offsets
    firsts: Offsets
    marks: Offsets

    def where(self, rows: Mask | Offsets | slice) -> "Spans":
        """Return the records of a mask, of places or of a slice, in order."""
        return Spans(
            self.starts[rows],
            self.ends[rows],
            self.lines[rows],
            self.fields[rows],
            self.firsts[rows],
            self.marks,
        )

    def moved(self, places: int, lines: int) -> "Spans":
        """Return the same records of bytes that stand further down in the file."""
        if not places and not lines:
            return self
        return Spans(
            self.starts + places,
            self.ends + places,
            self.lines + lines,
            self.fields,
            self.firsts,
            self.marks + places,
        )

    def __len__(self) -> int:
        return len(self.starts)


def joined(parts: Sequence[Spans]) -> Spans:
    """Return the records of several pieces as one, in their order; at least one piece."""
    if len(parts) == 1:
        return parts[0]
    before = np.cumsum([0, *(len(one.marks) for one in parts)])
    return Spans(
        np.concatenate([one.starts for one in parts]),
        np.concatenate([one.ends for one in parts]),
        np.concatenate([one.lines for one in parts]),
        np.concatenate([one.fields for one in parts]),
        np.concatenate([one.firsts + more for one, more in zip(parts, before, strict=False)]),
        np.concatenate([one.marks for one in parts]),
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of bytes out of a file: where it begins, in bytes and in lines before it.

    `is_last` is false where the file goes on, so that the last record may be cut off here.
    """

    data: bytes
    origin: int = 0
    lines_before: int = 0
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """The records of a piece, where the file goes on after them, and the line feeds up to there."""

    spans: Spans
    after: int
    line_feeds: int


def split(piece: Piece, begin: int, layout: Shape, findings: Findings) -> Cut | None:
    """Find every record and its fields; delimiters and line ends inside quotes are text.

    Args:
        piece: the bytes.
        begin: where in them the first record starts.
        layout: delimiter and quote.
        findings: told of quotes and carriage returns that make no sense.

    Returns:
        The records, at places of the file; None when they cannot be told apart. Of a piece that is
        not the last, only those that end in it.
    """
    data = piece.data
    bytes_ = np.frombuffer(data, dtype=np.uint8)
    outside = _outside_quotes(bytes_, piece, layout, findings)
    if findings.refused:
        return None
    # Delimiters and line feeds in one go: how many fields a record has is then a difference.
    marks = _places(bytes_, LF, ord(layout.delimiter))
    if outside is not None:
        marks = marks[outside[marks]]
    at_ends = np.flatnonzero(bytes_[marks] == LF)
    ends = marks[at_ends]
    starts = np.concatenate(([begin], ends + 1))
    if piece.is_last and starts[-1] < len(data):
        ends, after = np.append(ends, len(data)), len(data)
        at_ends, marks = np.append(at_ends, len(marks)), np.append(marks, len(data))
    else:
        starts, after = starts[:-1], int(starts[-1])
    firsts = np.concatenate(([0], at_ends + 1))
    fields = np.diff(firsts)
    if outside is None:
        lines = np.arange(1, len(starts) + 1, dtype=np.int64)
        passed = len(starts)
    else:
        line_feeds = np.flatnonzero(bytes_ == LF)
        lines = np.searchsorted(line_feeds, starts) + 1
        passed = int(np.searchsorted(line_feeds, after))
    if b"\r" in data:
        _check_returns(bytes_, outside, piece, findings)
        ends = ends - ((ends > starts) & (bytes_[np.maximum(ends - 1, 0)] == CR))
    spans = Spans(starts, ends, lines, fields, firsts[:-1], marks)
    spans = spans.moved(piece.origin, piece.lines_before)
    return Cut(spans, piece.origin + after, piece.lines_before + passed)


def _places(bytes_: Bytes, *wanted: int) -> Offsets:
    """Return where any of the wanted bytes stand, looking at as many as stay in the cache."""
    found = []
    for at in range(0, len(bytes_) or 1, _SCANNED):
        part = bytes_[at : at + _SCANNED]
        hits = part == wanted[0]
        for one in wanted[1:]:
            hits |= part == one
        found.append(np.flatnonzero(hits) + at)
    return found[0] if len(found) == 1 else np.concatenate(found)


def _outside_quotes(bytes_: Bytes, piece: Piece, layout: Shape, findings: Findings) -> Mask | None:
    """Return which bytes stand outside quotes; None when there are no quotes.

    A doubled quote closes and opens again, so parity stays right. An opening quote must follow a
    delimiter or a line start, a closing one must precede a delimiter or a line end.
    """
    data = piece.data
    if not layout.quote or layout.quote.encode() not in data:
        return None
    quote = ord(layout.quote)
    is_quote = bytes_ == quote
    # Parity is all that counts: the sum may overflow its byte.
    outside: Mask = (np.cumsum(is_quote, dtype=np.uint8) & 1) == 0
    places = np.flatnonzero(is_quote)
    # The bytes around each quote; what stands before the first byte and after the last is a border.
    before, after = bytes_[places - 1], bytes_[np.minimum(places + 1, len(bytes_) - 1)]
    opens = ~outside[places]
    near = np.zeros(256, dtype=np.bool_)
    near[[quote, LF, CR, ord(layout.delimiter)]] = True
    begins, stops = near[before], near[after] | (places == len(bytes_) - 1)
    begins |= places == (len(BOM) if piece.origin == 0 and data.startswith(BOM) else 0)
    begins |= places == 0
    wrong = places[np.where(opens, ~begins, ~stops)]
    if len(wrong) or (piece.is_last and not outside[-1]):
        offset = int(wrong[0]) if len(wrong) else int(places[-1])
        findings.refuse(
            "quote_misplaced" if len(wrong) else "quote_unclosed",
            line=piece.lines_before + data.count(b"\n", 0, offset) + 1,
            byte_offset=piece.origin + offset,
            found=f"a quote {layout.quote} that does not enclose a whole field",
            expected="quotes around a whole field, doubled inside it",
            hint="If the sender does not quote, set quote = '' in the layout.",
        )
    return outside


def _check_returns(bytes_: Bytes, outside: Mask | None, piece: Piece, findings: Findings) -> None:
    returns = np.flatnonzero(bytes_ == CR)
    follows = bytes_[np.minimum(returns + 1, len(bytes_) - 1)]
    lone = returns[(follows != LF) & (returns < len(bytes_) - 1)]
    if outside is not None:
        lone = lone[outside[lone]]
    if len(lone):
        findings.refuse(
            "line_ending_cr",
            line=piece.lines_before + piece.data.count(b"\n", 0, int(lone[0])) + 1,
            byte_offset=piece.origin + int(lone[0]),
            found=f"{len(lone)} carriage returns without a line feed",
            expected="lines that end in LF or CR LF",
            hint="Ask the sender for LF or CR LF line ends.",
        )
