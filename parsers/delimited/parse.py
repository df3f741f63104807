"""Read a delimited file by its layout: shape, then values, then signs, then control totals."""

import polars as pl

from parsers.contract import Source
from parsers.delimited.controls import check_group_totals, check_trailer
from parsers.delimited.convert import Converter
from parsers.delimited.layout import Layout, build_layout
from parsers.delimited.signs import apply_signs
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from parsers.table import read_table
from tieout.frames.settlement import LINE_SCHEMA, empty_lines


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a delimited file.

    Raises:
        UsageError: the layout is missing or wrong.
    """
    layout = build_layout(source.layout, feed=source.feed)
    table = read_table(source.data, layout, findings)
    if table is None:
        return Draft(empty_lines(), records=0)
    records = table.cells.height
    converter = Converter(table.cells, layout, findings)
    converter.convert()
    rows = converter.with_pans(source.pan_key)
    rows = apply_signs(rows, layout, findings)
    if findings.refused:
        return Draft(empty_lines(), records)
    totals = check_trailer(table, rows, layout, findings)
    rows = converter.with_iso_exponents(rows)
    lines = build_lines(_columns(rows, source.feed, layout), sha256=source.sha256, feed=source.feed)
    if layout.group_total:
        totals += check_group_totals(lines, layout.group_total, findings)
    return Draft(lines, records, control_totals=tuple(totals))


def _columns(rows: pl.DataFrame, feed: str, layout: Layout) -> pl.DataFrame:
    if "record_id" in rows.columns:
        rows = rows.with_columns((pl.lit(f"{feed}:") + pl.col("record_id")).alias("record_id"))
    if "is_reversal" not in rows.columns:
        rows = rows.with_columns((pl.col("kind") == "reversal").alias("is_reversal"))
    flags = [
        pl.col(name).fill_null(name == "is_booked")
        for name in ("is_booked", "is_reversal")
        if name in rows.columns
    ]
    return rows.with_columns(flags).select([name for name in rows.columns if name in LINE_SCHEMA])
