"""A file as a lazy frame: parsed while it is collected, so that a day may be larger than memory."""

import mmap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from parsers import ParsedFile, Stream
from parsers.errors import Refused
from tieout.frames.settlement import LINE_SCHEMA


def scan(
    path: Path, *, told: Callable[[ParsedFile], None] = lambda _: None, **reading: Any
) -> pl.LazyFrame:
    """Return the lines of a file as a lazy frame (shape: lines, SettlementLine).

    Only what a query asks for is kept; it ends with what `parse` would have refused.

    Args:
        path: the file as received.
        told: called with the outcome, without lines, when the file has been read to its end.
        reading: the other arguments of `parsers.parse`.

    Raises:
        UsageError: as `parse` does, here or while it is collected.
        Refused: while it is collected to its end, when the file is not accepted.
    """
    stream = Stream(mapped(path), **reading)

    def batches(
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        _batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        for batch in stream:
            wanted = batch if left is None else batch.head(left)
            left = None if left is None else left - wanted.height
            wanted = wanted if predicate is None else wanted.filter(predicate)
            yield wanted if with_columns is None else wanted.select(with_columns)
            if left == 0:
                return
        told(stream.outcome)
        if not stream.outcome.accepted:
            raise Refused(stream.outcome.refusals[0])

    return register_io_source(batches, schema=LINE_SCHEMA, validate_schema=True)


def mapped(path: Path) -> bytes | mmap.mmap:
    """Return the bytes of a file without reading them yet; an empty file has none to map."""
    with path.open("rb") as handle:
        if not path.stat().st_size:
            return b""
        return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
