"""Characters of many records at once: numbers, dates and texts at given places of a chunk.

Eight digits are one 64-bit word: three multiplications make the number of it, and one addition
tells whether all eight were digits. So a column of amounts costs a few machine instructions a row.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]

ABSENT = 64
"""A place in the margin of every chunk: nothing stands there, so a number there is none (-1)."""

TEXT_WIDTH_MAX = 99
NO_DATE = np.iinfo(np.int32).min
_WORD = 8
_ZEROS = 0x3030303030303030
_OVER_NINE = np.uint64(0x7676767676767676)
_HIGH_BITS = np.uint64(0x8080808080808080)
_STEPS = tuple(
    (np.uint64(keep), np.uint64(factor), np.uint64(shift))
    for keep, factor, shift in (
        (0xFFFFFFFFFFFFFFFF, 2561, 8),
        (0x00FF00FF00FF00FF, 6553601, 16),
        (0x0000FFFF0000FFFF, 42949672960001, 32),
    )
)


class Text:
    """The bytes of a chunk as latin-1 characters; `raw` is what was received."""

    def __init__(self, raw: bytearray, encoding: str) -> None:
        self.raw = raw
        self.encoding = encoding
        self.data = raw if encoding == "latin-1" else raw.translate(_table(encoding))

    def cells(self, at: Offsets, width: int) -> Bytes:
        """Return `width` bytes from each place: shape (places, width)."""
        return _cells(self.data, at, width).view(np.uint8).reshape(len(at), width)

    def words(self, at: Offsets) -> Words:
        """Return the eight bytes from each place, the first one lowest."""
        return _cells(self.data, at, _WORD).view("<u8")

    def number(self, at: Offsets, width: int) -> Offsets:
        """Return the number in `width` (at most 18) digits at each place, -1 where it is none."""
        lead = (width - 1) % _WORD + 1
        words = self.words(at + (lead - _WORD))
        if lead < _WORD:
            blank = np.uint64(8 * (_WORD - lead))
            words = (words >> blank << blank) | np.uint64(_ZEROS & ((1 << int(blank)) - 1))
        value, bad = _eight(words)
        for place in range(lead, width, _WORD):
            more, also = _eight(self.words(at + place))
            value = value * np.uint64(10**_WORD) + more
            bad |= also
        found = value.view(np.int64)
        found[bad] = -1
        return found

    def text_at(self, at: int, length: int) -> str:
        """Return one text."""
        return self.data[at : at + length].decode("latin-1")

    def texts(self, at: Offsets, lengths: Offsets) -> pl.Series:
        """Return texts without blanks around them, null where absent (-1) or blank."""
        count = len(at)
        width = min(int(lengths.max(initial=0)), TEXT_WIDTH_MAX)
        if width <= 0:
            return pl.Series([None] * count, dtype=pl.String)
        found = self.cells(at, width)
        shown = lengths
        odd = np.flatnonzero(_is_odd(found, lengths))
        if len(odd):
            shown = lengths.copy()
            shown[odd] = 0
        if (shown != width).any():
            keep, fill = _ends(width)
            known = np.clip(shown, 0, width)
            found = found & keep[known] | fill[known]
        column = _strings(found)
        if len(odd):
            pairs = zip(at[odd].tolist(), lengths[odd].tolist(), strict=True)
            column = column.scatter(odd, [self.text_at(*pair) for pair in pairs])
        column = column.str.strip_chars(" ")
        return column.set(column == "", None)

    def days(self, at: Offsets) -> Days:
        """Return days since 1970 of six digits YYMMDD (2000 to 2099), NO_DATE for others."""
        found: Days = _days()[self.number(at, 6)]
        return found


def day_of(text: str) -> int:
    """Return days since 1970 of one text YYMMDD, NO_DATE where it is none."""
    is_number = len(text) == 6 and text.isascii() and text.isdigit()
    return int(_days()[int(text) if is_number else -1])


def as_dates(days: Days) -> pl.Series:
    """Return a column of dates, null for NO_DATE."""
    column, missing = pl.Series(days).cast(pl.Date), days == NO_DATE
    return column.set(pl.Series(missing), None) if missing.any() else column


def _cells(data: bytearray, at: Offsets, width: int) -> npt.NDArray[np.void]:
    every = np.ndarray((len(data) - width + 1,), dtype=f"V{width}", buffer=data, strides=(1,))
    found: npt.NDArray[np.void] = every[at]
    return found


def _eight(words: Words) -> tuple[Words, npt.NDArray[np.bool_]]:
    """Return the number in eight characters, and where they are not all digits."""
    value = words ^ np.uint64(_ZEROS)
    bad = ((value + _OVER_NINE) | value) & _HIGH_BITS
    for keep, factor, shift in _STEPS:
        value &= keep
        value *= factor
        value >>= shift
    return value, bad != 0


def _is_odd(found: Bytes, lengths: Offsets) -> npt.NDArray[np.bool_]:
    """Return which texts need the slow way: letters beyond ASCII, or very long."""
    odd: npt.NDArray[np.bool_] = lengths > TEXT_WIDTH_MAX
    if found.max(initial=0) >= 0x80:
        inside = np.arange(found.shape[1]) < lengths[:, None]
        odd = odd | ((found >= 0x80) & inside).any(axis=1)
    return odd


def _strings(cells: Bytes) -> pl.Series:
    """Return rows of ASCII bytes as a column of text, without an object for any of them."""
    return pl.Series(cells).cast(pl.List(pl.UInt8)).cast(pl.Binary).cast(pl.String)


@cache
def _table(encoding: str) -> bytes:
    return bytes(range(256)).decode(encoding).encode("latin-1")


@cache
def _ends(width: int) -> tuple[Bytes, Bytes]:
    """Return, for each length, what to keep of a cell and the blanks to put behind it."""
    inside = np.arange(width) < np.arange(width + 1)[:, None]
    return np.where(inside, 255, 0).astype(np.uint8), np.where(inside, 0, 32).astype(np.uint8)


@cache
def _days() -> Days:
    """Return days since 1970 by YYMMDD as a number; the last place stands for no number (-1)."""
    days = np.arange("2000-01-01", "2100-01-01", dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    year = days.astype("datetime64[Y]").astype(np.int64) % 100 - 30
    number = year % 100 * 10_000 + month * 100 + (days - months).astype(np.int64) + 1
    table = np.full(1_000_000, NO_DATE, dtype=np.int32)
    table[number] = days.astype(np.int64).astype(np.int32)
    return table
