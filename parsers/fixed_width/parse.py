"""Read a fixed-width file by its layout: records, then values, then signs, then control totals."""

from parsers.contract import Batches, Source
from parsers.declared.lines import LineMaker
from parsers.fixed_width.cells import Joiner
from parsers.fixed_width.controls import Controls
from parsers.fixed_width.layout import build_layout
from parsers.fixed_width.records import Cutter
from parsers.outcome import Draft, Findings
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a fixed-width file, block by block.

    A file whose lines are called by the sender's own key is read in one block: that no key comes
    twice can only be said of the whole.

    Raises:
        UsageError: the layout is missing or wrong.
    """
    layout = build_layout(source.layout, feed=source.feed)
    size = max(len(source.raw), 1) if layout.keeps_own_keys else source.batch_bytes
    maker = LineMaker(layout, source, findings)
    joiner, controls = Joiner(layout, findings), Controls(layout, findings)
    details, is_read = 0, False
    for block in Cutter(source.raw, layout, findings).blocks(size):
        cells, rows = joiner.cells(block)
        details, is_read = details + len(rows), block.is_last
        groups = controls.groups(block, rows)
        controls.add_records(block)
        if findings.refused:
            continue
        found = maker.convert(cells)
        if findings.refused:
            continue
        controls.add_lines(found, groups)
        if len(rows):
            yield maker.lines(found)
    totals = []
    if is_read and not details and not findings.refused and not controls.trailers:
        findings.warn(
            "no_data",
            byte_offset=0,
            found="a file without a detail, and no trailer that says so",
            expected="at least one record of money",
            hint="Ask the sender whether the day was empty, or whether the file was cut off.",
        )
    if not findings.refused:
        totals = controls.check(len(source.raw)) + maker.group_totals()
    # A file whose shape is wrong somewhere has no number of details.
    details = details if is_read else 0
    return Draft(empty_lines(), details, control_totals=tuple(totals))
