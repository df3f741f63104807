"""Delimited bytes to rows of text: where every line starts, whether it has all its fields.

CSV readers repair silently (a short row becomes nulls, a repeated column is renamed, a lone CR
hides the whole file). So lines and fields are counted here, on the bytes, before Polars reads a
value; only a file whose shape is right is read at all.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.errors import Refused
from parsers.outcome import Finding, Findings

Offsets = npt.NDArray[np.int64]
LF, CR = 10, 13
PLACES = ("record_no", "line", "byte_start", "byte_length")
_OTHER_MARKS = {
    b"\xff\xfe": "UTF-16 or UTF-32",
    b"\xfe\xff": "UTF-16",
    b"\x00\x00\xfe\xff": "UTF-32",
}


class HasRecord(Protocol):
    """What is known of a trailer before it is read: the text of its first field."""

    @property
    def record(self) -> str: ...  # noqa: D102


class Shape(Protocol):
    """What the reader must know of a file: a `[layout]`, or a report's own `ReportShape`."""

    @property
    def encoding(self) -> str: ...  # noqa: D102
    @property
    def delimiter(self) -> str: ...  # noqa: D102
    @property
    def quote(self) -> str: ...  # noqa: D102
    @property
    def header(self) -> bool: ...  # noqa: D102
    @property
    def skip_lines(self) -> int: ...  # noqa: D102
    @property
    def comment(self) -> str | None: ...  # noqa: D102
    @property
    def trailer(self) -> HasRecord | None: ...  # noqa: D102
    def file_columns(self) -> list[str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class ReportShape:
    """The shape of a processor's report: a header with at least the columns in `needed`."""

    needed: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    skip_lines: int = 0
    comment: str | None = None
    trailer: HasRecord | None = None

    def file_columns(self) -> list[str]:
        """Return the columns without which the report cannot be read."""
        return list(self.needed)


@dataclass(frozen=True, slots=True)
class Line:
    """One special line (header or trailer): its fields and where it stands."""

    fields: list[str]
    line: int
    byte_start: int


@dataclass(frozen=True, slots=True)
class Table:
    """The detail lines as text, and what stands around them.

    `cells` has one String column per file column plus record_no, line, byte_start, byte_length.
    `lines` counts every line except comments and blank ones.
    """

    cells: pl.DataFrame
    trailer: Line | None
    lines: int


@dataclass(frozen=True, slots=True)
class Spans:
    """Where records stand: first byte, byte after the last, line number, number of fields."""

    starts: Offsets
    ends: Offsets
    lines: Offsets
    fields: Offsets

    def where(self, mask: npt.NDArray[np.bool_]) -> "Spans":
        """Return the records of a mask, in order."""
        return Spans(self.starts[mask], self.ends[mask], self.lines[mask], self.fields[mask])

    def __len__(self) -> int:
        return len(self.starts)


def read_table(data: bytes, layout: Shape, findings: Findings) -> Table | None:
    """Return the rows, or None when the shape of the file is wrong (refusals say where)."""
    begin = _check_bytes(data, layout, findings)
    spans = _split(data, begin, layout, findings)
    if findings.refused or spans is None:
        return None
    spans = _without_ends_and_comments(data, spans, layout, findings)
    names, details, trailer = _frame_lines(data, spans, layout, findings)
    if findings.refused:
        return None
    _check_fields(details, len(names), findings)
    if findings.refused:
        return None
    cells = read_cells(data, details, names, layout)
    if not isinstance(layout, ReportShape):
        cells = cells.select(*layout.file_columns(), *PLACES)
    return Table(cells, trailer, len(spans))


def read_spans(data: bytes, layout: Shape, findings: Findings) -> Spans | None:
    """Return where every record of a file stands, blank lines at its end left out."""
    begin = _check_bytes(data, layout, findings)
    spans = _split(data, begin, layout, findings)
    return None if spans is None else spans.where(spans.ends > spans.starts)


def first_fields(data: bytes, spans: Spans, width: int) -> npt.NDArray[np.bytes_]:
    """Return the first `width` bytes of each record's first field, its quote left out."""
    padded = np.frombuffer(data + b"\0" * (width + 1), dtype=np.uint8)
    begins = spans.starts + (padded[spans.starts] == ord('"'))
    taken: npt.NDArray[np.uint8] = padded[begins[:, None] + np.arange(width)]
    texts: npt.NDArray[np.bytes_] = taken.reshape(-1).view(f"S{width}")
    return texts


def fields_of(data: bytes, spans: Spans, index: int, layout: Shape) -> Line:
    """Return one record as a list of texts (headers, footers: not for a day's data)."""
    return _line(data, spans, index, layout)


def _check_bytes(data: bytes, layout: Shape, findings: Findings) -> int:
    """Refuse bytes that the declared encoding cannot be; return where the text begins."""
    for mark, name in _OTHER_MARKS.items():
        if data.startswith(mark):
            raise Refused(_at(data, 0, "encoding_differs", f"a {name} byte order mark", layout))
    nul = data.find(b"\0")
    if nul >= 0:
        raise Refused(_at(data, nul, "nul_byte", "a NUL byte", layout))
    try:
        data.decode(layout.encoding)
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}"
        raise Refused(_at(data, error.start, "encoding_differs", found, layout)) from None
    if layout.encoding == "utf-8" and data.startswith(b"\xef\xbb\xbf"):
        findings.warn(
            "byte_order_mark",
            line=1,
            byte_offset=0,
            found="a UTF-8 byte order mark",
            expected="text from the first byte on",
            hint="It was skipped; nothing is lost.",
        )
        return 3
    return 0


