"""Whether a frame keeps a pandera schema, answered in one query.

Pandera looks at each column and check by itself, which costs ten milliseconds however small the
frame is. The verdict needs one pass over expressions made from the same schema; what is wrong with
a frame that fails is for pandera to say. Tests hold both verdicts to be equal.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pandera.polars as pa
import polars as pl

_Kept = Callable[..., pl.Expr]
# The checks that our schemas use, by pandera's names, with its own statistics as arguments.
_CHECKS: Mapping[str, _Kept] = {
    "isin": lambda column, allowed_values: column.is_in(list(allowed_values)),
    "greater_than_or_equal_to": lambda column, min_value: column.min() >= min_value,
    "in_range": lambda column, min_value, max_value, include_min, include_max: (
        (column.min() >= min_value) & (column.max() <= max_value)
        if include_min and include_max
        else pl.lit(value=False)
    ),
    "str_matches": lambda column, pattern: column.unique().str.contains(pattern),
}


class QuickSchema:
    """A strict, ordered schema as one query; `is_kept` may say no where pandera says yes."""

    def __init__(self, schema: pa.DataFrameSchema) -> None:
        self._types = {name: column.dtype.type for name, column in schema.columns.items()}
        required = [name for name, column in schema.columns.items() if not column.nullable]
        self._verdicts = [
            *(pl.col(name).null_count().eq(0).alias(f"null {name}") for name in required),
            *(
                _kept(name, check).alias(f"{number} {name}")
                for name, column in schema.columns.items()
                for number, check in enumerate(column.checks)
            ),
        ]

    def is_kept(self, frame: pl.DataFrame) -> bool:
        """Tell whether types, order, nulls and checks of every column are right."""
        if list(frame.schema.items()) != list(self._types.items()):
            return False
        return all(frame.select(self._verdicts).row(0))


def _kept(name: str, check: pa.Check) -> pl.Expr:
    known = _CHECKS.get(str(check.name))
    if known is None:
        return pl.lit(value=False)
    arguments: dict[str, Any] = dict(check.statistics or {})
    # A column without values breaks nothing: then there is no least one, and no verdict.
    return known(pl.col(name), **arguments).all().fill_null(value=True)
