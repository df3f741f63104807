"""Frames from rows and rows from frames, a bounded number at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import polars.selectors as cs
from sqlalchemy import ColumnElement, Connection, Dialect, Select, Table

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

    `same` holds values that are equal in all rows. Rows go to the driver as tuples: letting
    SQLAlchemy bind each value of each row costs more than the database does. Only text, integers
    and dates may stand in the frame; they need no conversion but that of dates for SQLite.
    """
    dialect = connection.dialect
    if dialect.name == "sqlite":
        frame = frame.with_columns(cs.date().cast(pl.String))
    constants = tuple(_bound(table, name, value, dialect) for name, value in same.items())
    statement = _insert_statement(table, [*frame.columns, *same], dialect)
    for part in frame.iter_slices(_ROWS_PER_INSERT):
        connection.exec_driver_sql(statement, [row + constants for row in part.iter_rows()])


def _insert_statement(table: Table, names: list[str], dialect: Dialect) -> str:
    quote = dialect.identifier_preparer
    columns = ", ".join(quote.format_column(table.c[name]) for name in names)
    marks = ", ".join(["?" if dialect.paramstyle == "qmark" else "%s"] * len(names))
    # Names come from our own Table, quoted by the dialect; values are bound.
    return f"INSERT INTO {quote.format_table(table)} ({columns}) VALUES ({marks})"  # noqa: S608


def _bound(table: Table, name: str, value: object, dialect: Dialect) -> object:
    """Return a value as the driver takes it for this column."""
    process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return value if process is None else process(value)
