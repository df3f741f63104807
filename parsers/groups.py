"""Sums over the rows of each batch, period or payout, while a report is read piece by piece."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import polars as pl

from parsers.singles import FEW


class Query:
    """What is asked of each group: made once for all files.

    Args:
        sums: name → what is added up: sums (Int128 for money) and counts.
        firsts: name → what the first rows that have it say.
    """

    def __init__(
        self, sums: Mapping[str, pl.Expr], firsts: Mapping[str, pl.Expr] = MappingProxyType({})
    ) -> None:
        self.sums, self.firsts = tuple(sums), tuple(firsts)
        self.columns = [one.alias(name) for name, one in {**sums, **firsts}.items()]


class Groups:
    """What the rows of each group come to, over all pieces of a report, in the order of the file.

    Args:
        keys: the columns that rows of one group have in common.
        query: what they come to.
    """

    def __init__(self, keys: Sequence[str], query: Query) -> None:
        self.keys, self._query = tuple(keys), query
        self._found: dict[tuple[object, ...], dict[str, Any]] = {}

    def add(self, rows: pl.DataFrame) -> pl.Series:
        """Add rows; return `statement_no`, which group each of them belongs to, from 0."""
        groups = rows.group_by(self.keys, maintain_order=True).agg(self._query.columns)
        for row in groups.iter_rows(named=True):
            key = tuple(row[name] for name in self.keys)
            known = self._found.get(key)
            if known is None:
                self._found[key] = {**row, "statement_no": len(self._found)}
            else:
                self._merge(known, row)
        return self._numbers(rows, groups)

    def _merge(self, known: dict[str, Any], row: Mapping[str, Any]) -> None:
        for name in self._query.sums:
            known[name] += row[name]
        for name in self._query.firsts:
            known[name] = row[name] if known[name] is None else known[name]

    def _numbers(self, rows: pl.DataFrame, groups: pl.DataFrame) -> pl.Series:
        keys = groups.select(self.keys)
        known = [self._found[one]["statement_no"] for one in keys.rows()]
        numbers = pl.Series("statement_no", known, dtype=pl.Int32)
        if len(numbers) == 1:
            return numbers.new_from_index(0, rows.height)
        if rows.height < FEW:
            each = [self._found[one]["statement_no"] for one in rows.select(self.keys).rows()]
            return pl.Series("statement_no", each, dtype=pl.Int32)
        return rows.select(self.keys).join(
            keys.with_columns(numbers),
            on=self.keys,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )["statement_no"]

    def rows(self) -> list[dict[str, Any]]:
        """Return the groups, each with its keys, sums and firsts."""
        return list(self._found.values())
