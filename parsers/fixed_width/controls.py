"""What headers and trailers promise: that they are there, and that counts, sums and hash agree."""

import re

import numpy as np
import polars as pl

from parsers.declared.totals import amount_of, compare, hash_of, plain, refuse_difference, written
from parsers.fixed_width.fields import read_field
from parsers.fixed_width.layout import Layout, Record
from parsers.fixed_width.records import Block, Offsets
from parsers.outcome import ControlTotal, Findings

_FILLING = re.compile("^(-?)0+(?=[0-9])")
GROUP = "keep:group "
"""Prefix of the columns that say which trailer of a kind counts a detail."""


class Controls:
    """The trailers of one file and what they count, over the blocks read so far."""

    def __init__(self, layout: Layout, findings: Findings) -> None:
        self.layout, self.findings = layout, findings
        self.trailers = dict(layout.of_role("trailer"))
        self.seen = dict.fromkeys(range(len(layout.records)), 0)
        self.records = self.last = 0
        self.declared: dict[int, list[pl.DataFrame]] = {kind: [] for kind in self.trailers}
        self.counted: dict[int, list[pl.DataFrame]] = {kind: [] for kind in self.trailers}
        self.is_closed = False

    def with_groups(self, block: Block, cells: pl.DataFrame, rows: Offsets) -> pl.DataFrame:
        """Return the cells with the number of the trailer that counts each detail, per kind."""
        groups = {}
        for kind, record in self.trailers.items():
            above = np.searchsorted(block.rows(kind), rows) if record.scope == "group" else 0 * rows
            before = self.seen[kind] if record.scope == "group" else 0
            groups[f"{GROUP}{kind}"] = above + before
        return cells.with_columns(pl.Series(name, one) for name, one in groups.items())

    def add_records(self, block: Block) -> None:
        """Take in the trailers of a block, and that nothing follows the end of the file."""
        self._check_order(block)
        self.records += len(block.starts)
        for kind, record in self.trailers.items():
            rows = block.rows(kind)
            texts = {
                name: read_field(block, rows, place, self.layout)
                for name, place in record.fields.items()
            }
            first = self.seen[kind]
            numbers = np.arange(first, first + len(rows), dtype=np.int64)
            places = {"line": block.lines[rows], "byte_offset": block.origin + block.starts[rows]}
            self.declared[kind].append(pl.DataFrame({"group": numbers, **places, **texts}))
        for kind in self.seen:
            self.seen[kind] += int((block.kinds == kind).sum())

    def _check_order(self, block: Block) -> None:
        """Refuse what follows the trailer of the file: more than one file, or other records."""
        for kind, record in self.trailers.items():
            rows = block.rows(kind)
            if record.scope == "file" and self.seen[kind] + len(rows) > 1 and len(rows):
                self._refuse_order(block, int(rows[-1]), f"another record {record.title!r}")
        ignored = [kind for kind, _ in self.layout.of_role("ignored")]
        ends = [kind for kind, one in self.trailers.items() if one.scope == "file"]
        is_end = np.isin(block.kinds, ends)
        closed = 0 if self.is_closed else len(is_end)
        if is_end.any():
            closed = min(closed, int(np.flatnonzero(is_end)[0]))
            self.is_closed = True
        others = np.flatnonzero(~np.isin(block.kinds, ignored) & ~is_end)
        for row in others[others >= closed][:1].tolist():
            self._refuse_order(block, row, "a record after the trailer of the file")

    def _refuse_order(self, block: Block, row: int, found: str) -> None:
        self.findings.refuse(
            "record_order",
            found=found,
            expected="one trailer of the file, as its last record",
            hint="Two files in one, or a trailer that counts a group: scope = 'group'.",
            **block.place(row),
        )

    def add_rows(self, rows: pl.DataFrame) -> None:
        """Count the details of a block; amounts in the sender's own units."""
        for kind, record in self.trailers.items():
            wanted = [pl.len().cast(pl.Int128).alias("count")]
            wanted += [amount_of(one).sum().alias(f"sum {n}") for n, one in enumerate(record.sums)]
            if record.hash:
                wanted.append(hash_of("text:hash").sum().alias("hash"))
            keys = [pl.col(f"{GROUP}{kind}").alias("group"), pl.col("exponent:own")]
            self.counted[kind].append(rows.group_by(keys).agg(wanted))

    def check(self, size: int) -> list[ControlTotal]:
        """Compare everything that was declared; refuse what is missing or differs."""
        for kind, record in self.layout.of_role("header", "trailer"):
            if not self.seen[kind]:
                self._refuse_missing(record, size)
        totals = []
        for kind, record in self.trailers.items():
            if self.seen[kind]:
                totals += self._compared(kind, record, size)
        return totals

    def _refuse_missing(self, record: Record, size: int) -> None:
        is_header = record.role == "header"
        self.findings.refuse(
            "header_missing" if is_header else "trailer_missing",
            byte_offset=0 if is_header else size,
            record=record.title,
            found=f"no record {record.title!r}",
            expected="at least one",
            hint="The file is probably cut off: ask for it again.",
        )

    def _compared(self, kind: int, record: Record, size: int) -> list[ControlTotal]:
        """Return the totals of one kind of trailer, in the order of the file."""
        counted = self._by_group(kind)
        totals = []
        for row in pl.concat(self.declared[kind]).iter_rows(named=True):
            parts = counted.pop(row["group"], [])
            for total in self._totals(record, row, parts):
                totals.append(total)
                refuse_difference(
                    total,
                    self.findings,
                    line=row["line"],
                    byte_offset=row["byte_offset"],
                    record=record.title,
                )
        if counted:
            self.findings.refuse(
                "trailer_missing",
                byte_offset=size,
                record=record.title,
                found=f"{sum(int(one['count']) for one in counted.popitem()[1])} details after the "
                f"last record {record.title!r}",
                expected="a trailer after the details that it counts",
                hint="The file is probably cut off: ask for it again.",
            )
        return totals

    def _by_group(self, kind: int) -> dict[int, list[dict[str, int]]]:
        """Return group → sums per exponent."""
        if not self.counted[kind]:
            return {}
        whole = pl.concat(self.counted[kind]).group_by("group", "exponent:own").agg(pl.all().sum())
        found: dict[int, list[dict[str, int]]] = {}
        for row in whole.sort("group", "exponent:own").iter_rows(named=True):
            found.setdefault(row["group"], []).append(row)
        return found

    def _totals(
        self, record: Record, row: dict[str, str], parts: list[dict[str, int]]
    ) -> list[ControlTotal]:
        prefix = f"{record.title} {int(row['group']) + 1}: " if record.scope == "group" else ""
        totals = []
        if record.count:
            counted = sum(int(one["count"]) for one in parts)
            if record.count.over == "lines":
                counted = self.records
            totals.append(compare(f"{prefix}count", _short(row[record.count.field]), str(counted)))
        for place, one in enumerate(record.sums):
            minors: dict[int, int] = {
                part["exponent:own"]: int(part[f"sum {place}"] or 0) for part in parts
            }
            declared = _short(plain(row[one.field], self.layout))
            totals.append(compare(prefix + one.name(), declared, written(minors, self.layout)))
        if record.hash:
            whole = sum(int(part["hash"] or 0) for part in parts)
            computed = str(whole % 10**record.hash.digits)
            totals.append(compare(f"{prefix}hash", _short(row[record.hash.field]), computed))
        return totals


def _short(number: str) -> str:
    """Return a number without the zeros that fill its field."""
    return _FILLING.sub(r"\1", number)
