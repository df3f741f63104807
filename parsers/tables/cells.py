"""Detail lines as text: one column per field, exactly as many rows as lines were counted."""

import csv
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.errors import Refused
from parsers.outcome import Finding
from parsers.tables.few import FEW_BYTES, few_columns
from parsers.tables.shape import Line, Shape
from parsers.tables.spans import Spans

_RECORD_MAX = 100_000  # of characters: longer ones are no header, and more than csv takes
_HELD = str.maketrans("\r\n", "\ue00d\ue00a")  # characters without meaning
_RELEASED = str.maketrans("\ue00d\ue00a", "\r\n")


def read_cells(
    data: bytes,
    details: Spans,
    names: Sequence[str],
    layout: Shape,
    *,
    wanted: Collection[str] | None = None,
    origin: int = 0,
    records_before: int = 0,
) -> pl.DataFrame:
    """Read records as text: shape (records, columns + 4).

    A field that is absent or empty is null; one that is empty in quotes may be an empty text.

    Args:
        data: bytes that hold all the records.
        details: the records, at places of the file.
        names: of the file's columns; a repeated or an empty one gets a name that nobody asks for.
        layout: delimiter, quote and encoding.
        wanted: the columns to read, in their order; all without it.
        origin: where in the file `data` begins.
        records_before: how many records of the file have been read.

    Raises:
        Refused: the reader sees other rows than were counted.
    """
    unique = {name: place for place, name in enumerate(_unique(names))}
    kept = unique if wanted is None else {name: unique[name] for name in wanted if name in unique}
    first = records_before + 1
    return pl.DataFrame(
        [
            *_columns(data, details.moved(-origin, 0), kept, layout),
            pl.Series("record_no", np.arange(first, first + len(details), dtype=np.int64)),
            pl.Series("line", details.lines),
            pl.Series("byte_start", details.starts),
            pl.Series("byte_length", details.ends - details.starts),
        ]
    )


def _columns(
    data: bytes, details: Spans, kept: Mapping[str, int], layout: Shape
) -> list[pl.Series]:
    """Return the fields at the places of `kept`; `details` stand at places of `data`."""
    if not kept or not len(details):
        return [pl.Series(name, [], dtype=pl.String) for name in kept]
    is_utf8 = layout.encoding in ("utf-8", "ascii")
    if len(data) <= FEW_BYTES and (is_utf8 or data.isascii()):
        return few_columns(data, details, kept, layout.quote)
    width = max(kept.values()) + 1
    names = dict(zip(kept.values(), kept, strict=True))
    cells = pl.read_csv(
        _body(data, details, layout),
        has_header=False,
        separator=layout.delimiter,
        quote_char=layout.quote or None,
        schema={names.get(place, f"\0{place}"): pl.String() for place in range(width)},
        columns=sorted(names),
        truncate_ragged_lines=True,
        missing_columns="insert",
        extra_columns="ignore",
    )
    if cells.height != len(details):
        raise Refused(_rows_disagree(cells.height, len(details)))
    return [cells[name] for name in kept]


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names, with one that nobody asks for where a name is empty or comes again."""
    seen: set[str] = set()
    unique = []
    for place, name in enumerate(names):
        unique.append(f"\0{place}" if not name or name in seen else name)
        seen.add(name)
    return unique


def _rows_disagree(read: int, counted: int) -> Finding:
    return Finding(
        "rows_disagree",
        "refusal",
        found=f"{read} rows read from {counted} lines",
        expected="one row for every line",
        hint="Check `quote` in the layout.",
    )


def first_fields(data: bytes, spans: Spans, width: int) -> npt.NDArray[np.bytes_]:
    """Return the first `width` bytes of each record's first field, its quote left out."""
    padded = np.frombuffer(data + b"\0" * (width + 1), dtype=np.uint8)
    begins = spans.starts + (padded[spans.starts] == ord('"'))
    taken: npt.NDArray[np.uint8] = padded[begins[:, None] + np.arange(width)]
    texts: npt.NDArray[np.bytes_] = taken.reshape(-1).view(f"S{width}")
    return texts


def fields_of(data: bytes, spans: Spans, index: int, layout: Shape, *, origin: int = 0) -> Line:
    """Return one record as a list of texts (headers, footers: not for a day's data)."""
    start, end = int(spans.starts[index]), int(spans.ends[index])
    fields = split_fields(data[start - origin : end - origin], layout)
    return Line(fields, int(spans.lines[index]), start)


def split_fields(record: bytes, layout: Shape) -> list[str]:
    """Return the fields of one record."""
    text = record.decode(layout.encoding)
    if layout.quote and len(text) < _RECORD_MAX:
        # A line end within a record is text in quotes, and refused outside of them: never its end.
        held = text.translate(_HELD)
        reader = csv.reader([held], delimiter=layout.delimiter, quotechar=layout.quote)
        fields = [one.translate(_RELEASED) for one in next(reader, [""])]
    else:
        fields = text.split(layout.delimiter)
    return fields or [""]


def _body(data: bytes, details: Spans, layout: Shape) -> bytes:
    """Return the detail lines alone, as UTF-8 with LF ends."""
    starts, ends = details.starts, details.ends
    gaps = np.flatnonzero(starts[1:] - ends[:-1] > 2).tolist()  # comments between
    firsts = [0, *(gap + 1 for gap in gaps)]
    lasts = [*gaps, len(details) - 1]
    pieces = [data[starts[first] : ends[last]] for first, last in zip(firsts, lasts, strict=True)]
    body = pieces[0] if len(pieces) == 1 else b"\n".join(pieces)
    if layout.encoding not in ("utf-8", "ascii") and not body.isascii():
        body = body.decode(layout.encoding).encode()
    return body.replace(b"\r\n", b"\n") if b"\r" in body else body
