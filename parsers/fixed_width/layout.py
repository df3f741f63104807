"""The `[layout]` table of a fixed-width file: its records, and what their fields mean.

Unknown keys are errors. Reference for people: docs/formats/fixed_width.md.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from parsers.declared.rules import Column, LineRules, Summed, build_layout_of
from tieout.config.faults import suggest
from tieout.config.strict import StrictModel

_POSITIONS = {
    "type": "array",
    "prefixItems": [{"type": "integer", "minimum": 1}] * 2,
    "minItems": 2,
    "maxItems": 2,
    "description": "First and last position, counted from 1.",
}
_BY_LINES_ONLY = "needs line_ends = false and record_bytes: its bytes may look like line ends"


def _or_positions(schema: dict[str, Any]) -> None:
    """Say in the schema that a field may be written as its positions alone."""
    table = dict(schema)
    schema.clear()
    schema["anyOf"] = [_POSITIONS, table]


def _or_one(schema: dict[str, Any]) -> None:
    """Say in the schema that a list of one may be written without its brackets."""
    words = ("type", "items", "minItems")
    array = {word: schema.pop(word) for word in words if word in schema}
    schema["anyOf"] = [array["items"], array]


class Place(StrictModel):
    """Where a field stands and how it is written: `[first, last]`, or a table with more."""

    model_config = ConfigDict(json_schema_extra=_or_positions)

    at: tuple[int, int]
    form: Literal["text", "signed", "zoned", "packed"] = "text"
    decimals: int | None = Field(None, ge=0, le=6, description="Digits after a point not written.")
    overlaps: list[str] = Field(
        default_factory=list,
        description="Fields of the record that share bytes with this one, on purpose.",
        json_schema_extra=_or_one,
    )

    @field_validator("overlaps", mode="before")
    @classmethod
    def _may_be_one(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _may_be_positions(cls, value: object) -> object:
        return {"at": value} if isinstance(value, list | tuple) else value

    @field_validator("at")
    @classmethod
    def _is_in_order(cls, at: tuple[int, int]) -> tuple[int, int]:
        return _checked(at)

    @property
    def first(self) -> int:
        """Offset of the first byte in the record, from 0."""
        return self.at[0] - 1

    @property
    def width(self) -> int:
        """Number of bytes."""
        return self.at[1] - self.at[0] + 1


def _checked(at: tuple[int, int]) -> tuple[int, int]:
    if not 1 <= at[0] <= at[1]:
        raise ValueError(f"positions count from 1, first before last; found {list(at)}")
    return at


class Condition(StrictModel):
    """What a record looks like: the text at a place is one of those listed."""

    at: tuple[int, int]
    texts: list[str] = Field(alias="is", min_length=1, json_schema_extra=_or_one)

    @field_validator("texts", mode="before")
    @classmethod
    def _may_be_one(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits(self) -> "Condition":
        width = _checked(self.at)[1] - self.at[0] + 1
        for text in self.texts:
            if len(text) != width:
                raise ValueError(f"{text!r} has {len(text)} characters, its place has {width}")
        return self


class DeclaredCount(StrictModel):
    """A field of a trailer that counts: details, or all records with headers and trailers."""

    field: str
    over: Literal["records", "lines"] = "records"


class DeclaredSum(Summed):
    """A field of a trailer that holds a sum."""

    field: str


class DeclaredHash(StrictModel):
    """A field of a trailer that holds the sum of the numbers of a field, its last digits."""

    field: str
    over: str
    digits: int = Field(18, ge=1, le=18)


class Record(StrictModel):
    """One kind of record: how it is known, what it is for, and its fields."""

    role: Literal["header", "detail", "addendum", "trailer", "ignored"]
    name: str = Field("", description="What findings call it; else its role.")
    when: list[Condition] = Field(
        default_factory=list, description="All of them must hold.", json_schema_extra=_or_one
    )
    fields: dict[str, Place] = Field(default_factory=dict)
    scope: Literal["file", "group"] = Field(
        "file", description="What a trailer counts: the whole file, or since the last one."
    )
    count: DeclaredCount | None = None
    sums: list[DeclaredSum] = Field(default_factory=list)
    hash: DeclaredHash | None = None

    @field_validator("when", mode="before")
    @classmethod
    def _may_be_one(cls, value: object) -> object:
        return [value] if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _declares_what_it_has(self) -> "Record":
        named = [one.field for one in self.sums]
        named += [one.field for one in (self.count, self.hash) if one is not None]
        if named and self.role != "trailer":
            raise ValueError(f"count, sums and hash belong to a trailer, not to a {self.role}")
        for one in named:
            if one not in self.fields:
                raise ValueError(
                    f"{one!r} is no field of this record; {suggest(one, [*self.fields])}"
                )
        if self.count and self.count.over == "lines" and self.scope == "group":
            raise ValueError("count over lines is of the whole file: scope = 'file'")
        return self

    @model_validator(mode="after")
    def _shares_bytes_on_purpose(self) -> "Record":
        for name, place in self.fields.items():
            for other in place.overlaps:
                if other not in self.fields:
                    known = [one for one in self.fields if one != name]
                    raise ValueError(f"{name!r} overlaps {other!r}: {suggest(other, known)}")
        for (one, first), (two, second) in combinations(self.fields.items(), 2):
            shared = max(first.at[0], second.at[0]), min(first.at[1], second.at[1])
            is_said = two in first.overlaps or one in second.overlaps
            if shared[0] <= shared[1] and not is_said:
                raise ValueError(
                    f"fields {one!r} and {two!r} both read positions {list(shared)}: correct one "
                    f"of them, or write overlaps = {one!r} into {two!r} where that is meant"
                )
        return self

    @property
    def title(self) -> str:
        """What findings call it."""
        return self.name or self.role

    @property
    def length(self) -> int:
        """How long a record must be to have all its fields."""
        lasts = [one.at[1] for one in self.fields.values()]
        return max(lasts + [one.at[1] for one in self.when], default=0)


class Layout(LineRules):
    """The whole `[layout]` table."""

    encoding: Literal[
        "ascii",
        "latin-1",
        "cp1252",
        "iso-8859-15",
        "utf-8",
        "cp037",
        "cp273",
        "cp500",
        "cp1140",
    ] = Field("ascii", description="cp037, cp273, cp500 and cp1140 are EBCDIC.")
    line_ends: bool = Field(True, description="False: records of record_bytes follow each other.")
    record_bytes: int | None = Field(None, ge=1, description="How long every record is.")
    pad: bool = Field(False, description="The sender cuts blanks off the ends of lines.")
    records: list[Record] = Field(min_length=1)

    @property
    def is_ebcdic(self) -> bool:
        """Whether digits are F0 to F9."""
        return self.encoding in ("cp037", "cp273", "cp500", "cp1140")

    def of_role(self, *roles: str) -> Iterator[tuple[int, Record]]:
        """Yield the kinds of record that play a role, with their place in the list."""
        return ((place, one) for place, one in enumerate(self.records) if one.role in roles)

    def extra_column(self) -> Column | None:
        """Return the field whose digits trailers sum."""
        return next((one.hash.over for _, one in self.of_role("trailer") if one.hash), None)

    @model_validator(mode="after")
    def _hangs_together(self) -> "Layout":
        if not any(self.of_role("detail")):
            raise ValueError("[[layout.records]] has no record with role = 'detail'")
        if not self.line_ends and self.record_bytes is None:
            raise ValueError("line_ends = false needs record_bytes")
        if self.pad and not self.line_ends:
            raise ValueError("pad = true is for lines: records without line ends have one length")
        for record in self.records:
            self._check_record(record)
        hashes = {one.hash.over for _, one in self.of_role("trailer") if one.hash}
        if len(hashes) > 1:
            raise ValueError(f"hash totals over two fields: {', '.join(sorted(hashes))}")
        known = self.line_fields()
        extra = self.extra_column()
        for column in [*self.line_columns(), *([] if extra is None else [extra])]:
            if str(column) not in known:
                raise ValueError(f"{column!r} is no field of a record; {suggest(column, known)}")
        return self

    def _check_record(self, record: Record) -> None:
        if self.record_bytes is not None and record.length > self.record_bytes:
            raise ValueError(
                f"record {record.title!r} reaches to position {record.length}, but record_bytes is "
                f"{self.record_bytes}"
            )
        for name, place in record.fields.items():
            if place.form == "packed" and self.line_ends:
                raise ValueError(f"field {name!r}: form = 'packed' {_BY_LINES_ONLY}")
            if place.decimals is not None and self.amounts == "minor":
                raise ValueError(f"field {name!r}: decimals contradict amounts = 'minor'")
        for one in record.when:
            for text in one.texts:
                try:
                    text.encode(self.encoding)
                except UnicodeEncodeError:
                    raise ValueError(f"{text!r} cannot be written in {self.encoding}") from None

    @model_validator(mode="after")
    def _names_each_field_for_one_purpose(self) -> "Layout":
        owners: dict[str, str] = {}
        for _, record in self.of_role("header", "detail", "addendum"):
            for name in record.fields:
                owner = "detail" if record.role == "detail" else record.title
                if owners.setdefault(name, owner) != owner:
                    raise ValueError(f"field {name!r} stands in both {owners[name]} and {owner}")
        return self

    def line_fields(self) -> list[str]:
        """Return the names of all fields that a line can be made of, each once."""
        named = [
            name for _, one in self.of_role("header", "detail", "addendum") for name in one.fields
        ]
        return list(dict.fromkeys(named))


def build_layout(table: Mapping[str, object] | None, *, feed: str) -> Layout:
    """Return the validated layout.

    Raises:
        UsageError: no layout, or every key that is unknown, missing or wrong.
    """
    return build_layout_of(Layout, table, feed=feed)
