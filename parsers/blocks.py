"""Delimited files whose rows are of several kinds: preambles, two tables in one file, trailers.

A processor's report that is no plain table is cut into records first; then every kind of row is
taken out by the text of its first field, special rows as lists and a day's rows as one table.
Shared by the processor formats; the cutting itself is `parsers.table`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.outcome import Findings
from parsers.report import shape_of
from parsers.table import (
    Line,
    Offsets,
    ReportShape,
    Spans,
    Table,
    fields_of,
    first_fields,
    read_cells,
    read_spans,
)

Mask = npt.NDArray[np.bool_]
BAD_ROWS_SHOWN = 25
COLUMNS_MAX = 400
"""More columns than any report has: a line of commas must not become a table of a million."""
_NO_ROWS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The records of one file, in its order; masks over them have the shape (records,)."""

    data: bytes
    spans: Spans
    shape: ReportShape
    findings: Findings

    def __len__(self) -> int:
        return len(self.spans)

    def begin_with(self, first: str) -> Mask:
        """Return which records have exactly `first` as their first field."""
        mark = first.encode()
        texts = first_fields(self.data, self.spans, len(mark) + 1)
        follows = (b"", b'"', b"\n", b"\r", self.shape.delimiter.encode())
        found: Mask = np.isin(texts, [mark + one for one in follows])
        return found

    def row_of_names(self, first: str) -> int | None:
        """Return the first record that begins with `first`, the name of a column.

        None (and a refusal) where there is none.
        """
        found = np.flatnonzero(self.begin_with(first))
        if len(found):
            return int(found[0])
        self.findings.refuse(
            "header_missing",
            byte_offset=0,
            found="no row of column names",
            expected=f"a row that starts with {first}",
            hint="The beginning of the file is missing: fetch it again.",
        )
        return None

    def bytes_at(self, index: int) -> bytes:
        """Return one record as it stands in the file, without its line end."""
        return self.data[int(self.spans.starts[index]) : int(self.spans.ends[index])]

    def line(self, index: int) -> Line:
        """Return one record as texts (headers and trailers: not for a day's data)."""
        return fields_of(self.data, self.spans, index, self.shape)

    def lines(self, mask: Mask) -> list[Line]:
        """Return the records of a mask as texts; few of them."""
        return [self.line(index) for index in np.flatnonzero(mask).tolist()]

    def parts(self, size: int) -> Iterator[slice]:
        """Yield runs of records, counted from 0, of about `size` bytes each."""
        at, starts = 0, self.spans.starts
        while at < len(self):
            stop = int(np.searchsorted(starts, starts[at] + size))
            yield slice(at, max(stop, at + 1))
            at = max(stop, at + 1)

    def table(self, mask: Mask, names: Sequence[str], record: str) -> pl.DataFrame:
        """Return the records of a mask as text: shape (records, columns + 4).

        None of them (and refusals) where one has not the right width; `record_no` counts the
        records of the whole file, from 1.
        """
        is_right = self.check_widths(mask, names, record)
        return self._cells(np.flatnonzero(mask) if is_right else _NO_ROWS, names)

    def tables(
        self, mask: Mask, names: Sequence[str], record: str, *, size: int
    ) -> Iterator[Table]:
        """Yield the records of a mask as texts, as `table` does, in runs of about `size` bytes.

        None (and refusals) where one has not the right width.
        """
        if self.check_widths(mask, names, record):
            for part in self.parts(size):
                rows = np.flatnonzero(mask[part]) + part.start
                yield Table(self._cells(rows, names), None, 0, part.stop >= len(self))

    def _cells(self, rows: Offsets, names: Sequence[str]) -> pl.DataFrame:
        cells = read_cells(self.data, self.spans.where(rows), names[:COLUMNS_MAX], self.shape)
        return cells.with_columns(pl.Series("record_no", rows + 1))

    def check_widths(self, mask: Mask, names: Sequence[str], record: str) -> bool:
        """Refuse the records of a mask that have more or fewer fields than `names`.

        A record may leave out columns without a name at its end.

        Returns:
            Whether none was.
        """
        mine = self.spans.where(mask)
        names = names[:COLUMNS_MAX]
        least = max((place for place, name in enumerate(names, 1) if name), default=0)
        return self._check_width(mine, least, len(names), record)

    def _check_width(self, mine: Spans, least: int, most: int, record: str) -> bool:
        wrong = np.flatnonzero((mine.fields < least) | (mine.fields > most))
        for index in wrong[:BAD_ROWS_SHOWN].tolist():
            found = int(mine.fields[index])
            self.findings.refuse(
                "row_short" if found < least else "row_long",
                line=int(mine.lines[index]),
                byte_offset=int(mine.starts[index]),
                record=record,
                found=f"{found} fields",
                expected=f"{least} fields" if least == most else f"{least} to {most} fields",
                hint="Look for a cut line, or a delimiter inside an unquoted text.",
            )
        return not len(wrong)

    def refuse_unknown(self, known: Mask, marks: Sequence[str]) -> None:
        """Refuse the records outside `known`."""
        for index in np.flatnonzero(~known)[:BAD_ROWS_SHOWN].tolist():
            self.findings.refuse(
                "record_unknown",
                line=int(self.spans.lines[index]),
                byte_offset=int(self.spans.starts[index]),
                found=f"a row that starts with {self.line(index).fields[0][:20]!r}",
                expected=f"one of {', '.join(marks)}",
                hint="The file was cut or changed: fetch it again.",
            )


def read_blocks(data: bytes, findings: Findings) -> Blocks | None:
    """Return the records of a delimited file, blank lines left out; None where it has no shape."""
    shape = shape_of(data, ())
    if shape.encoding != "utf-8":
        findings.warn(
            "encoding_undeclared",
            byte_offset=0,
            found="bytes that are no UTF-8",
            expected="UTF-8",
            hint=f"Read as {shape.encoding}. Names may be wrong, amounts are not.",
        )
    spans = read_spans(data, shape, findings)
    if spans is None or findings.refused:
        return None
    return Blocks(data, spans, shape, findings)


def names_in(line: Line) -> list[str]:
    """Return the column names of a header line, spaces around them taken off."""
    return [one.strip() for one in line.fields]


def check_names(line: Line, needed: Sequence[str], findings: Findings) -> bool:
    """Refuse a header without a needed column, or with one of them twice."""
    names = names_in(line)
    for name in needed:
        times = names.count(name)
        if times != 1:
            findings.refuse(
                "header_duplicate" if times else "column_missing",
                line=line.line,
                byte_offset=line.byte_start,
                field=name,
                found=f"column {name!r} {times} times" if times else f"columns {', '.join(names)}",
                expected=f"one column {name!r}",
                hint="The sender changed the file; ask which columns are meant.",
            )
    return not findings.refused
