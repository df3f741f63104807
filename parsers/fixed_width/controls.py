"""What headers and trailers promise: that they are there, and that counts, sums and hash agree."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.declared.convert import Converter
from parsers.declared.totals import (
    amounts_of,
    compare,
    digit_numbers,
    exact_sums,
    plain,
    refuse_difference,
    written,
)
from parsers.fixed_width.fields import read_field
from parsers.fixed_width.layout import Layout, Record
from parsers.fixed_width.records import Block, Offsets
from parsers.outcome import ControlTotal, Findings

_FILLING = re.compile("^(-?)0+(?=[0-9])")
_EXPONENTS = 8
"""More than there are exponents: a group and an exponent make one key."""

_Parts = dict[int, list[int]]
"""Exponent of the amounts → count of the details, their sums, and their hash if one is declared."""


@dataclass(frozen=True, slots=True)
class _Declared:
    """A trailer: which of its kind it is, where it stands, and its fields."""

    group: int
    place: dict[str, int]
    fields: dict[str, str]


class Controls:
    """The trailers of one file and what they count, over the blocks read so far."""

    def __init__(self, layout: Layout, findings: Findings) -> None:
        self.layout, self.findings = layout, findings
        self.trailers = dict(layout.of_role("trailer"))
        self.seen = dict.fromkeys(range(len(layout.records)), 0)
        self.records = self.last = 0
        self.declared: dict[int, list[_Declared]] = {kind: [] for kind in self.trailers}
        self.counted: dict[int, dict[int, _Parts]] = {kind: {} for kind in self.trailers}
        self.is_closed = False

    def groups(self, block: Block, rows: Offsets) -> dict[int, Offsets]:
        """Return the number of the trailer that counts each detail, per kind of trailer."""
        groups = {}
        for kind, record in self.trailers.items():
            of_file = np.zeros(len(rows), dtype=np.int64)
            above = np.searchsorted(block.rows(kind), rows) + self.seen[kind]
            groups[kind] = above if record.scope == "group" else of_file
        return groups

    def add_records(self, block: Block) -> None:
        """Take in the trailers of a block, and that nothing follows the end of the file."""
        self._check_order(block)
        self.records += len(block.starts)
        for kind, record in self.trailers.items():
            rows = block.rows(kind)
            if not len(rows):
                continue
            columns = [read_field(block, rows, one, self.layout) for one in record.fields.values()]
            texts = zip(*([text or "" for text in one.few] for one in columns), strict=True)
            for group, (row, values) in enumerate(zip(rows, texts, strict=False), self.seen[kind]):
                fields = dict(zip(record.fields, values, strict=True))
                self.declared[kind].append(_Declared(group, block.place(int(row)), fields))
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
        is_end = block.are(ends)
        closed = 0 if self.is_closed else len(is_end)
        if is_end.any():
            closed = min(closed, int(np.flatnonzero(is_end)[0]))
            self.is_closed = True
        others = np.flatnonzero(~block.are(ignored) & ~is_end)
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

    def add_lines(self, found: Converter, groups: dict[int, Offsets]) -> None:
        """Count the details of a block; amounts in the sender's own units."""
        if not found.height:
            return
        for kind, record in self.trailers.items():
            keys = groups[kind] * _EXPONENTS + found.exponents
            known, firsts, order = _in_groups(keys)
            columns = [np.ones(found.height, dtype=np.int64)]
            columns += [amounts_of(one, found) for one in record.sums]
            if record.hash:
                columns.append(digit_numbers(found.texts["hash"].column))
            sums = zip(*(exact_sums(one, order, firsts) for one in columns), strict=True)
            for key, figures in zip(known.tolist(), sums, strict=True):
                group, exponent = divmod(key, _EXPONENTS)
                by_exponent = self.counted[kind].setdefault(group, {})
                before = by_exponent.get(exponent, [0] * len(figures))
                by_exponent[exponent] = [
                    one + more for one, more in zip(before, figures, strict=True)
                ]

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
        counted = self.counted[kind]
        totals = []
        for declared in self.declared[kind]:
            parts = counted.pop(declared.group, {})
            for total in self._totals(record, declared, parts):
                totals.append(total)
                place = {name: declared.place[name] for name in ("line", "byte_offset")}
                refuse_difference(total, self.findings, record=record.title, **place)
        if counted:
            self.findings.refuse(
                "trailer_missing",
                byte_offset=size,
                record=record.title,
                found=f"{_count(counted.popitem()[1])} details after the "
                f"last record {record.title!r}",
                expected="a trailer after the details that it counts",
                hint="The file is probably cut off: ask for it again.",
            )
        return totals

    def _totals(self, record: Record, declared: _Declared, parts: _Parts) -> list[ControlTotal]:
        prefix = f"{record.title} {declared.group + 1}: " if record.scope == "group" else ""
        fields = declared.fields
        totals = []
        if record.count:
            counted = self.records if record.count.over == "lines" else _count(parts)
            said = _short(fields[record.count.field])
            totals.append(compare(f"{prefix}count", said, str(counted)))
        for place, one in enumerate(record.sums, 1):
            minors = {exponent: figures[place] for exponent, figures in parts.items()}
            said = _short(plain(fields[one.field], self.layout))
            totals.append(compare(prefix + one.name(), said, written(minors, self.layout)))
        if record.hash:
            computed = sum(figures[-1] for figures in parts.values()) % 10**record.hash.digits
            said = _short(fields[record.hash.field])
            totals.append(compare(f"{prefix}hash", said, str(computed)))
        return totals


def _count(parts: _Parts) -> int:
    return sum(figures[0] for figures in parts.values())


def _in_groups(keys: Offsets) -> tuple[Offsets, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the distinct keys, where each begins among the sorted ones, and their order."""
    order = np.argsort(keys, kind="stable")
    known, firsts = np.unique(keys[order], return_index=True)
    return known, firsts, order


def _short(number: str) -> str:
    """Return a number without the zeros that fill its field."""
    return _FILLING.sub(r"\1", number)
