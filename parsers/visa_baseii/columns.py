"""Fields of many records at once: characters to texts, numbers, days and currencies.

A field is a block of the matrix, shape (rows, width). Numbers are read eight digits at a time out
of one 64-bit word; texts become columns without a Python loop, except for rows with characters
outside ASCII, which are few.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.visa_baseii.records import BLANK, ZERO, Characters, Mask, Numbers
from tieout.money import alpha_of, currencies, exponent_of

Days = npt.NDArray[np.datetime64]
_ASCII_LAST = 127
_NO_NUMBER = 1000
_NO_DAY = 10_000
_NEVER = np.datetime64("NaT", "D")


def _words(*bytes_: int) -> np.uint64:
    return np.uint64(int.from_bytes(bytes(bytes_) * (8 // len(bytes_)), "little"))


_ZEROS, _SIXES, _HIGH = _words(ZERO), _words(6), _words(0xF0)
_PAIRS, _QUADS = _words(0xFF, 0), _words(0xFF, 0xFF, 0, 0)


def read_numbers(block: Characters) -> tuple[Numbers, Mask]:
    """Return the numbers of a field of up to 16 digits, and where there is one.

    Every character must be an ASCII digit; where one is not, the number is 0.
    """
    rows, width = block.shape
    digits = np.full((rows, 16), ZERO, dtype=np.uint8)
    digits[:, 16 - width :] = block
    word = digits.view("<u8")
    is_digits = ((word & _HIGH) == _ZEROS) & (((word + _SIXES) & _HIGH) == _ZEROS)
    is_number: Mask = is_digits[:, 0] & is_digits[:, 1]
    word = word - _ZEROS
    word = (word * np.uint64(10) + (word >> np.uint64(8))) & _PAIRS
    word = (word * np.uint64(100) + (word >> np.uint64(16))) & _QUADS
    word = (word * np.uint64(10_000) + (word >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
    value = (word[:, 0] * np.uint64(100_000_000) + word[:, 1]).astype(np.int64)
    return value if is_number.all() else np.where(is_number, value, 0), is_number


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


def read_texts(blocks: Mapping[str, Characters]) -> pl.DataFrame:
    """Return fields as String columns without the blanks around them, null where nothing is."""
    return pl.DataFrame({name: read_text(block) for name, block in blocks.items()})


def read_text(block: Characters) -> pl.Series:
    """Return one field as a String column, stripped, null where nothing is."""
    block = np.ascontiguousarray(block)
    if not block.size:
        return pl.Series(dtype=pl.String)
    text, highest = as_binary(block), int(block.max())
    if highest > _ASCII_LAST:
        text = _with_accents(text, block)
    text = text.cast(pl.String)
    if highest > _ASCII_LAST or int(block.min()) <= BLANK:
        text = text.str.strip_chars()
        empty = text.str.len_bytes() == 0
        text = text.set(empty, None) if empty.any() else text
    return text


def as_binary(block: Characters) -> pl.Series:
    """Return a field as a Binary column: by way of lists, no row becomes a Python object."""
    return pl.Series(np.ascontiguousarray(block)).cast(pl.List(pl.UInt8)).cast(pl.Binary)


def _with_accents(column: pl.Series, block: Characters) -> pl.Series:
    """Return the column with the rows outside ASCII in UTF-8."""
    odd = np.flatnonzero((block > _ASCII_LAST).any(axis=1))
    texts = [block[row].tobytes().decode("latin-1").encode() for row in odd.tolist()]
    return column.scatter(odd, texts)


@lru_cache(maxsize=1)
def _numeric_currencies() -> tuple[pl.Series, npt.NDArray[np.int8]]:
    """Return code and exponent at the index of each numeric code; null at 1000."""
    names: list[str | None] = [None] * (_NO_NUMBER + 1)
    exponents = np.zeros(_NO_NUMBER + 1, dtype=np.int8)
    for one in currencies().values():
        number, name = int(one.numeric), alpha_of(one.numeric)
        names[number], exponents[number] = name, exponent_of(name)
    return pl.Series(names, dtype=pl.String), exponents


def read_currencies(block: Characters) -> tuple[pl.Series, npt.NDArray[np.int8]]:
    """Return alphabetic codes and exponents of numeric ones; null for what ISO does not list."""
    names, exponents = _numeric_currencies()
    numbers = _small_numbers(block, _NO_NUMBER)
    return names.gather(numbers), exponents[numbers]


def read_days(block: Characters, near: Days) -> tuple[Days, Mask]:
    """Return the days of YDDD whose year is nearest to `near`, and which fields are no day.

    Blanks and zeros are no day and not wrong either. The decade is the one in which the year is at
    most five years before the year of `near`, or four after it.
    """
    digits = _small_numbers(block, _NO_DAY)
    found = np.full(len(digits), _NEVER)
    for one in np.unique(near[~np.isnat(near)]):
        mine = near == one
        found[mine] = _day_table(one.item())[digits[mine]]
    wrong = np.isnat(found) & (digits != 0) & ~np.isnat(near)
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
