"""Bytes to sections: which rows belong together, and the names of their columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.errors import Refused
from parsers.outcome import Finding, Findings
from parsers.paypal_stl.layout import CODES, NEEDED
from parsers.report import shape_of
from parsers.table import (
    Line,
    ReportShape,
    Spans,
    fields_of,
    first_fields,
    read_cells,
    read_spans,
)

_COLUMNS = re.compile(rb'(?:^|\n)"?CH"?,[^\n]*Transaction Event Code[^\n]*Gross Transaction Amount')
LAYOUTS_MAX = 20
"""Each is read as a table of its own; a report has one or two."""

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
class Rows:
    """A whole file by its rows; `totals` and `counts` are those of report and file.

    `body` has the SB rows of all sections as text, in the order of the file, and `section`.
    """

    body: pl.DataFrame | None = None
    sections: list[Section] = field(default_factory=list)
    totals: list[Line] = field(default_factory=list)
    counts: list[tuple[str, Line]] = field(default_factory=list)


def read_rows(data: bytes, findings: Findings) -> Rows | None:
    """Return the sections of a file; None (and refusals) when its rows cannot be told apart."""
    shape = shape_of(data, NEEDED)
    spans = read_spans(data, shape, findings)
    if spans is None or findings.refused:
        return None
    codes = np.char.decode(first_fields(data, spans, 2), "latin-1")
    _refuse_unknown(codes, spans, findings)
    if findings.refused:
        return None
    rows = Rows()
    for index in np.flatnonzero(codes != "SB").tolist():
        _place(rows, codes[index], fields_of(data, spans, index, shape))
    _add_bodies(rows, data, spans, codes, shape, findings)
    return rows


def _refuse_unknown(codes: np.ndarray, spans: Spans, findings: Findings) -> None:
    for index in np.flatnonzero(~np.isin(codes, CODES))[:20].tolist():
        findings.refuse(
            "record_unknown",
            line=int(spans.lines[index]),
            byte_offset=int(spans.starts[index]),
            found=f"a row that starts with {codes[index]!r}",
            expected=f"one of {', '.join(CODES)}",
            hint="The file was cut or changed: fetch it again.",
        )


def _place(rows: Rows, code: str, line: Line) -> None:
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


def _add_bodies(
    rows: Rows,
    data: bytes,
    spans: Spans,
    codes: np.ndarray,
    shape: ReportShape,
    findings: Findings,
) -> None:
    """Read the SB rows of each section under the names of the CH row above them."""
    heads = np.flatnonzero(codes == "CH")
    bodies = np.flatnonzero(codes == "SB")
    above = np.searchsorted(heads, bodies) - 1
    if len(bodies) and above[0] < 0:
        raise Refused(_headless(spans, int(bodies[0])))
    starts = np.flatnonzero(codes == "SH")
    first = 0 if len(starts) == len(rows.sections) else 1
    of_head = np.maximum(np.searchsorted(starts, heads) - 1 + first, 0)
    tables = []
    for names, places in _layouts(data, spans, heads, shape, findings).items():
        chosen = np.isin(above, places)
        mask = np.zeros(len(spans), dtype=np.bool_)
        mask[bodies[chosen]] = True
        mine = spans.where(mask)
        _check_width(mine, names, findings)
        if findings.refused:
            return
        cells = read_cells(data, mine, names, shape)
        tables.append(
            cells.with_columns(
                pl.Series("record_no", (np.flatnonzero(chosen) + 1).astype(np.int64)),
                pl.Series("section", of_head[above[chosen]].astype(np.int32)),
            )
        )
    if tables and not findings.refused:
        whole = tables[0] if len(tables) == 1 else pl.concat(tables, how="diagonal")
        rows.body = whole if len(tables) == 1 else whole.sort("record_no")
        _count_bodies(rows, of_head[above])


def _count_bodies(rows: Rows, sections: npt.NDArray[np.int64]) -> None:
    for number, height in enumerate(np.bincount(sections, minlength=len(rows.sections)).tolist()):
        rows.sections[number].height = height


def _layouts(
    data: bytes,
    spans: Spans,
    heads: npt.NDArray[np.int64],
    shape: ReportShape,
    findings: Findings,
) -> dict[tuple[str, ...], list[int]]:
    """Return the different rows of names, and which of the CH rows have them."""
    texts: dict[bytes, list[int]] = {}
    for place, head in enumerate(heads.tolist()):
        text = data[int(spans.starts[head]) : int(spans.ends[head])]
        texts.setdefault(text, []).append(place)
    if len(texts) > LAYOUTS_MAX:
        findings.refuse(
            "record_unsupported",
            record="CH",
            found=f"{len(texts)} different rows of column names",
            expected=f"at most {LAYOUTS_MAX}",
            hint="A report has one or two: fetch the file again.",
        )
        return {}
    found: dict[tuple[str, ...], list[int]] = {}
    for places in texts.values():
        head = int(heads[places[0]])
        names = [" ".join(one.split()) for one in fields_of(data, spans, head, shape).fields]
        _check_names(names, spans, head, findings)
        if not findings.refused:
            found.setdefault(tuple(names), []).extend(places)
    return found


def _check_names(names: Sequence[str], spans: Spans, head: int, findings: Findings) -> None:
    for name in NEEDED:
        if name not in names:
            findings.refuse(
                "column_missing",
                line=int(spans.lines[head]),
                byte_offset=int(spans.starts[head]),
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
