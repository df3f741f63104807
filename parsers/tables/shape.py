"""What the reader of a table must be told, and what it returns."""

from dataclasses import dataclass
from typing import Protocol

import polars as pl

PLACES = ("record_no", "line", "byte_start", "byte_length")


class HasRecord(Protocol):
    """What is known of a trailer before it is read: the text of its first field."""

    @property
    def record(self) -> str: ...  # noqa: D102


class Shape(Protocol):
    """What the reader must know of a file: a `[layout]`, or a report's own `ReportShape`."""

    @property
    def encoding(self) -> str: ...  # noqa: D102
    @property
    def delimiter(self) -> str: ...  # noqa: D102
    @property
    def quote(self) -> str: ...  # noqa: D102
    @property
    def header(self) -> bool: ...  # noqa: D102
    @property
    def skip_lines(self) -> int: ...  # noqa: D102
    @property
    def comment(self) -> str | None: ...  # noqa: D102
    @property
    def trailer(self) -> HasRecord | None: ...  # noqa: D102
    def file_columns(self) -> list[str]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class ReportShape:
    """The shape of a processor's report: a header with at least the columns in `needed`."""

    needed: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    skip_lines: int = 0
    comment: str | None = None
    trailer: HasRecord | None = None

    def file_columns(self) -> list[str]:
        """Return the columns without which the report cannot be read."""
        return list(self.needed)


@dataclass(frozen=True, slots=True)
class Line:
    """One special line (header or trailer): its fields and where it stands."""

    fields: list[str]
    line: int
    byte_start: int


@dataclass(frozen=True, slots=True)
class Table:
    """Detail lines as text, and what stands around them.

    `cells` has one String column per file column plus record_no, line, byte_start, byte_length.
    `lines` counts every line of the file up to here except comments and blank ones.
    """

    cells: pl.DataFrame
    trailer: Line | None
    lines: int
    is_last: bool = True
