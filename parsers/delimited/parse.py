"""Read a delimited file by its layout: shape, then values, then signs, then control totals."""

from collections.abc import Iterator

from parsers.contract import Batches, Source
from parsers.declared.lines import LineMaker
from parsers.declared.texts import Cells
from parsers.declared.totals import RunningSums
from parsers.delimited.columns import cells_of
from parsers.delimited.controls import check_trailer
from parsers.delimited.layout import Layout, build_layout
from parsers.outcome import ControlTotal, Draft, Findings
from parsers.table import read_rows
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a delimited file, piece by piece.

    Raises:
        UsageError: the layout is missing or wrong.
    """
    layout = build_layout(source.layout, feed=source.feed)
    maker = LineMaker(layout, source, findings)
    sums = RunningSums(list(layout.trailer.sums) if layout.trailer else [], layout)
    # Wrong values in one piece are no reason not to read the next one; a wrong shape is.
    shape = findings.apart()
    is_summed, is_read, totals = True, False, list[ControlTotal]()
    for rows in read_rows(source.raw, layout, shape, size=maker.piece_bytes):
        is_read = rows.is_last
        found = maker.convert(cells_of(rows, source.raw, layout), is_last=is_read)
        if maker.is_refused:
            sums.records += found.height
            is_summed = False
            continue
        sums.add(found)
        if is_read and is_summed:
            totals = check_trailer(rows.trailer, layout, sums, rows.lines, findings)
        if not findings.refused:
            yield from maker.lines(found, len(rows.piece.data))
    findings.join(shape)
    yield from maker.rest()
    if is_read:
        maker.check_keys(_cells_again(source, layout))
    if not sums.records and layout.trailer is None and not findings.refused:
        findings.warn(
            "no_data",
            byte_offset=0,
            found="a file without a line of money, and no trailer that says so",
            expected="at least one line",
            hint="Ask the sender whether the day was empty, or whether the file was cut off.",
        )
    if is_summed and is_read:
        totals += maker.group_totals()
    # A file whose shape is wrong somewhere has no number of records.
    records = sums.records if is_read else 0
    return Draft(empty_lines(), records, control_totals=tuple(totals))


def _cells_again(source: Source, layout: Layout) -> Iterator[Cells]:
    for rows in read_rows(source.raw, layout, Findings(), size=source.batch_bytes):
        yield cells_of(rows, source.raw, layout)
