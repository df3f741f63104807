"""Records to one row of text per detail: its own fields, its headers' and its addenda's."""

import numpy as np
import polars as pl

from parsers.declared.texts import Cells, Places, Texts
from parsers.fixed_width.fields import read_field
from parsers.fixed_width.layout import Layout
from parsers.fixed_width.records import Block, Offsets
from parsers.outcome import Findings

_SHOWN = 20


class Joiner:
    """Joins records to rows; remembers headers from one block to the next."""

    def __init__(self, layout: Layout, findings: Findings) -> None:
        self.layout, self.findings = layout, findings
        self.fields = set(map(str, layout.line_columns()))
        if layout.extra_column() is not None:
            self.fields.add(str(layout.extra_column()))
        self.carried: dict[str, str | None] = {}
        self.begun: set[int] = set()
        self.details = [place for place, _ in layout.of_role("detail")]

    def cells(self, block: Block) -> tuple[Cells, Offsets]:
        """Return a row per detail, and which of the block's records the details are.

        The columns are the fields that the layout reads; addenda belong to the byte range.
        """
        rows = np.flatnonzero(np.isin(block.kinds, self.details))
        ends = block.ends[rows].copy()
        columns = self._of_details(block, rows)
        columns |= self._of_headers(block, rows)
        columns |= self._of_addenda(block, rows, ends)
        starts = block.starts[rows]
        places = Places(block.first + rows, block.lines[rows], block.origin + starts, ends - starts)
        return Cells({name: Texts.of(one) for name, one in columns.items()}, places), rows

    def _of_details(self, block: Block, rows: Offsets) -> dict[str, pl.Series]:
        frames = []
        for kind, record in self.layout.of_role("detail"):
            mine = rows[block.kinds[rows] == kind]
            read = {
                name: read_field(block, mine, place, self.layout)
                for name, place in record.fields.items()
                if name in self.fields
            }
            frames.append(pl.DataFrame({"row": mine, **read}))
        whole = frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal").sort("row")
        return {name: whole[name] for name in whole.columns if name != "row"}

    def _of_headers(self, block: Block, rows: Offsets) -> dict[str, pl.Series]:
        """Return the fields of the last header of each kind above each detail."""
        columns = {}
        for kind, record in self.layout.of_role("header"):
            heads = block.rows(kind)
            above = np.searchsorted(heads, rows)
            if kind not in self.begun and len(rows) and above[0] == 0:
                self._refuse_headless(block, int(rows[0]), record.title)
            if len(heads):
                self.begun.add(kind)
            for name, place in record.fields.items():
                if name not in self.fields:
                    continue
                texts = read_field(block, heads, place, self.layout)
                known = pl.concat(
                    [pl.Series(name, [self.carried.get(name)], dtype=pl.String), texts.alias(name)]
                )
                columns[name] = known.gather(above)
                self.carried[name] = known[-1]
        return columns

    def _refuse_headless(self, block: Block, row: int, title: str) -> None:
        self.findings.refuse(
            "header_missing",
            record=title,
            found="a detail without a header above it",
            expected=f"a record {title!r} before the first detail",
            hint="The beginning of the file is missing: ask for it again.",
            **block.place(row),
        )

    def _of_addenda(self, block: Block, rows: Offsets, ends: Offsets) -> dict[str, pl.Series]:
        """Return the fields of the addenda below each detail; move the ends of the details."""
        columns: dict[str, pl.Series] = {}
        for kind, record in self.layout.of_role("addendum"):
            mine = block.rows(kind)
            owners = np.searchsorted(rows, mine) - 1
            for row in mine[owners < 0][:_SHOWN].tolist():
                self.findings.refuse(
                    "record_order",
                    record=record.title,
                    found="an addendum without a detail above it",
                    expected="details, each followed by its addenda",
                    hint="A record is missing: ask for the file again.",
                    **block.place(row),
                )
            mine, owners = mine[owners >= 0], owners[owners >= 0]
            np.maximum.at(ends, owners, block.ends[mine])
            names = [name for name in record.fields if name in self.fields]
            read = {
                name: read_field(block, mine, record.fields[name], self.layout) for name in names
            }
            joined = (
                pl.DataFrame({"owner": owners, **read})
                .group_by("owner", maintain_order=True)
                .agg(pl.col(one).filter(pl.col(one) != "").str.join(" ") for one in names)
            )
            every = pl.DataFrame({"owner": np.arange(len(rows), dtype=np.int64)})
            filled = every.join(joined, on="owner", how="left", maintain_order="left")
            columns |= {name: filled[name] for name in names}
        return columns
