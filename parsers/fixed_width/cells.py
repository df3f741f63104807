"""Records to one row of text per detail: its own fields, its headers' and its addenda's."""

import numpy as np

from parsers.declared.texts import Cells, Places, Texts, gathered, joined, merged
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
        rows = np.flatnonzero(block.are(self.details))
        ends = block.ends[rows].copy()
        columns = self._of_details(block, rows)
        columns |= self._of_headers(block, rows)
        columns |= self._of_addenda(block, rows, ends)
        starts = block.starts[rows]
        places = Places(block.first + rows, block.lines[rows], block.origin + starts, ends - starts)
        return Cells(columns, places), rows

    def _of_details(self, block: Block, rows: Offsets) -> dict[str, Texts]:
        kinds, found = block.kinds[rows], dict[str, list[tuple[Offsets, Texts]]]()
        for kind, record in self.layout.of_role("detail"):
            is_mine = kinds == kind
            for name, place in record.fields.items():
                if name in self.fields:
                    mine = read_field(block, rows[is_mine], place, self.layout)
                    found.setdefault(name, []).append((np.flatnonzero(is_mine), mine))
        return {name: merged(parts, len(rows)) for name, parts in found.items()}

    def _of_headers(self, block: Block, rows: Offsets) -> dict[str, Texts]:
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
                if name in self.fields:
                    texts = read_field(block, heads, place, self.layout)
                    columns[name] = gathered(self.carried.get(name), texts, above)
                    if len(heads):
                        self.carried[name] = texts.text(len(heads) - 1)
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

    def _of_addenda(self, block: Block, rows: Offsets, ends: Offsets) -> dict[str, Texts]:
        """Return the fields of the addenda below each detail; move the ends of the details."""
        columns: dict[str, Texts] = {}
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
            for name, place in record.fields.items():
                if name in self.fields:
                    texts = read_field(block, mine, place, self.layout)
                    columns[name] = joined(texts, owners, len(rows))
        return columns
