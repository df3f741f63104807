"""The `[layout]` table of a delimited file: how it is written, and what each column means.

Unknown keys are errors. Reference for people: docs/formats/delimited.md.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator, model_validator

from parsers.declared.rules import Column, LineRules, Summed, build_layout_of
from tieout.config.strict import StrictModel


class DeclaredCount(StrictModel):
    """A field of the trailer that counts: detail lines, or all lines with header and trailer."""

    field: int = Field(ge=1)
    over: Literal["records", "lines"] = "records"


class DeclaredSum(Summed):
    """A field of the trailer that holds a sum, written the way the amounts are."""

    field: int = Field(ge=1)


class DeclaredHash(StrictModel):
    """A field of the trailer that holds the sum of the numbers of a column, its last digits."""

    field: int = Field(ge=1)
    over: Column
    digits: int = Field(18, ge=1, le=18)


class Trailer(StrictModel):
    """The last line: how it is known, and what it declares. Positions count from 1."""

    record: str = Field(description="Text of the trailer's first field.")
    count: DeclaredCount | None = None
    sums: list[DeclaredSum] = Field(default_factory=list)
    hash: DeclaredHash | None = None


class Layout(LineRules):
    """The whole `[layout]` table."""

    encoding: Literal["utf-8", "ascii", "latin-1", "cp1252", "iso-8859-15"] = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1)
    header: bool = True
    skip_lines: int = Field(0, ge=0)
    comment: str | None = None
    trailer: Trailer | None = None

    @field_validator("delimiter", "quote")
    @classmethod
    def _is_ascii(cls, mark: str) -> str:
        if not mark.isascii():
            raise ValueError(f"{mark!r} is not one ASCII character")
        return mark

    @model_validator(mode="after")
    def _names_its_columns(self) -> "Layout":
        if self.delimiter == self.quote:
            raise ValueError(f"delimiter and quote are both {self.delimiter!r}")
        if not self.header:
            for column in self.file_columns():
                if not str(column).isdecimal() or int(column) < 1:
                    raise ValueError(
                        f"without a header, columns are numbers from 1, not {column!r}"
                    )
        return self

    def extra_column(self) -> Column | None:
        """Return the column whose digits the trailer sums."""
        return self.trailer.hash.over if self.trailer and self.trailer.hash else None

    def file_columns(self) -> list[str]:
        """Return every column of the file that the layout reads, each once."""
        extra = self.extra_column()
        named = [*self.line_columns(), *([] if extra is None else [extra])]
        return list(dict.fromkeys(str(one) for one in named))


def build_layout(table: Mapping[str, object] | None, *, feed: str) -> Layout:
    """Return the validated layout.

    Raises:
        UsageError: no layout, or every key that is unknown, missing or wrong.
    """
    return build_layout_of(Layout, table, feed=feed)
