"""Lines and money by file, currency and outcome, added up in plain 64-bit integers.

They cannot overflow: whoever reads a side refuses amounts that come to 2^62 or more.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

Integers = npt.NDArray[np.int64]


def summed(places: npt.NDArray[np.integer], amounts: Integers, size: int) -> Integers:
    """Add up `amounts` by the places (0 to `size`) that they belong to."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, places, amounts)
    return total


def counted(
    lines: pl.DataFrame, files: pl.Series, sets: npt.NDArray[np.integer] | None = None
) -> pl.DataFrame:
    """Return how many `lines` there are and what they come to (`minor`).

    By `file_sha256`, `currency` and, if `sets` says one for each line, by `set`. `file_sha256` of
    the lines is their place in `files`.
    """
    file = lines["file_sha256"].to_numpy()
    codes = lines["currency"].to_physical()
    currencies = int(codes.to_numpy().max(initial=0)) + 1
    bucket = file * currencies + codes.to_numpy()
    number = 1
    if sets is not None:
        number = int(sets.max(initial=0)) + 1
        bucket = bucket * number + sets
    count = np.bincount(bucket)
    minor = summed(bucket, lines["amount_minor"].to_numpy(), count.size)
    there = np.flatnonzero(count)
    return pl.DataFrame(
        {
            "file_sha256": files.gather(there // number // currencies),
            "currency": pl.Series(there // number % currencies)
            .cast(codes.dtype)
            .cat.to(lines.schema["currency"])
            .cast(pl.String),
            "set": pl.Series(there % number, dtype=pl.UInt32),
            "lines": pl.Series(count[there], dtype=pl.Int64),
            "minor": minor[there],
        }
    )
