"""Cells in, settlement lines out: the steps that every declared format takes, in their order."""

import polars as pl

from parsers.contract import Source
from parsers.declared.convert import Converter
from parsers.declared.rules import LineRules
from parsers.declared.signs import apply_signs
from parsers.declared.totals import GroupSums
from parsers.lines import build_lines
from parsers.outcome import ControlTotal, Findings
from tieout.frames.settlement import LINE_SCHEMA


class LineMaker:
    """Makes the lines of one file, piece by piece."""

    def __init__(self, layout: LineRules, source: Source, findings: Findings) -> None:
        self.layout, self.source, self.findings = layout, source, findings
        self._groups = GroupSums(layout.group_total) if layout.group_total else None

    def rows(self, cells: pl.DataFrame) -> tuple[Converter, pl.DataFrame]:
        """Return the typed and signed rows of a piece, amounts in the sender's own units."""
        converter = Converter(cells, self.layout, self.findings)
        converter.convert()
        rows = converter.with_pans(self.source.pan_key)
        return converter, apply_signs(rows, self.layout, self.findings)

    def lines(self, converter: Converter, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows as settlement lines."""
        rows = converter.with_iso_exponents(rows)
        found = _columns(rows, self.source.feed)
        lines = build_lines(found, sha256=self.source.sha256, feed=self.source.feed)
        if self._groups is not None:
            self._groups.add(lines)
        return lines

    def group_totals(self) -> list[ControlTotal]:
        """Return what lines of the file declare about others; differences are warnings."""
        return [] if self._groups is None else self._groups.check(self.findings)


def _columns(rows: pl.DataFrame, feed: str) -> pl.DataFrame:
    columns = []
    if "record_id" in rows.columns:
        columns.append((pl.lit(f"{feed}:") + pl.col("record_id")).alias("record_id"))
    if "is_reversal" not in rows.columns:
        columns.append((pl.col("kind") == "reversal").alias("is_reversal"))
    columns += [
        pl.col(name).fill_null(name == "is_booked")
        for name in ("is_booked", "is_reversal")
        if name in rows.columns
    ]
    rows = rows.with_columns(columns)
    return rows.select([name for name in rows.columns if name in LINE_SCHEMA])
