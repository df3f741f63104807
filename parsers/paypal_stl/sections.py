"""Bytes to sections: which rows belong together, and the names of their columns."""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.contract import Source
from parsers.errors import Refused
from parsers.lookups import look_up
from parsers.outcome import Finding, Findings
from parsers.paypal_stl.layout import CODES, NEEDED
from parsers.report import piece_bytes, shape_of
from parsers.table import (
    Line,
    Offsets,
    Piece,
    Spans,
    Table,
    fields_of,
    first_fields,
    read_cells,
    read_records,
)

_COLUMNS = re.compile(rb'(?:^|\n)"?CH"?,[^\n]*Transaction Event Code[^\n]*Gross Transaction Amount')
LAYOUTS_MAX = 20
"""Each is read as a table of its own; a report has one or two."""

_CODES = {code.encode() for code in CODES}
_FIRST = re.compile(rb'"?(?:RH|FH|SH|CH)"?,')


def looks_like(data: bytes) -> bool:
    """Tell whether the file opens with a header row and names the columns of a section body."""
    head = data[:8192].removeprefix(b"\xef\xbb\xbf")
    return _FIRST.match(head) is not None and _COLUMNS.search(head) is not None


@dataclass(slots=True)
class Section:
    """One section: its header, the number of its body rows, its footers."""

    header: Line | None
    height: int = 0
    footers: list[Line] = field(default_factory=list)
    counts: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Special:
    """The rows that are no body; `totals` and `counts` are those of report and file.

    `is_named` is whether there is a CH row, which a body has even where it is empty; `opened` has
    the header rows of report and file that there are.
    """

    sections: list[Section] = field(default_factory=list)
    totals: list[Line] = field(default_factory=list)
    counts: list[tuple[str, Line]] = field(default_factory=list)
    is_named: bool = False
    opened: set[str] = field(default_factory=set)


class SectionReader:
    """Reads one report piece by piece: bodies as tables, what stands around them as `special`."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self.source, self.findings = source, findings
        self.shape = shape_of(source.raw, NEEDED)
        self.special = Special()
        self._layouts: dict[bytes, tuple[str, ...]] = {}
        self._head: _Head | None = None
        self._height = 0

    def tables(self) -> Generator[Table, None, None]:
        """Yield the bodies (SB rows), with account and section; none once the shape is wrong."""
        size = piece_bytes(self.source)
        for piece, spans in read_records(self.source.raw, self.shape, self.findings, size=size):
            cells = None if self.findings.refused else self._bodies(piece, spans)
            if cells is None or self.findings.refused:
                return
            yield Table(cells, None, 0, piece.is_last)

    def _bodies(self, piece: Piece, spans: Spans) -> pl.DataFrame | None:
        codes = first_fields(piece.data, spans.moved(-piece.origin, 0), 2)
        others = np.flatnonzero(codes != b"SB")
        _refuse_unknown(codes, others, spans, self.findings)
        if self.findings.refused:
            return None
        places: list[int] = []
        heads = [self._head]
        for index in others.tolist():
            code = codes[index].decode()
            line = fields_of(piece.data, spans, index, self.shape, origin=piece.origin)
            _place(self.special, code, line)
            if code == "CH":
                self.special.is_named = True
                heads.append(self._named(piece, spans, index, line))
                places.append(index)
        if self.findings.refused:
            return None
        self._head = heads[-1]
        bodies = np.flatnonzero(codes == b"SB")
        above = np.searchsorted(np.array(places, dtype=np.int64), bodies)
        if len(bodies) and heads[int(above[0])] is None:
            raise Refused(_headless(spans, int(bodies[0])))
        used = {place: heads[place] for place in np.unique(above).tolist()}
        return self._table(piece, spans.where(codes == b"SB"), above, used)

    def _named(self, piece: Piece, spans: Spans, index: int, line: Line) -> "_Head":
        """Return what a CH row says of the body rows below it."""
        begin, end = int(spans.starts[index]) - piece.origin, int(spans.ends[index]) - piece.origin
        text = piece.data[begin:end]
        if text not in self._layouts:
            if len(self._layouts) == LAYOUTS_MAX:
                _refuse_layouts(line, self.findings)
            names = tuple(" ".join(one.split()) for one in line.fields)
            _check_names(names, line, self.findings)
            self._layouts[text] = names
        section = len(self.special.sections) - 1
        header = self.special.sections[section].header
        account = header.fields[3] if header and len(header.fields) > 3 else None
        return _Head(self._layouts[text], section, account)

    def _table(
        self, piece: Piece, mine: Spans, above: Offsets, heads: Mapping[int, "_Head | None"]
    ) -> pl.DataFrame | None:
        """Return body rows, each read by the names of the CH row above it."""
        tables = []
        known = {place: one for place, one in heads.items() if one is not None}
        for names in dict.fromkeys(one.names for one in known.values()):
            chosen = np.isin(above, [at for at, one in known.items() if one.names == names])
            part = mine.where(chosen)
            _check_width(part, names, self.findings)
            if self.findings.refused:
                return None
            cells = read_cells(piece.data, part, names, self.shape, origin=piece.origin)
            number = pl.Series("record_no", np.flatnonzero(chosen) + self._height + 1)
            tables.append(cells.with_columns(number, *_of_heads(above[chosen], known)))
        self._height += len(mine)
        if not tables:
            return pl.DataFrame()
        whole = tables[0] if len(tables) == 1 else pl.concat(tables, how="diagonal")
        for section, height in whole["section"].value_counts().iter_rows():
            self.special.sections[section].height += height
        return whole if len(tables) == 1 else whole.sort("record_no")


@dataclass(frozen=True, slots=True)
class _Head:
    """A CH row: its names, the number of its section, and that section's account."""

    names: tuple[str, ...]
    section: int
    account: str | None


