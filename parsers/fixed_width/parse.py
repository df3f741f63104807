"""Read a fixed-width file by its layout: records, then values, then signs, then control totals."""

from collections.abc import Iterator

from parsers.contract import Batches, Source
from parsers.declared.lines import LineMaker
from parsers.declared.texts import Cells
from parsers.fixed_width.cells import Joiner
from parsers.fixed_width.controls import Controls
from parsers.fixed_width.layout import Layout, build_layout
from parsers.fixed_width.records import Cutter
from parsers.outcome import ControlTotal, Draft, Findings
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a fixed-width file, block by block.

    Raises:
        UsageError: the layout is missing or wrong.
    """
    layout = build_layout(source.layout, feed=source.feed)
    maker = LineMaker(layout, source, findings)
    joiner, controls = Joiner(layout, findings), Controls(layout, findings)
    # Wrong values in one piece are no reason not to read the next one; a wrong shape is.
    shape = findings.apart()
    details, is_read, totals = 0, False, list[ControlTotal]()
    for block in Cutter(source.raw, layout, shape).blocks(maker.piece_bytes):
        cells, rows = joiner.cells(block)
        details, is_read = details + len(rows), block.is_last
        groups = controls.groups(block, rows)
        controls.add_records(block)
        if findings.refused:
            continue
        found = maker.convert(cells, is_last=is_read)
        if maker.is_refused:
            continue
        controls.add_lines(found, groups)
        if is_read:
            totals = controls.check(len(source.raw))
        if len(rows) and not findings.refused:
            yield from maker.lines(found, len(block.data))
    findings.join(shape)
    yield from maker.rest()
    if is_read:
        maker.check_keys(_cells_again(source, layout))
    if is_read and not details and not findings.refused and not controls.trailers:
        findings.warn(
            "no_data",
            byte_offset=0,
            found="a file without a detail, and no trailer that says so",
            expected="at least one record of money",
            hint="Ask the sender whether the day was empty, or whether the file was cut off.",
        )
    if not findings.refused:
        totals += maker.group_totals()
    # A file whose shape is wrong somewhere has no number of details.
    details = details if is_read else 0
    return Draft(empty_lines(), details, control_totals=tuple(totals))


def _cells_again(source: Source, layout: Layout) -> Iterator[Cells]:
    joiner = Joiner(layout, Findings())
    for block in Cutter(source.raw, layout, Findings()).blocks(source.batch_bytes):
        yield joiner.cells(block)[0]
