"""How records are cut into fields: between quotes and separators, or at fixed positions.

Either way a record has a name, and fields without the blanks around them. A few records are cut one
by one, many a column at a time (`parsers.singles` says why).
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import polars as pl

from parsers.amex import layout
from parsers.fields import cut_texts, stripped
from parsers.singles import FEW
from parsers.text_records import Records
from parsers.views import Offsets

Texts = Mapping[str, pl.Series]
"""Field → its text in every record with money; null where it is blank or the record has none."""


class Cut(Protocol):
    """One way to cut records."""

    def names(self, texts: pl.Series) -> pl.Series:
        """Return what the records say they are."""

    def codes(self) -> tuple[str, ...]:
        """Return the names of the records with money."""

    def one(self, code: str, text: str) -> Mapping[str, str | None]:
        """Return the fields of one record."""

    def many(
        self, code: str, texts: pl.Series, only: tuple[str, ...] = ()
    ) -> Mapping[str, pl.Series]:
        """Return the fields of records of one name, or some of them."""


class Delimited:
    """Fields in quotes with commas or tabs between them."""

    def __init__(self, head: bytes) -> None:
        self.mark = '"\t"' if b'"\t"' in head else '","'
        self.places = {code: {"payee": 1, **places} for code, places in layout.MONEY.items()}

    def names(self, texts: pl.Series) -> pl.Series:
        """Return the first field of each record."""
        if len(texts) < FEW:
            names = [self.split(one)[0] for one in texts.to_list()]
            return pl.Series(texts.name, names, dtype=pl.String)
        first = self._inner(texts).str.splitn(self.mark, 2).struct.field("field_0")
        return texts.to_frame().select(first.alias(texts.name)).to_series()

    def codes(self) -> tuple[str, ...]:
        """Return the names of the records with money."""
        return tuple(self.places)

    def split(self, text: str) -> list[str]:
        """Return the fields of one record as they stand."""
        return stripped(text).removeprefix('"').removesuffix('"').split(self.mark)

    def one(self, code: str, text: str) -> Mapping[str, str | None]:
        """Return the fields of one record."""
        fields = self.split(text)
        return {
            name: (stripped(fields[place]) or None) if place < len(fields) else None
            for name, place in self.places[code].items()
        }

    def many(
        self, code: str, texts: pl.Series, only: tuple[str, ...] = ()
    ) -> Mapping[str, pl.Series]:
        """Return the fields of records of one name, or some of them."""
        fields = self._inner(texts).str.split(self.mark)
        split = texts.to_frame().select(fields.alias("fields"))
        cells = {
            name: pl.col("fields").list.get(place, null_on_oob=True).str.strip_chars()
            for name, place in self.places[code].items()
            if not only or name in only
        }
        kept = [pl.when(cell != "").then(cell).alias(name) for name, cell in cells.items()]
        return split.select(kept).to_dict()

    def _inner(self, texts: pl.Series) -> pl.Expr:
        text = pl.col(texts.name).str.strip_chars()
        return text.str.strip_prefix('"').str.strip_suffix('"')


class Positions:
    """Fields at fixed positions.

    Args:
        layouts: name of a record → its fields.
        place: where the name stands.
        marks: beginnings of records that are named by them instead.
        alike: names that mean another one.
    """

    def __init__(
        self,
        layouts: Mapping[str, layout.Positions],
        place: tuple[int, int],
        marks: tuple[str, ...] = (),
        alike: Mapping[str, str] | None = None,
    ) -> None:
        self.layouts, self.place, self.marks = layouts, place, marks
        self.alike = dict(alike or {})

    def names(self, texts: pl.Series) -> pl.Series:
        """Return what stands at the place of the name, or the mark with which a record begins."""
        first, last = self.place
        if len(texts) < FEW:
            names = [self._name(one) for one in texts.to_list()]
            return pl.Series(texts.name, names, dtype=pl.String)
        text = pl.col(texts.name)
        name = text.str.slice(first - 1, last - first + 1).str.strip_chars()
        if self.alike:
            name = name.replace(self.alike)
        if self.marks:
            begin = text.str.slice(0, len(self.marks[0]))
            name = pl.when(begin.is_in(self.marks)).then(begin).otherwise(name)
        return texts.to_frame().select(name.alias(texts.name)).to_series()

    def _name(self, text: str) -> str:
        if self.marks and text[: len(self.marks[0])] in self.marks:
            return text[: len(self.marks[0])]
        name = stripped(text[self.place[0] - 1 : self.place[1]])
        return self.alike.get(name, name)

    def codes(self) -> tuple[str, ...]:
        """Return the names of the records with money."""
        return tuple(self.layouts)

    def one(self, code: str, text: str) -> Mapping[str, str | None]:
        """Return the fields of one record."""
        return {
            name: stripped(text[first - 1 : last]) or None
            for name, (first, last) in self.layouts[code].items()
        }

    def many(
        self, code: str, texts: pl.Series, only: tuple[str, ...] = ()
    ) -> Mapping[str, pl.Series]:
        """Return the fields of records of one name, or some of them."""
        fields = self.layouts[code]
        return cut_texts(texts, {name: fields[name] for name in only} if only else fields)


def gather(
    records: Records, cut: Cut, only: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Offsets, Texts]:
    """Return which records hold money, and their fields.

    Args:
        records: of one piece.
        cut: how.
        only: record → fields, where not all of them are wanted.
    """
    wanted = tuple(only or cut.codes())
    rows = np.flatnonzero(records.are(*wanted))
    if len(rows) < FEW:
        return rows, _gather_few(records, rows, cut, only)
    frames = []
    for code in wanted:
        mine = np.flatnonzero(records.are(code))
        if len(mine):
            texts = cut.many(code, records.text.gather(mine), only[code] if only else ())
            frames.append(pl.DataFrame({"at": mine, **texts}))
    found = pl.concat(frames, how="diagonal").sort("at")
    return rows, found.drop("at").to_dict()


def _gather_few(
    records: Records, rows: Offsets, cut: Cut, only: Mapping[str, tuple[str, ...]] | None
) -> Texts:
    codes = [str(records.record[row]) for row in rows.tolist()]
    cells = [
        cut.one(code, str(records.text[row]))
        for code, row in zip(codes, rows.tolist(), strict=True)
    ]
    names = dict.fromkeys(name for one in cells for name in one)
    if only:
        names = dict.fromkeys(name for one in only.values() for name in one)
    return {
        name: pl.Series(name, [one.get(name) for one in cells], dtype=pl.String) for name in names
    }
