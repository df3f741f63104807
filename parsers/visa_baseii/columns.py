"""Fields of many records at once: characters to texts, numbers, days and currencies.

Compiled loops find them (loops.py); rows with characters outside printable ASCII are few and are
read one by one.
"""

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.views import Lookup, text_column, words_of
from parsers.visa_baseii.loops import join_words, read_digits, view_texts
from parsers.visa_baseii.records import BLANK, Characters, Mask, Numbers, flat
from tieout.money import alpha_of, currencies, exponent_of

Field = tuple[int, int]
Days = npt.NDArray[np.datetime64]
NO_CURRENCY = 1000
_VIEW_MAX = 1 << 31
_NO_DAY = 10_000
_NEVER = np.datetime64("NaT", "D")
_WHITE = "\t\n\x0b\x0c\r \x85\xa0"
_SPACES = re.compile(f"[{_WHITE}]+")


def is_blank(block: Characters) -> Mask:
    """Return where a field holds nothing but blanks."""
    mask: Mask = (block == BLANK).all(axis=1)
    return mask


class Cells:
    """Some of the records, whose fields become columns; row -1 stands for one that is absent.

    A field is (first, last), counted from 1. Nothing is copied: texts are views of the records.
    """

    def __init__(self, text: Characters, rows: Numbers) -> None:
        if len(text) * text.strides[0] >= _VIEW_MAX:  # one transaction of very many records
            text, rows = text[rows], np.where(rows < 0, -1, np.arange(len(rows)))
        self._records, self._rows = text, rows
        self._codes = flat(text)
        self._starts = np.where(rows < 0, -1, rows * text.strides[0])

    def block(self, at: Field) -> Characters:
        """Return the characters of a field: shape (rows, width)."""
        found: Characters = self._records[:, at[0] - 1 : at[1]][self._rows]
        found[self._rows < 0] = BLANK
        return found

    def numbers(self, fields: Sequence[Field]) -> list[tuple[Numbers, Mask]]:
        """Return the number in each field of up to 16 digits, and where there is one, else 0."""
        shape = len(fields), len(self._rows)
        values, good = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.bool_)
        read_digits(self._codes, self._starts, *_spans(fields), values, good)
        return list(zip(values, good, strict=True))

    def texts(self, fields: Sequence[Field]) -> list[pl.Series]:
        """Return fields as String columns without blanks around them, null where nothing is."""
        shape = len(fields), len(self._rows)
        views, lengths = np.empty((*shape, 2), dtype=np.uint64), np.empty(shape, dtype=np.int64)
        odd = np.empty(shape, dtype=np.bool_)
        words = words_of(self._codes)
        view_texts(words, self._codes, self._starts, *_spans(fields), views, lengths, odd)
        is_text = (lengths > 0) & ~odd
        return [
            self._with_odd(text_column(views[one], is_text[one], self._codes), odd[one], [at])
            for one, at in enumerate(fields)
        ]

    def words(self, fields: Sequence[Field]) -> pl.Series:
        """Return fields in one text, with single blanks between words; null where nothing is."""
        count = len(self._rows)
        offsets, widths = _spans(fields)
        out = np.empty(count * int((widths + 1).sum()), dtype=np.uint8)
        views, lengths = np.empty((count, 2), dtype=np.uint64), np.empty(count, dtype=np.int64)
        odd = np.empty(count, dtype=np.bool_)
        starts = self._starts
        size = join_words(self._codes, starts, offsets, widths, out, views, lengths, odd)
        found = text_column(views, (lengths > 0) & ~odd, out[:size].copy())
        return self._with_odd(found, odd, fields)

    def _with_odd(self, found: pl.Series, is_odd: Mask, fields: Sequence[Field]) -> pl.Series:
        """Return the column with the texts that have characters outside printable ASCII."""
        odd = np.flatnonzero(is_odd)
        if not len(odd):
            return found
        slowly = []
        for row in self._rows[odd].tolist():
            parts = (self._records[row, first - 1 : last].tobytes() for first, last in fields)
            text = " ".join(one.decode("latin-1") for one in parts).strip(_WHITE)
            slowly.append((_SPACES.sub(" ", text) if len(fields) > 1 else text) or None)
        return found.scatter(odd, slowly)


def _spans(fields: Sequence[Field]) -> tuple[Numbers, Numbers]:
    """Return where fields start, from 0, and how wide they are."""
    first, last = np.array(fields, dtype=np.int64).T
    return first - 1, last - first + 1


@lru_cache(maxsize=1)
def _numeric_currencies() -> tuple[Lookup, npt.NDArray[np.int8]]:
    """Return code and exponent at the index of each numeric code; null at NO_CURRENCY."""
    names: list[str | None] = [None] * (NO_CURRENCY + 1)
    exponents = np.zeros(NO_CURRENCY + 1, dtype=np.int8)
    for one in currencies().values():
        number, name = int(one.numeric), alpha_of(one.numeric)
        names[number], exponents[number] = name, exponent_of(name)
    return Lookup.of(names), exponents


def known_currencies(numbers: Numbers, is_number: Mask) -> Numbers:
    """Return numeric codes; NO_CURRENCY for what ISO does not list."""
    is_known = is_number & _numeric_currencies()[0].is_known[numbers]
    return numbers if is_known.all() else np.where(is_known, numbers, NO_CURRENCY)


def currency_names(numbers: Numbers) -> pl.Series:
    """Return alphabetic codes of numeric ones; null for NO_CURRENCY."""
    return _numeric_currencies()[0].take(numbers)


def currency_exponents(numbers: Numbers) -> npt.NDArray[np.int8]:
    """Return how many decimals the currencies have."""
    return _numeric_currencies()[1][numbers]


def read_days(cells: Cells, at: Field, near: Days) -> tuple[Days, Mask]:
    """Return the days of YDDD whose year is nearest to `near`, and which fields are no day.

    Blanks and zeros are no day and not wrong either. The decade is the one in which the year is at
    most five years before the year of `near`, or four after it.
    """
    [(digits, is_number)] = cells.numbers([at])
    digits = np.where(is_number, digits, _NO_DAY)
    is_dated = ~np.isnat(near)
    if is_dated.all() and (near == near[0]).all():
        found = _day_table(near[0].item())[digits]
    else:
        found = np.full(len(digits), _NEVER)
        for one in np.unique(near[is_dated]):
            mine = near == one
            found[mine] = _day_table(one.item())[digits[mine]]
    wrong = np.isnat(found) & (digits != 0) & is_dated
    if wrong.any():
        wrong &= ~is_blank(cells.block(at))
    return found, wrong


@lru_cache(maxsize=64)
def _day_table(near: date) -> Days:
    """Return the day at the index of each YDDD; never at 10000."""
    digits = np.arange(_NO_DAY + 1, dtype=np.int64)
    shift = digits // 1000 - near.year % 10
    shift += np.where(shift > 5, -10, 0) + np.where(shift < -4, 10, 0)
    first = (near.year + shift - 1970).astype("datetime64[Y]")
    begin, end = first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]")
    of_year = digits % 1000
    is_day = (of_year >= 1) & (of_year <= (end - begin).astype(np.int64)) & (digits < _NO_DAY)
    table: Days = np.where(is_day, begin + (of_year - 1), _NEVER)
    return table
