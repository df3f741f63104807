"""Fields of many records at once: characters to texts, numbers, days and currencies.

A field is a block of a matrix of characters, shape (rows, width). Texts become views of the matrix
itself; rows with characters outside printable ASCII are few and are read one by one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.views import PAD, Lookup, texts
from parsers.visa_baseii.records import BLANK, ZERO, Characters, Mask, Numbers
from tieout.money import alpha_of, currencies, exponent_of

Days = npt.NDArray[np.datetime64]
NO_CURRENCY = 1000
_TILDE = 126
_NO_DAY = 10_000
_NEVER = np.datetime64("NaT", "D")
_WHITE = "\t\n\x0b\x0c\r \x85\xa0"
_SPACES = re.compile(f"[{_WHITE}]+")


def _small_numbers(block: Characters, absent: int) -> npt.NDArray[np.int16]:
    """Return numbers of three or four digits; `absent` where a character is no digit."""
    digits = block - np.uint8(ZERO)
    value = digits[:, 0].astype(np.int16)
    for place in range(1, block.shape[1]):
        value *= 10
        value += digits[:, place]
    return np.where((digits < 10).all(axis=1), value, np.int16(absent)).astype(np.int16)


def is_blank(block: Characters) -> Mask:
    """Return where a field holds nothing but blanks."""
    mask: Mask = (block == BLANK).all(axis=1)
    return mask


@dataclass(frozen=True, slots=True)
class Cells:
    """Pieces of records, shape (rows, width), one row behind the other in `buffer`.

    Texts are views of the buffer; one row more stands at its end, so that words can be read there.
    """

    rows: Characters
    buffer: Characters

    @classmethod
    def of(cls, text: Characters, rows: Numbers) -> "Cells":
        """Return these rows of the records; for -1 blanks."""
        gathered = text[np.append(rows, rows[-1:])]
        if len(rows) and rows.min() < 0:
            gathered[:-1][rows < 0] = BLANK
        return cls(gathered[: len(rows)], gathered.reshape(-1))


def read_text(cells: Cells, at: tuple[int, int]) -> pl.Series:
    """Return one field as a String column, without blanks around it, null where nothing is.

    Args:
        cells: the pieces of records.
        at: (first, last) position of the field in them, counted from 1.
    """
    first, width = at[0] - 1, cells.rows.shape[1]
    block = cells.rows[:, first : at[1]]
    if not len(block):
        return pl.Series(dtype=pl.String)
    starts = np.arange(len(block), dtype=np.int64) * width + first
    lengths = np.full(len(block), block.shape[1], dtype=np.int64)
    odd = _odd_rows(block)
    if (block[:, 0] == BLANK).any() or (block[:, -1] == BLANK).any():
        is_filled = block != BLANK
        left, right = is_filled.argmax(axis=1), is_filled[:, ::-1].argmax(axis=1)
        starts += left
        lengths -= np.where(is_filled.any(axis=1), left + right, lengths)
    if not len(odd):
        return texts(cells.buffer, starts, lengths)
    lengths[odd] = 0
    found = [block[row].tobytes().decode("latin-1").strip(_WHITE) for row in odd.tolist()]
    return texts(cells.buffer, starts, lengths).scatter(odd, [one or None for one in found])


def read_words(cells: Cells, fields: Sequence[tuple[int, int]]) -> pl.Series:
    """Return fields in one text, with single blanks between words; null where there is none."""
    parts = [cells.rows[:, first - 1 : last] for first, last in fields]
    joined = np.full((len(cells.rows), sum(one.shape[1] + 1 for one in parts)), BLANK, np.uint8)
    place = 0
    for one in parts:
        joined[:, place : place + one.shape[1]] = one
        place += one.shape[1] + 1
    odd = _odd_rows(joined)
    is_filled = joined != BLANK
    is_filled[odd] = False
    # A blank is kept behind a letter only; the one behind the last letter is then left out.
    is_kept = is_filled.copy()
    is_kept[:, 1:] |= is_filled[:, :-1]
    kept = np.count_nonzero(is_kept, axis=1)
    ends = np.cumsum(kept)
    padded = np.concatenate((joined[is_kept], np.frombuffer(PAD, np.uint8)))
    found = texts(padded, ends - kept, kept - 1)
    if not len(odd):
        return found
    slowly = [_SPACES.sub(" ", joined[row].tobytes().decode("latin-1")) for row in odd.tolist()]
    return found.scatter(odd, [one.strip(" ") or None for one in slowly])


def _odd_rows(block: Characters) -> Numbers:
    """Return the rows with characters outside printable ASCII."""
    if not block.size or (int(block.max()) <= _TILDE and int(block.min()) >= BLANK):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(((block > _TILDE) | (block < BLANK)).any(axis=1))


@lru_cache(maxsize=1)
def _numeric_currencies() -> tuple[Lookup, npt.NDArray[np.int8]]:
    """Return code and exponent at the index of each numeric code; null at NO_CURRENCY."""
    names: list[str | None] = [None] * (NO_CURRENCY + 1)
    exponents = np.zeros(NO_CURRENCY + 1, dtype=np.int8)
    for one in currencies().values():
        number, name = int(one.numeric), alpha_of(one.numeric)
        names[number], exponents[number] = name, exponent_of(name)
    return Lookup.of(names), exponents


def read_currencies(block: Characters) -> Numbers:
    """Return numeric codes; NO_CURRENCY for what ISO does not list."""
    numbers = _small_numbers(block, NO_CURRENCY).astype(np.int64)
    is_known = _numeric_currencies()[0].is_known[numbers]
    return numbers if is_known.all() else np.where(is_known, numbers, NO_CURRENCY)


def currency_names(numbers: Numbers) -> pl.Series:
    """Return alphabetic codes of numeric ones; null for NO_CURRENCY."""
    return _numeric_currencies()[0].take(numbers)


def currency_exponents(numbers: Numbers) -> npt.NDArray[np.int8]:
    """Return how many decimals the currencies have."""
    return _numeric_currencies()[1][numbers]


def read_days(block: Characters, near: Days) -> tuple[Days, Mask]:
    """Return the days of YDDD whose year is nearest to `near`, and which fields are no day.

    Blanks and zeros are no day and not wrong either. The decade is the one in which the year is at
    most five years before the year of `near`, or four after it.
    """
    digits = _small_numbers(block, _NO_DAY)
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
        wrong &= ~is_blank(block)
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
