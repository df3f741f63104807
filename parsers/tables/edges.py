"""What stands around the details: encoding, header, trailer, comments and blank lines."""

import re
from collections.abc import Sequence

import numpy as np

from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding, Findings
from parsers.tables.cells import split_fields
from parsers.tables.shape import Line, ReportShape, Shape
from parsers.tables.spans import BOM, Mask, Piece, Spans

BLANK_LINES_SHOWN = 20
_ROWS_SHOWN = 100
_OTHER_MARKS = {
    b"\xff\xfe": "UTF-16 or UTF-32",
    b"\xfe\xff": "UTF-16",
    b"\x00\x00\xfe\xff": "UTF-32",
}
_ENDS = b"\r\n"
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_TAIL = 64 << 10
_HINTS = {
    False: "Set `encoding` in the layout to what the sender uses, or ask for the file again.",
    True: "Fetch the report again, unchanged by a spreadsheet.",
}


def check_encoding(piece: Piece, layout: Shape) -> None:
    """Refuse bytes that the declared encoding cannot be.

    Raises:
        Refused: where the first of them is.
    """
    data = piece.data
    for mark, name in _OTHER_MARKS.items():
        if piece.origin == 0 and data.startswith(mark):
            raise Refused(_at(piece, 0, f"a {name} byte order mark", layout))
    nul = data.find(b"\0")
    if nul >= 0:
        raise Refused(_at(piece, nul, "a NUL byte", layout, "nul_byte"))
    if data.isascii():
        return
    try:
        data.decode(layout.encoding)
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}"
        raise Refused(_at(piece, error.start, found, layout)) from None


def _at(
    piece: Piece, offset: int, found: str, layout: Shape, code: str = "encoding_differs"
) -> Finding:
    return Finding(
        code,
        "refusal",
        line=piece.lines_before + piece.data.count(b"\n", 0, offset) + 1,
        byte_offset=piece.origin + offset,
        found=found,
        expected=f"{layout.encoding} text",
        hint=_HINTS[isinstance(layout, ReportShape)],
    )


def skip_mark(head: bytes, layout: Shape, findings: Findings) -> int:
    """Return where the text begins: after a byte order mark of UTF-8."""
    if layout.encoding != "utf-8" or not head.startswith(BOM):
        return 0
    findings.warn(
        "byte_order_mark",
        line=1,
        byte_offset=0,
        found="a UTF-8 byte order mark",
        expected="text from the first byte on",
        hint="It was skipped; nothing is lost.",
    )
    return len(BOM)


def end_of_text(raw: Data, begin: int) -> int:
    """Return where the file ends when line ends at its end are left out."""
    end = len(raw)
    while end > begin:
        tail = raw[max(end - _TAIL, begin) : end]
        kept = len(tail.rstrip(_ENDS))
        end -= len(tail) - kept
        if kept:
            break
    # A lone carriage return is no line end: it stays, and is refused.
    return len(raw) if _LONE_RETURN.search(raw, end) else end


def last_line(raw: Data, begin: int, end: int, layout: Shape) -> tuple[int, int] | None:
    """Return (start, end) of the last line that is no comment and not blank; None without one."""
    while end > begin:
        start = raw.rfind(b"\n", begin, end) + 1 or begin
        line = raw[start:end].rstrip(_ENDS)
        if line and not (layout.comment and line.startswith(layout.comment.encode("utf-8"))):
            return start, start + len(line)
        end = start - 1
    return None


def find_trailer(
    raw: Data, place: tuple[int, int] | None, layout: Shape, findings: Findings
) -> Line | None:
    """Return the trailer at `place`; refuse what is none. None, too, when the layout has none."""
    if layout.trailer is None:
        return None
    fields = [] if place is None else split_fields(raw[place[0] : place[1]], layout)
    if place is not None and fields[0] == layout.trailer.record:
        return Line(fields, _line_of(raw, place[0]), place[0])
    findings.refuse(
        "trailer_missing",
        line=None if place is None else _line_of(raw, place[0]),
        byte_offset=len(raw) if place is None else place[0],
        found=f"a last line that starts with {fields[0]!r}" if place is not None else "no line",
        expected=f"a trailer that starts with {layout.trailer.record!r}",
        hint="The file is probably cut off: ask for it again.",
    )
    return None


def refuse_trailer_in_quotes(trailer: Line, findings: Findings) -> None:
    """Refuse a last line that looks like a trailer, but belongs to the record before it."""
    findings.refuse(
        "trailer_missing",
        line=trailer.line,
        byte_offset=trailer.byte_start,
        found="a last line inside quotes that were opened before it",
        expected=f"a trailer that starts with {trailer.fields[0]!r}",
        hint="The file is probably cut off: ask for it again.",
    )


def _line_of(raw: Data, place: int) -> int:
    steps = range(0, place, _TAIL)
    return 1 + sum(raw[at : min(at + _TAIL, place)].count(b"\n") for at in steps)


def are_comments(piece: Piece, spans: Spans, layout: Shape) -> Mask | None:
    """Tell which records are comments; None when the layout knows none."""
    if not layout.comment:
        return None
    mark = np.frombuffer(layout.comment.encode("utf-8"), dtype=np.uint8)
    padded = np.frombuffer(piece.data + b"\0" * len(mark), dtype=np.uint8)
    places = (spans.starts - piece.origin)[:, None] + np.arange(len(mark))
    found: Mask = (padded[places] == mark).all(axis=1)
    return found


def refuse_blank(blanks: Sequence[tuple[int, int]], findings: Findings) -> None:
    """Refuse empty lines (line, byte) that stand between records."""
    for line, start in blanks:
        findings.refuse(
            "blank_line",
            line=line,
            byte_offset=start,
            found="an empty line between records",
            expected="one record on every line",
            hint="Ask for the file again: a record may be missing.",
        )


def refuse_no_header(layout: Shape, findings: Findings) -> None:
    """Refuse a file that has no line for its header."""
    findings.refuse(
        "header_missing",
        byte_offset=0,
        found="no line at all",
        expected=f"a header with {', '.join(layout.file_columns())}",
        hint="An empty file is no empty day: ask the sender.",
    )


def refuse_long(place: int, line: int, size: int, findings: Findings) -> None:
    """Refuse a record that does not end."""
    findings.refuse(
        "record_length",
        line=line,
        byte_offset=place,
        found=f"no end of the record within {size} bytes",
        expected="records that end in LF or CR LF",
        hint="Look for a quote that is never closed, or ask the sender for line ends.",
    )


def check_header(header: Line, layout: Shape, findings: Findings) -> None:
    """Refuse a header that names a column twice, or lacks one that is read."""
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


def number_columns(details: Spans, layout: Shape, findings: Findings) -> list[str]:
    """Return the columns of a file without header: their numbers, from 1."""
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
    return [str(number) for number in range(1, max(width, wanted) + 1)]


def check_widths(
    details: Spans, names: Sequence[str], records_before: int, findings: Findings
) -> None:
    """Refuse rows that have more or fewer fields than the header."""
    width = len(names)
    for index in np.flatnonzero(details.fields != width)[:_ROWS_SHOWN].tolist():
        found = int(details.fields[index])
        findings.refuse(
            "row_short" if found < width else "row_long",
            line=int(details.lines[index]),
            byte_offset=int(details.starts[index]),
            record_no=records_before + index + 1,
            found=f"{found} fields",
            expected=f"{width} fields",
            hint="Look for a cut line, or a delimiter inside an unquoted text.",
        )