def _at(data: bytes, offset: int, code: str, found: str, layout: Shape) -> Finding:
    return Finding(
        code,
        "refusal",
        line=data.count(b"\n", 0, offset) + 1,
        byte_offset=offset,
        found=found,
        expected=f"{layout.encoding} text",
        hint="Set `encoding` in the layout to what the sender uses, or ask for the file again.",
    )


def _split(data: bytes, begin: int, layout: Shape, findings: Findings) -> Spans | None:
    """Find every record and its fields; delimiters and line ends inside quotes are text."""
    bytes_ = np.frombuffer(data, dtype=np.uint8)
    outside = _outside_quotes(bytes_, data, layout, findings)
    if outside is None:
        return None
    line_feeds = np.flatnonzero(bytes_ == LF)
    ends = line_feeds[outside[line_feeds]]
    starts = np.concatenate(([begin], ends + 1)).astype(np.int64)
    if starts[-1] >= len(data):
        starts = starts[:-1]
    else:
        ends = np.append(ends, len(data))
    ends = ends.astype(np.int64)
    returns = np.flatnonzero(bytes_ == CR)
    if len(returns):
        _check_returns(data, returns, bytes_, outside, findings)
        ends = ends - ((ends > starts) & (bytes_[np.maximum(ends - 1, 0)] == CR))
    marks = np.flatnonzero(bytes_ == ord(layout.delimiter))
    marks = marks[outside[marks]]
    fields = np.searchsorted(marks, ends) - np.searchsorted(marks, starts) + 1
    lines = np.searchsorted(line_feeds, starts) + 1
    return Spans(starts, ends, lines.astype(np.int64), fields.astype(np.int64))


def _outside_quotes(
    bytes_: npt.NDArray[np.uint8], data: bytes, layout: Shape, findings: Findings
) -> npt.NDArray[np.bool_] | None:
    """Return which bytes stand outside quotes; None when the quotes make no sense.

    A doubled quote closes and opens again, so parity stays right. An opening quote must follow a
    delimiter or a line start, a closing one must precede a delimiter or a line end.
    """
    if not layout.quote or layout.quote.encode() not in data:
        return np.ones(len(bytes_), dtype=np.bool_)
    quote = ord(layout.quote)
    is_quote = bytes_ == quote
    outside: npt.NDArray[np.bool_] = (np.cumsum(is_quote) & 1) == 0
    places = np.flatnonzero(is_quote)
    padded = np.concatenate(([LF], bytes_, [LF]))
    before, after = padded[places], padded[places + 2]
    opens = ~outside[places]
    begins = np.isin(before, [quote, LF, CR, ord(layout.delimiter)])
    begins |= places == (3 if data.startswith(b"\xef\xbb\xbf") else 0)
    stops = np.isin(after, [quote, LF, CR, ord(layout.delimiter)])
    wrong = places[np.where(opens, ~begins, ~stops)]
    if len(wrong) or not outside[-1]:
        offset = int(wrong[0]) if len(wrong) else int(places[-1])
        findings.refuse(
            "quote_misplaced" if len(wrong) else "quote_unclosed",
            line=data.count(b"\n", 0, offset) + 1,
            byte_offset=offset,
            found=f"a quote {layout.quote} that does not enclose a whole field",
            expected="quotes around a whole field, doubled inside it",
            hint="If the sender does not quote, set quote = '' in the layout.",
        )
        return None
    return outside


