"""Whether a frame keeps a pandera schema, answered column by column without pandera.

Pandera builds queries for each column and check, which costs ten milliseconds however small the
frame is. The verdict needs a look at each column, with checks made once from the same schema; what
is wrong with a frame that fails is for pandera to say. Tests hold both verdicts to be equal.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pandera.polars as pa
import polars as pl

_FEW = 64
"""Up to so many values, Python looks at them sooner than Polars begins to."""

_Kept = Callable[[pl.Series], bool]


class QuickSchema:
    """A strict, ordered schema; `is_kept` may say no where pandera says yes."""

    def __init__(self, schema: pa.DataFrameSchema) -> None:
        self._names = list(schema.columns)
        self._types = [column.dtype.type for column in schema.columns.values()]
        self._required = [not column.nullable for column in schema.columns.values()]
        self._checks = [[_kept(one) for one in column.checks] for column in schema.columns.values()]

    def is_kept(self, frame: pl.DataFrame) -> bool:
        """Tell whether types, order, nulls and checks of every column are right."""
        if frame.columns != self._names or frame.dtypes != self._types:
            return False
        columns = zip(frame.get_columns(), self._required, self._checks, strict=True)
        return all(
            not (required and column.null_count()) and all(kept(column) for kept in checks)
            for column, required, checks in columns
        )


def _kept(check: pa.Check) -> _Kept:
    """Return a check that our schemas use, by pandera's name and with its own statistics."""
    make = _CHECKS.get(str(check.name))
    if make is None:
        return lambda _: False
    statistics: Mapping[str, Any] = dict(check.statistics or {})
    return make(**statistics)


def _isin(allowed_values: frozenset[str]) -> _Kept:
    allowed = {*allowed_values, None}
    return lambda column: allowed.issuperset(_distinct(column).to_list())


def _at_least(min_value: int) -> _Kept:
    return lambda column: (least := column.min()) is None or bool(least >= min_value)  # type: ignore[operator]


def _in_range(
    min_value: int,
    max_value: int,
    include_min: bool,
    include_max: bool,
) -> _Kept:
    def kept(column: pl.Series) -> bool:
        least, most = column.min(), column.max()
        return least is None or bool(least >= min_value and most <= max_value)  # type: ignore[operator]

    return kept if include_min and include_max else lambda _: False


def _matches(pattern: str) -> _Kept:
    whole = re.compile(pattern)

    def kept(column: pl.Series) -> bool:
        texts = _distinct(column)
        if len(texts) <= _FEW:
            return all(text is None or whole.fullmatch(text) for text in texts.to_list())
        return texts.str.contains(pattern).all()

    return kept


def _distinct(column: pl.Series) -> pl.Series:
    """Return the values, each at least once (a null may be left out)."""
    if len(column) <= _FEW:
        return column
    first = column[0]
    is_one = first is not None and (column == first).all()
    return column.head(1) if is_one else column.unique()


_CHECKS: Mapping[str, Callable[..., _Kept]] = {
    "isin": _isin,
    "greater_than_or_equal_to": _at_least,
    "in_range": _in_range,
    "str_matches": _matches,
}
