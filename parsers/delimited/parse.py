"""Read a delimited file by its layout: shape, then values, then signs, then control totals."""

from parsers.contract import Batches, Source
from parsers.declared.lines import LineMaker
from parsers.declared.totals import RunningSums
from parsers.delimited.columns import cells_of
from parsers.delimited.controls import check_trailer
from parsers.delimited.layout import build_layout
from parsers.outcome import Draft, Findings
from parsers.table import read_rows
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a delimited file, piece by piece.

    A file whose lines are called by the sender's own key is read in one piece: that no key comes
    twice can only be said of the whole.

    Raises:
        UsageError: the layout is missing or wrong.
    """
    layout = build_layout(source.layout, feed=source.feed)
    size = max(len(source.raw), 1) if layout.keeps_own_keys else source.batch_bytes
    maker = LineMaker(layout, source, findings)
    sums = RunningSums(list(layout.trailer.sums) if layout.trailer else [], layout)
    trailer, lines, is_summed, is_read = None, 0, True, False
    for rows in read_rows(source.raw, layout, findings, size=size):
        trailer, lines, is_read = rows.trailer, rows.lines, rows.is_last
        found = maker.convert(cells_of(rows, layout))
        if findings.refused:
            sums.records += found.height
            is_summed = False
            continue
        sums.add(found)
        yield maker.lines(found)
    if not sums.records and layout.trailer is None and not findings.refused:
        findings.warn(
            "no_data",
            byte_offset=0,
            found="a file without a line of money, and no trailer that says so",
            expected="at least one line",
            hint="Ask the sender whether the day was empty, or whether the file was cut off.",
        )
    totals = []
    if is_summed and is_read:
        totals = check_trailer(trailer, layout, sums, lines, findings) + maker.group_totals()
    # A file whose shape is wrong somewhere has no number of records.
    records = sums.records if is_read else 0
    return Draft(empty_lines(), records, control_totals=tuple(totals))