def _check_returns(
    data: bytes,
    returns: Offsets,
    bytes_: npt.NDArray[np.uint8],
    outside: npt.NDArray[np.bool_],
    findings: Findings,
) -> None:
    following = np.append(bytes_, LF)[returns + 1]
    lone = returns[following != LF]
    lone = lone[outside[lone]]
    if len(lone):
        findings.refuse(
            "line_ending_cr",
            line=data.count(b"\n", 0, int(lone[0])) + 1,
            byte_offset=int(lone[0]),
            found=f"{len(lone)} carriage returns without a line feed",
            expected="lines that end in LF or CR LF",
            hint="Ask the sender for LF or CR LF line ends.",
        )


def _without_ends_and_comments(
    data: bytes, spans: Spans, layout: Shape, findings: Findings
) -> Spans:
    """Drop skipped lines, comments and blank lines at the end; refuse blank lines before it."""
    keep = np.ones(len(spans), dtype=bool)
    keep[: layout.skip_lines] = False
    if layout.comment:
        mark = layout.comment.encode(layout.encoding)
        for index, start in enumerate(spans.starts.tolist()):
            if data.startswith(mark, start):
                keep[index] = False
    blank = (spans.ends == spans.starts) & keep
    if blank.any():
        full = np.flatnonzero(keep & ~blank)
        last = int(full[-1]) if len(full) else -1
        for index in np.flatnonzero(blank[: last + 1])[:20].tolist():
            findings.refuse(
                "blank_line",
                line=int(spans.lines[index]),
                byte_offset=int(spans.starts[index]),
                found="an empty line between records",
                expected="one record on every line",
                hint="Ask for the file again: a record may be missing.",
            )
        keep &= ~blank
    return spans.where(keep)


def _frame_lines(
    data: bytes, spans: Spans, layout: Shape, findings: Findings
) -> tuple[list[str], Spans, Line | None]:
    """Take header and trailer off; return column names, detail spans and the trailer."""
    keep = np.ones(len(spans), dtype=bool)
    names: list[str] = []
    if layout.header:
        if len(spans) == 0:
            findings.refuse(
                "header_missing",
                byte_offset=0,
                found="no line at all",
                expected=f"a header with {', '.join(layout.file_columns())}",
                hint="An empty file is no empty day: ask the sender.",
            )
            return [], spans, None
        header = _line(data, spans, 0, layout)
        names = header.fields
        _check_header(header, layout, findings)
        keep[0] = False
    trailer = _find_trailer(data, spans, layout, findings)
    if trailer:
        keep[-1] = False
    details = spans.where(keep)
    if not names:
        width = int(details.fields[0]) if len(details) else 0
        wanted = max((int(one) for one in layout.file_columns()), default=0)
        if len(details) and width < wanted:
            findings.refuse(
                "column_missing",
                line=int(details.lines[0]),
                byte_offset=int(details.starts[0]),
                found=f"{width} columns",
                expected=f"column {wanted}, which the layout reads",
                hint="Check `delimiter` and the column numbers.",
            )
        names = [str(number) for number in range(1, max(width, wanted) + 1)]
    return names, details, trailer


def _find_trailer(data: bytes, spans: Spans, layout: Shape, findings: Findings) -> Line | None:
    if layout.trailer is None:
        return None
    first = int(layout.header)
    last = _line(data, spans, len(spans) - 1, layout) if len(spans) > first else None
    if last and last.fields[0] == layout.trailer.record:
        return last
    findings.refuse(
        "trailer_missing",
        line=last.line if last else None,
        byte_offset=last.byte_start if last else len(data),
        found=f"a last line that starts with {last.fields[0]!r}" if last else "no line",
        expected=f"a trailer that starts with {layout.trailer.record!r}",
        hint="The file is probably cut off: ask for it again.",
    )
    return None