def _of_heads(above: Offsets, heads: Mapping[int, _Head]) -> list[pl.Series]:
    """Return section and account of the body rows, by the place of the CH row above each."""
    sections = np.zeros(max(heads) + 1, dtype=np.int32)
    for place, one in heads.items():
        sections[place] = one.section
    accounts = {one.section: one.account for one in heads.values()}
    section = pl.Series("section", sections[above])
    if len(set(accounts.values())) == 1:
        account = pl.Series("account", [*accounts.values()][:1], dtype=pl.String)
        return [section, account.new_from_index(0, len(above))]
    return [section, look_up(section, accounts, pl.String()).alias("account")]


def _refuse_unknown(
    codes: npt.NDArray[np.bytes_], others: Offsets, spans: Spans, findings: Findings
) -> None:
    unknown = [index for index in others.tolist() if codes[index] not in _CODES]
    for index in unknown[:20]:
        findings.refuse(
            "record_unknown",
            line=int(spans.lines[index]),
            byte_offset=int(spans.starts[index]),
            found=f"a row that starts with {codes[index].decode('latin-1')!r}",
            expected=f"one of {', '.join(CODES)}",
            hint="The file was cut or changed: fetch it again.",
        )


def _place(rows: Special, code: str, line: Line) -> None:
    if code == "SH" or (code == "CH" and not rows.sections):
        rows.sections.append(Section(line if code == "SH" else None))
    if code == "SF" and rows.sections:
        rows.sections[-1].footers.append(line)
    elif code == "SC" and rows.sections:
        rows.sections[-1].counts.append(line)
    elif code == "RF":
        rows.totals.append(line)
    elif code in ("RC", "FF"):
        rows.counts.append((code, line))
    elif code in ("RH", "FH"):
        rows.opened.add(code)


def _refuse_layouts(line: Line, findings: Findings) -> None:
    findings.refuse(
        "record_unsupported",
        line=line.line,
        byte_offset=line.byte_start,
        record="CH",
        found=f"more than {LAYOUTS_MAX} different rows of column names",
        expected=f"at most {LAYOUTS_MAX}",
        hint="A report has one or two: fetch the file again.",
    )


def _check_names(names: Sequence[str], line: Line, findings: Findings) -> None:
    for name in NEEDED:
        if name not in names:
            findings.refuse(
                "column_missing",
                line=line.line,
                byte_offset=line.byte_start,
                record="CH",
                field=name,
                found=f"columns {', '.join(names[1:])}",
                expected=f"a column {name!r}",
                hint="Is this a settlement or transaction detail report?",
            )


def _check_width(mine: Spans, names: Sequence[str], findings: Findings) -> None:
    """Refuse rows that end before the last column of money; columns after it may be left out."""
    least = 1 + max(names.index(name) for name in NEEDED)
    for index in np.flatnonzero(mine.fields < least)[:100].tolist():
        findings.refuse(
            "row_short",
            line=int(mine.lines[index]),
            byte_offset=int(mine.starts[index]),
            record="SB",
            found=f"{int(mine.fields[index])} fields",
            expected=f"at least {least} fields",
            hint="The row was cut: fetch the file again.",
        )


def _headless(spans: Spans, index: int) -> Finding:
    return Finding(
        "header_missing",
        "refusal",
        line=int(spans.lines[index]),
        byte_offset=int(spans.starts[index]),
        record="SB",
        found="a body row without column names above it",
        expected="a CH row before the first SB row",
        hint="The beginning of the file is missing: fetch it again.",
    )
