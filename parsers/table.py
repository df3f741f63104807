"""Delimited bytes to rows of text: the names under which formats import `parsers.tables`."""

from parsers.tables.cells import fields_of, first_fields, read_cells
from parsers.tables.reading import (
    Rows,
    read_records,
    read_rows,
    read_spans,
    read_table,
    read_tables,
)
from parsers.tables.shape import PLACES, HasRecord, Line, ReportShape, Shape, Table
from parsers.tables.spans import CR, LF, Offsets, Piece, Spans

__all__ = [
    "CR",
    "LF",
    "PLACES",
    "HasRecord",
    "Line",
    "Offsets",
    "Piece",
    "ReportShape",
    "Rows",
    "Shape",
    "Spans",
    "Table",
    "fields_of",
    "first_fields",
    "read_cells",
    "read_records",
    "read_rows",
    "read_spans",
    "read_table",
    "read_tables",
]