def _line(data: bytes, spans: Spans, index: int, layout: Shape) -> Line:
    start, end = int(spans.starts[index]), int(spans.ends[index])
    text = data[start:end].decode(layout.encoding)
    if layout.quote:
        reader = csv.reader([text], delimiter=layout.delimiter, quotechar=layout.quote)
        fields = next(reader, [""])
    else:
        fields = text.split(layout.delimiter)
    return Line(fields or [""], int(spans.lines[index]), start)


def _check_header(header: Line, layout: Shape, findings: Findings) -> None:
    seen: set[str] = set()
    for name in header.fields:
        is_read = not isinstance(layout, ReportShape) or name in layout.needed
        if name and name in seen and is_read:
            findings.refuse(
                "header_duplicate",
                line=header.line,
                byte_offset=header.byte_start,
                field=name,
                found=f"column {name!r} twice",
                expected="every column name once",
                hint="Ask the sender which of both is meant.",
            )
        seen.add(name)
    for name in layout.file_columns():
        if name not in seen:
            findings.refuse(
                "column_missing",
                line=header.line,
                byte_offset=header.byte_start,
                field=name,
                found=f"columns {', '.join(header.fields)}",
                expected=f"a column {name!r}",
                hint="The sender changed the file, or the layout (delimiter, columns) is wrong.",
            )


def _check_fields(details: Spans, width: int, findings: Findings) -> None:
    for index in np.flatnonzero(details.fields != width)[:100].tolist():
        found = int(details.fields[index])
        findings.refuse(
            "row_short" if found < width else "row_long",
            line=int(details.lines[index]),
            byte_offset=int(details.starts[index]),
            record_no=index + 1,
            found=f"{found} fields",
            expected=f"{width} fields",
            hint="Look for a cut line, or a delimiter inside an unquoted text.",
        )


def read_cells(data: bytes, details: Spans, names: Sequence[str], layout: Shape) -> pl.DataFrame:
    """Read records as text: shape (records, columns + 4), short ones filled with null."""
    seen: set[str] = set()
    unique = []
    for place, name in enumerate(names):
        unique.append(f"\0{place}" if not name or name in seen else name)
        seen.add(name)
    body = _body(data, details, layout)
    if len(details):
        cells = pl.read_csv(
            body,
            has_header=False,
            separator=layout.delimiter,
            quote_char=layout.quote or None,
            schema=dict.fromkeys(unique, pl.String()),
            truncate_ragged_lines=True,
            missing_columns="insert",
            extra_columns="ignore",
            empty_string_is_null=False,
        )
    else:
        cells = pl.DataFrame(schema=dict.fromkeys(unique, pl.String()))
    if cells.height != len(details):
        raise Refused(
            Finding(
                "rows_disagree",
                "refusal",
                found=f"{cells.height} rows read from {len(details)} lines",
                expected="one row for every line",
                hint="Check `quote` in the layout.",
            )
        )
    return cells.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("record_no"),
        pl.Series("line", details.lines),
        pl.Series("byte_start", details.starts),
        pl.Series("byte_length", details.ends - details.starts),
    )


def _body(data: bytes, details: Spans, layout: Shape) -> bytes:
    """Return the detail lines alone, as UTF-8 with LF ends."""
    if len(details) == 0:
        return b""
    gaps = np.flatnonzero(details.starts[1:] - details.ends[:-1] > 2).tolist()  # comments between
    firsts = [0, *(gap + 1 for gap in gaps)]
    lasts = [*gaps, len(details) - 1]
    pieces = [
        data[details.starts[first] : details.ends[last]]
        for first, last in zip(firsts, lasts, strict=True)
    ]
    body = b"\n".join(pieces) + b"\n"
    if layout.encoding not in ("utf-8", "ascii"):
        body = body.decode(layout.encoding).encode()
    return body.replace(b"\r\n", b"\n") if b"\r" in body else body
