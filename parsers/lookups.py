"""Words of a column to what they stand for, cheaply for a few rows and for a million.

`replace_strict` prepares its table for every query, which for a short column costs far more than
looking its words up one by one.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from parsers.singles import FEW


def looked_up(text: pl.Expr, words: Mapping[Any, Any], dtype: pl.DataType) -> pl.Expr:
    """Return what `words` say of each value of `text`; null where they say nothing.

    Args:
        text: column of keys, or of nulls.
        words: key → value; it must not change later.
        dtype: of the values.
    """
    return text.map_batches(lambda keys: look_up(keys, words, dtype), return_dtype=dtype)


def look_up(
    keys: pl.Series, words: Mapping[Any, Any], dtype: pl.DataType, default: Any = None
) -> pl.Series:
    """Return what `looked_up` says, for a column at hand; `default` where `words` say nothing."""
    if len(keys) < FEW:
        found = [words.get(one, default) for one in keys.to_list()]
        return pl.Series(keys.name, found, dtype=dtype)
    if keys.dtype == pl.Null:
        return pl.Series(keys.name, [default], dtype=dtype).new_from_index(0, len(keys))
    return keys.replace_strict(words, default=default, return_dtype=dtype)
