"""Characters of many records at once: numbers, dates and texts at given places of a chunk.

Eight digits are one 64-bit word: three multiplications make the number of it, and one addition
tells whether all eight were digits, in ASCII as in EBCDIC. So a column of amounts costs a few
machine instructions a row, and only what is shown as text is translated.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.views import dates, texts

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Days = npt.NDArray[np.int32]

ABSENT = 64
"""A place in the margin of every chunk: nothing stands there, so a number there is none (-1)."""

TEXT_WIDTH_MAX = 99
NO_DATE = np.iinfo(np.int32).min
_WORD = 8
_BLANK = 32
_ASCII_END = 0x80
_VIEW = 12
"""Bytes from its start that making the view of a text looks at."""
_EVERY_BYTE = 0x0101010101010101
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
    """The bytes of a chunk, and how they are to be read: latin-1, cp037 or cp500."""

    def __init__(self, data: bytearray, encoding: str) -> None:
        self.data = data
        self.encoding = encoding
        self._blank = " ".encode(encoding)[0]
        self._zero = "0".encode(encoding)[0]
        self._zeros = np.uint64(_EVERY_BYTE * self._zero)

    def words(self, at: Offsets) -> Words:
        """Return eight bytes from each place, the first one lowest, as digits: "0" becomes 0."""
        return _gather(self.data, at, "<u8") ^ self._zeros

    def number(self, at: Offsets, width: int) -> Offsets:
        """Return the number in `width` (at most 18) digits at each place, -1 where it is none."""
        lead = (width - 1) % _WORD + 1
        words = self.words(at + (lead - _WORD))
        if lead < _WORD:
            words >>= np.uint64(8 * (_WORD - lead))
            words <<= np.uint64(8 * (_WORD - lead))
        value, bad = _eight(words)
        for place in range(lead, width, _WORD):
            more, also = _eight(self.words(at + place))
            value = value * np.uint64(10**_WORD) + more
            bad |= also
        found = value.view(np.int64)
        found[bad] = -1
        return found

    def two_digits(self, at: Offsets) -> Offsets:
        """Return the number in two digits at each place, -1 where it is none."""
        found: Offsets = _pairs(self._zero)[_gather(self.data, at, "<u2")]
        return found

    def three_digits(self, at: Offsets) -> Offsets:
        """Return the number in three digits at each place, -1 where it is none."""
        hundreds = _gather(self.data, at, "u1") - np.uint8(self._zero)
        rest = self.two_digits(at + 1)
        return np.where((hundreds > 9) | (rest < 0), -1, hundreds * np.int64(100) + rest)

    def is_letter(self, at: Offsets, letter: str) -> Mask:
        """Return where this letter stands."""
        found: Mask = _gather(self.data, at, "u1") == letter.encode(self.encoding)[0]
        return found

    def text_at(self, at: int, length: int) -> str:
        """Return one text."""
        return self.data[at : at + length].decode(self.encoding)

    def bytes_at(self, at: Offsets, width: int) -> Bytes:
        """Return bytes from each place as they are: shape (places, width)."""
        return _gather(self.data, at, f"V{width}").view(np.uint8).reshape(len(at), width)

    def letters(self, cells: Bytes) -> Bytes:
        """Return bytes as latin-1."""
        if self.encoding == "latin-1":
            return cells
        letters = cells.tobytes().translate(_table(self.encoding))
        return np.frombuffer(letters, np.uint8).reshape(cells.shape)

    def texts(self, at: Offsets, lengths: Offsets) -> pl.Series:
        """Return texts without blanks around them, null where absent (-1) or blank."""
        width = min(int(lengths.max(initial=0)), TEXT_WIDTH_MAX)
        if width <= 0:
            return pl.Series([None], dtype=pl.String).new_from_index(0, len(at))
        # One row more, so that whole words can be read up to the end of the last text.
        cells = self.letters(self.bytes_at(np.append(at, ABSENT), max(width, _VIEW)))
        odd = _odd(cells[:-1], lengths)
        found = _trimmed(cells, np.minimum(lengths, width), odd)
        if not len(odd):
            return found
        pairs = zip(at[odd].tolist(), lengths[odd].tolist(), strict=True)
        slowly = [self.text_at(*pair).strip(" ") or None for pair in pairs]
        return found.scatter(odd, slowly)

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
    return dates("", days, days != NO_DATE)


def _gather(data: bytearray, at: Offsets, kind: str) -> npt.NDArray[np.unsignedinteger]:
    """Return what stands at each place, taken as one value of this kind."""
    width = np.dtype(kind).itemsize
    every = np.ndarray((len(data) - width + 1,), dtype=kind, buffer=data, strides=(1,))
    found: npt.NDArray[np.unsignedinteger] = every[at]
    return found


def _eight(value: Words) -> tuple[Words, Mask]:
    """Return the number in eight digits, and where they are not all digits."""
    bad = value + _OVER_NINE
    bad |= value
    bad &= _HIGH_BITS
    for keep, factor, shift in _STEPS:
        value &= keep
        value *= factor
        value >>= shift
    return value, bad != 0


def _odd(cells: Bytes, lengths: Offsets) -> Offsets:
    """Return which texts need the slow way: letters beyond ASCII, or very long."""
    is_odd = lengths > TEXT_WIDTH_MAX
    if cells.max(initial=0) >= _ASCII_END:
        inside = np.arange(cells.shape[1]) < lengths[:, None]
        is_odd = is_odd | ((cells >= _ASCII_END) & inside).any(axis=1)
    return np.flatnonzero(is_odd)


def _trimmed(cells: Bytes, lengths: Offsets, odd: Offsets) -> pl.Series:
    """Return ASCII texts without blanks around them, null where nothing is left, and for `odd`.

    Args:
        cells: one row more than there are texts, as wide as a view reads at least.
        lengths: of the texts.
        odd: rows that are left out.
    """
    flat = cells.reshape(-1)
    starts = np.arange(len(lengths), dtype=np.int64) * cells.shape[1]
    lengths = lengths.copy()
    lengths[odd] = 0
    ends = starts + np.maximum(lengths, 0)
    right = np.flatnonzero((flat[ends - 1] == _BLANK) & (ends > starts))
    while len(right):
        ends[right] -= 1
        right = right[(flat[ends[right] - 1] == _BLANK) & (ends[right] > starts[right])]
    left = np.flatnonzero((flat[starts] == _BLANK) & (ends > starts))
    while len(left):
        starts[left] += 1
        left = left[(flat[starts[left]] == _BLANK) & (starts[left] < ends[left])]
    return texts(flat, starts, ends - starts)


@cache
def _table(encoding: str) -> bytes:
    return bytes(range(256)).decode(encoding).encode("latin-1")


@cache
def _pairs(zero: int) -> Offsets:
    """Return the number in two characters, taken as 16 bits; -1 where they are no digits."""
    table = np.full(1 << 16, -1)
    for number in range(100):
        tens, ones = divmod(number, 10)
        table[zero + tens | (zero + ones) << 8] = number
    return table


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
