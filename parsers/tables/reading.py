"""A table in one piece, or in pieces of bounded size that are read one after the other."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from parsers.contract import Data
from parsers.outcome import Findings
from parsers.tables.cells import fields_of, read_cells
from parsers.tables.edges import (
    BLANK_LINES_SHOWN,
    are_comments,
    check_encoding,
    check_header,
    check_widths,
    end_of_text,
    find_trailer,
    last_line,
    number_columns,
    refuse_blank,
    refuse_long,
    refuse_no_header,
    refuse_trailer_in_quotes,
    skip_mark,
)
from parsers.tables.shape import Line, ReportShape, Shape, Table
from parsers.tables.spans import Cut, Piece, Spans, joined, split

_MARK_BYTES = 4
_SPANS_BYTES = 4 << 20
"""How much is looked through at once: what that takes is many times the bytes."""
_RECORD_BYTES_MAX = 1 << 20
"""A record may be longer than the bytes that are read at once, up to this."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The details of a piece: where they and their fields stand.

    `names` are those of the file's columns; `lines` and `trailer` are those of Table.
    """

    piece: Piece
    spans: Spans
    names: list[str]
    records_before: int
    trailer: Line | None
    lines: int

    @property
    def is_last(self) -> bool:
        """Whether the file ends with this piece."""
        return self.piece.is_last


def read_table(data: Data, layout: Shape, findings: Findings) -> Table | None:
    """Return the rows, or None when the shape of the file is wrong (refusals say where)."""
    found = None
    for table in read_tables(data, layout, findings, size=max(len(data), 1)):
        found = table
    return None if findings.refused else found


def read_tables(
    raw: Data, layout: Shape, findings: Findings, *, size: int
) -> Generator[Table, None, None]:
    """Yield the rows in the order of the file; nothing more once its shape is found wrong.

    Args:
        raw: the file as received.
        layout: its shape.
        findings: told of everything that is wrong with the shape.
        size: about how many bytes to read at once.

    Yields:
        At least one table. The trailer stands in the last one.

    Raises:
        Refused: bytes that the encoding cannot be.
    """
    is_report = isinstance(layout, ReportShape)
    wanted = None if is_report else layout.file_columns()
    for rows in read_rows(raw, layout, findings, size=size):
        cells = read_cells(
            rows.piece.data,
            rows.spans,
            rows.names,
            layout,
            wanted=wanted,
            origin=rows.piece.origin,
            records_before=rows.records_before,
        )
        yield Table(cells, rows.trailer, rows.lines, rows.is_last)


def read_rows(
    raw: Data, layout: Shape, findings: Findings, *, size: int
) -> Generator[Rows, None, None]:
    """Yield where the rows stand, as `read_tables` yields their texts."""
    yield from _Reader(raw, layout, findings).pieces(size)


def read_spans(data: bytes, layout: Shape, findings: Findings) -> Spans | None:
    """Return where every record of a file stands, blank lines left out; None where none can.

    Raises:
        Refused: bytes that the encoding cannot be.
    """
    parts, is_read = [], False
    for piece, spans in read_records(data, layout, findings, size=_SPANS_BYTES):
        parts.append(spans)
        is_read = piece.is_last
    return joined(parts) if is_read else None


def read_records(
    raw: Data, layout: Shape, findings: Findings, *, size: int
) -> Generator[tuple[Piece, Spans], None, None]:
    """Yield where records stand, piece by piece, whatever they are; blank lines are left out.

    Nothing more comes once they cannot be told apart.

    Raises:
        Refused: bytes that the encoding cannot be.
    """
    begin = skip_mark(raw[:_MARK_BYTES], layout, findings)
    for piece, cut in _cuts(raw, (begin, len(raw)), layout, findings, size):
        yield piece, cut.spans.where(cut.spans.ends > cut.spans.starts)


def _cuts(
    raw: Data, text: tuple[int, int], layout: Shape, findings: Findings, size: int
) -> Generator[tuple[Piece, Cut], None, None]:
    """Yield the pieces of a file and the records in each; `text` says where its text stands."""
    at, line_feeds, (begin, end) = 0, 0, text
    room = size
    while True:
        piece = _piece(raw, (at, end), room, line_feeds)
        cut = None
        if piece.is_last or piece.data.endswith(b"\n"):  # else a character may be cut in two
            check_encoding(piece, layout)
            cut = split(piece, begin if at == 0 else 0, layout, findings)
            if cut is None:
                return
        if cut is not None and (piece.is_last or len(cut.spans)):
            at, line_feeds, room = cut.after, cut.line_feeds, size
            yield piece, cut
            if piece.is_last:
                return
        elif room < _RECORD_BYTES_MAX:
            room *= 2
        else:
            refuse_long(at, line_feeds + 1, room, findings)
            return


def _piece(raw: Data, text: tuple[int, int], size: int, line_feeds: int) -> Piece:
    """Return the bytes of a text from its beginning on: to its end, or to that of a line."""
    at, end = text
    is_last = at + size >= end
    stop = raw.rfind(b"\n", at, at + size) + 1 or at + size
    if is_last:
        # All of the bytes are the file itself, a few less would be a copy of it.
        stop = len(raw) if len(raw) - end < _MARK_BYTES else end
    return Piece(raw[at:stop], at, line_feeds, is_last)


class _Reader:
    """Where the reading of one file stands, between one piece and the next."""

    def __init__(self, raw: Data, layout: Shape, findings: Findings) -> None:
        self.raw, self.layout, self.findings = raw, layout, findings
        self.names: list[str] | None = None
        self.to_skip = layout.skip_lines
        self.blanks: list[tuple[int, int]] = []
        self.trailer: Line | None = None
        self.records = self.lines = 0

    def pieces(self, size: int) -> Generator[Rows, None, None]:
        """Yield the rows of one piece after the other."""
        begin = skip_mark(self.raw[:_MARK_BYTES], self.layout, self.findings)
        end = end_of_text(self.raw, begin)
        for piece, cut in _cuts(self.raw, (begin, end), self.layout, self.findings, size):
            spans = self._full(piece, cut.spans)
            if self.names is None and not len(spans) and not piece.is_last:
                continue
            rows = self._rows(piece, spans, end)
            if self.findings.refused or rows is None:
                return
            yield rows

    def _full(self, piece: Piece, spans: Spans) -> Spans:
        """Drop skipped lines, comments and blank lines at the end; refuse blank lines before it."""
        skipped = min(self.to_skip, len(spans))
        if skipped:
            self.to_skip -= skipped
            spans = spans.where(slice(skipped, None))
        comments = are_comments(piece, spans, self.layout)
        if comments is not None:
            spans = spans.where(~comments)
        is_full = spans.ends > spans.starts
        if is_full.all() and not self.blanks:
            return spans
        last = int(np.flatnonzero(is_full)[-1]) if is_full.any() else -1
        blanks = np.flatnonzero(~is_full)
        places = list(zip(spans.lines[blanks].tolist(), spans.starts[blanks].tolist(), strict=True))
        between = int(np.searchsorted(blanks, last))
        if last >= 0:
            refuse_blank([*self.blanks, *places[:between]][:BLANK_LINES_SHOWN], self.findings)
            self.blanks = []
        self.blanks = [*self.blanks, *places[between:]][:BLANK_LINES_SHOWN]
        return spans.where(is_full)

    def _rows(self, piece: Piece, spans: Spans, end: int) -> Rows | None:
        """Return the details among the records of a piece; None when the shape is wrong."""
        self.lines += len(spans)
        if self.names is None:
            spans = self._open(piece, spans, end)
        if self.trailer is not None:
            is_detail = spans.starts < self.trailer.byte_start
            if piece.is_last and is_detail.all():
                refuse_trailer_in_quotes(self.trailer, self.findings)
            spans = spans.where(is_detail)
        if self.findings.refused or self.names is None:
            return None
        check_widths(spans, self.names, self.records, self.findings)
        if self.findings.refused:
            return None
        before, self.records = self.records, self.records + len(spans)
        trailer = self.trailer if piece.is_last else None
        return Rows(piece, spans, self.names, before, trailer, self.lines)

    def _open(self, piece: Piece, spans: Spans, end: int) -> Spans:
        """Read the header and find the trailer; return the records after the header."""
        if self.layout.header:
            if not len(spans):
                refuse_no_header(self.layout, self.findings)
                return spans
            header = fields_of(piece.data, spans, 0, self.layout, origin=piece.origin)
            self.names = header.fields
            check_header(header, self.layout, self.findings)
            begin = min(int(spans.ends[0]) + 1, end)
            spans = spans.where(slice(1, None))
        else:
            begin = int(spans.starts[0]) if len(spans) else end
        if self.layout.trailer is not None:
            place = last_line(self.raw, begin, end, self.layout)
            self.trailer = find_trailer(self.raw, place, self.layout, self.findings)
        if self.names is None:
            details = spans
            if self.trailer is not None:
                details = spans.where(spans.starts < self.trailer.byte_start)
            self.names = number_columns(details, self.layout, self.findings)
        return spans
