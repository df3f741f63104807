"""From a tape to columns: one row for each element of a kind, one column for each thing it says."""

import re
from collections.abc import Iterable
from datetime import date

import numpy as np
import polars as pl

from parsers.amounts import major_to_minor
from parsers.camt.layout import NOT_PROVIDED
from parsers.camt.tape import Indices, Tape, texts
from parsers.camt.texts import collapse
from tieout.money import exponents

_AMOUNT = {
    "text": pl.String(),
    "currency": pl.String(),
    "exponent": pl.Int8(),
    "is_there": pl.Boolean(),
    "minor": pl.Int64(),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Owners:
    """All elements of one kind in a tape: what each of them says below itself."""

    def __init__(self, tape: Tape, name: str) -> None:
        self.tape = tape
        self.name = name
        is_owner = tape.places == tape.tree.places[name, ""]
        self.at: Indices = np.flatnonzero(is_owner)
        self._number = np.cumsum(is_owner, dtype=np.int64) - 1

    def __len__(self) -> int:
        return self.at.size

    def number_at(self, tags: Indices) -> Indices:
        """Return which owner each tag of the tape stands in, or behind."""
        return self._number[tags]

    def all(self, path: str) -> tuple[Indices, Indices]:
        """Return the tags that a path leads to, in order, and the owner of each."""
        tags = np.flatnonzero(self.tape.places == self.tape.tree.places[self.name, path])
        return tags, self._number[tags]

    def first(self, path: str) -> Indices:
        """Return the first tag that a path leads to, for each owner; -1 where there is none."""
        tags, owners = self.all(path)
        found = np.full(len(self), -1, dtype=np.int64)
        found[owners[::-1]] = tags[::-1]
        return found

    def text(self, paths: Iterable[str]) -> pl.Series:
        """Return the first text that is not blank, stripped; null where no path leads to one."""
        column: pl.Series | None = None
        for path in paths:
            tags = self.first(path)
            if not (tags >= 0).any():
                continue
            found = self.texts_at(tags)
            column = found if column is None else column.zip_with(column.is_not_null(), found)
            if not column.null_count():
                break
        return _nothing(len(self)) if column is None else column

    def ref(self, paths: Iterable[str]) -> pl.Series:
        """Return references; null also where the sender says that there is none."""
        text = self.text(paths)
        if text.null_count() == len(self):
            return text
        if not (text.str.starts_with("N") | text.str.starts_with("n")).any():
            return text
        return text.set(text.str.to_uppercase().is_in(NOT_PROVIDED), None)

    def day(self, paths: Iterable[str]) -> pl.Series:
        """Return the day that is written, whatever time or zone stands behind it."""
        text = self.text(paths)
        if text.null_count() == len(self):
            return text.cast(pl.Date)
        text = text.str.slice(0, 10)
        days = {one: _day(one) for one in text.unique(maintain_order=True)}
        if len(days) == 1:  # as in most files
            return pl.Series("day", list(days.values()), dtype=pl.Date).new_from_index(0, len(self))
        return text.replace_strict(days, default=None, return_dtype=pl.Date)

    def joined(self, paths: Iterable[str]) -> list[pl.Series]:
        """Return, for each path, all its texts joined by spaces; null where there are none."""
        return [self._joined(path) for path in paths]

    def _joined(self, path: str) -> pl.Series:
        tags, owners = self.all(path)
        if (np.diff(owners) > 0).all():
            return collapse(self.texts_at(self.first(path)))
        found = pl.DataFrame({"owner": owners, "text": collapse(self.texts_at(tags))})
        groups = found.drop_nulls().group_by("owner", maintain_order=True)
        joined = groups.agg(pl.col("text").str.join(" "))
        rows = pl.DataFrame({"owner": np.arange(len(self))})
        return rows.join(joined, on="owner", how="left", maintain_order="left")["text"]

    def texts_at(self, tags: Indices) -> pl.Series:
        """Return the texts of tags; null for -1 and for blank ones."""
        tape = self.tape
        sizes = np.where(tags < 0, 0, tape.sizes[tags])
        is_plain = not tape.referring or not np.isin(tape.places[tags], tape.referring).any()
        return texts(tape, tape.starts[tags], sizes, is_plain=is_plain)

    def currency_at(self, tags: Indices) -> pl.Series:
        """Return the attribute Ccy of tags; null for -1 and where there is none."""
        numbers = np.where(tags < 0, 0, self.tape.currencies[tags])
        return pl.Series("currency", self.tape.codes, dtype=pl.String).gather(numbers)

    def amount(self, paths: Iterable[str], default: pl.Series | None = None) -> pl.DataFrame:
        """Return columns text, currency, exponent, minor (unsigned as written) and is_there.

        The first path that leads to an element counts, whatever stands in it.
        """
        tags = np.full(len(self), -1, dtype=np.int64)
        for path in paths:
            tags = np.where(tags < 0, self.first(path), tags)
        if (tags < 0).all():
            return _no_amounts(len(self))
        currency = self.currency_at(tags)
        currency = currency.set(currency == "", None)
        if default is not None:
            currency = currency.zip_with(currency.is_not_null(), default)
        distinct = currency.unique(maintain_order=True).to_list()
        if len(distinct) == 1:  # as in most files
            digits = [exponents().get(distinct[0])]
            exponent = pl.Series(digits, dtype=pl.Int8).new_from_index(0, len(self))
        else:
            exponent = currency.replace_strict(exponents(), default=None, return_dtype=pl.Int8)
        text = self.texts_at(tags)
        return pl.DataFrame(
            {
                "text": text,
                "currency": currency,
                "exponent": exponent,
                "is_there": tags >= 0,
                "minor": minor_units(text, exponent),
            }
        )


def _nothing(count: int) -> pl.Series:
    return pl.Series("text", [None], dtype=pl.String).new_from_index(0, count)


def _no_amounts(count: int) -> pl.DataFrame:
    row = pl.DataFrame({name: [None] for name in _AMOUNT}, schema=_AMOUNT)
    row = row.with_columns(is_there=pl.lit(False))
    return row.select(pl.all().gather(np.zeros(count, dtype=np.int64)))


def minor_units(text: pl.Series, exponent: pl.Series) -> pl.Series:
    """Return Int64 minor units of amounts; null where there is none that is exact.

    Amounts with exactly the decimals of their currency are digits with a point between them; only
    the others are taken apart.
    """
    is_plain = pl.Series([False]).new_from_index(0, len(text))
    for digits in exponent.drop_nulls().unique().to_list():
        pattern = rf"^[0-9]{{1,12}}\.[0-9]{{{digits}}}$" if digits else "^[0-9]{1,12}$"
        is_plain |= ((exponent == digits) & text.str.contains(pattern)).fill_null(False)
    minor = text.str.replace(".", "", literal=True).cast(pl.Int64, strict=False)
    minor = minor.set(~is_plain, None)
    odd = pl.DataFrame({"row": np.arange(len(text)), "text": text, "exponent": exponent})
    odd = odd.filter(~is_plain & text.is_not_null())
    if odd.is_empty():
        return minor
    unsigned = pl.col("text").str.strip_prefix("+")
    plus = pl.col("text").str.contains(r"^\+[0-9]")
    shown = pl.when(plus).then(unsigned).otherwise("text")
    exact = odd.select(major_to_minor(shown, pl.col("exponent")).alias("minor"))["minor"]
    return minor.scatter(odd["row"], exact)


def _day(text: str | None) -> date | None:
    if text is None or not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
