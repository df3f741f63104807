"""What the trailer declares about the file; a contradiction refuses it."""

from parsers.declared.totals import RunningSums, compare, plain, refuse_difference
from parsers.delimited.layout import Layout
from parsers.outcome import ControlTotal, Findings
from parsers.table import Line


def check_trailer(
    line: Line | None, layout: Layout, sums: RunningSums, lines: int, findings: Findings
) -> list[ControlTotal]:
    """Compare every total that the trailer declares; refuse those that differ.

    Args:
        line: the trailer, if the layout has one.
        layout: what it declares and where.
        sums: of all detail lines; `sums.sums` are those of the layout's trailer.
        lines: of the file, without comments and blank ones.
        findings: told of differences.
    """
    spec = layout.trailer
    if spec is None or line is None:
        return []
    totals = []
    if spec.count:
        counted = sums.records if spec.count.over == "records" else lines
        totals.append(compare("count", _declared(line, spec.count.field), str(counted)))
    for place, one in enumerate(spec.sums):
        declared = plain(_declared(line, one.field), layout)
        totals.append(compare(one.name(), declared, sums.text(place)))
    if spec.hash:
        computed = sums.hash(spec.hash.digits)
        totals.append(compare("hash", _declared(line, spec.hash.field), computed))
    for total in totals:
        refuse_difference(
            total, findings, line=line.line, byte_offset=line.byte_start, record="trailer"
        )
    return totals


def _declared(line: Line, place: int) -> str:
    return line.fields[place - 1].strip() if place <= len(line.fields) else ""
