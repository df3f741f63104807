"""Frames from rows and rows from frames, a bounded number at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, Table, insert

# SQLite takes 32,766 parameters in one statement; MariaDB plans lists of a thousand keys well.
_KEYS_PER_QUERY = 1000
_ROWS_PER_INSERT = 5000


def read_in(
    connection: Connection,
    query: Select[Any],
    column: ColumnElement[Any],
    keys: Sequence[str],
    schema: Mapping[str, pl.DataType],
) -> pl.DataFrame:
    """Run `query` for all rows whose `column` is one of `keys`; the order is not defined."""
    rows: list[tuple[Any, ...]] = []
    for part in chunks(keys):
        found = connection.execute(query.where(column.in_(part)))
        rows.extend(tuple(row) for row in found)
    return pl.DataFrame(rows, schema=dict(schema), orient="row")


def chunks(keys: Sequence[str]) -> list[Sequence[str]]:
    """Cut a list of keys into parts that one statement can take."""
    return [keys[i : i + _KEYS_PER_QUERY] for i in range(0, len(keys), _KEYS_PER_QUERY)]


def insert_frame(connection: Connection, table: Table, frame: pl.DataFrame, **same: object) -> None:
    """Insert every row of a frame whose columns are named as the table's.

    `same` holds values that are equal in all rows. Turning rows into dictionaries here is what the
    driver needs to bind them; nothing is computed on them.
    """
    for part in frame.iter_slices(_ROWS_PER_INSERT):
        rows = [row | same for row in part.iter_rows(named=True)]
        connection.execute(insert(table), rows)
