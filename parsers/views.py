"""Columns of a block of bytes: texts that are never copied, digits eight at a time, exact sums.

Formats of text lines find where every value starts and ends with NumPy; here those places become
columns. A text column is Arrow's string view (16 bytes a value: length, first characters, offset)
over the block itself, so a value costs the same whether it is short or long.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Offsets = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Buffer = bytes | bytearray | Bytes

PAD = b"\0" * 24
"""What must follow a block, so that eight bytes can be read from every place in it."""

_INLINE, _PREFIX = 12, 4
_HALF = np.uint64(32)
_LOW = np.array([(1 << 8 * min(k, 4)) - 1 << 32 for k in range(14)], np.uint64)
_HIGH = np.array([(1 << 8 * max(k - 4, 0)) - 1 if k < 13 else 0 for k in range(14)], np.uint64)
"""Bytes of a short text of k characters in both halves of its view; 13 stands for longer ones."""


def u64(value: int) -> np.uint64:
    """Return a constant that does not widen the columns it meets."""
    return np.uint64(value)


_NINES, _HIGH_NIBBLES, _ZEROS = (u64(one * 0x0101010101010101) for one in (0x06, 0xF0, 0x30))
_LOW_NIBBLES = u64(0x0F0F0F0F0F0F0F0F)


def codes_of(padded: bytes | bytearray) -> Bytes:
    """Return the bytes as numbers; `padded` is a block with PAD behind it."""
    return np.frombuffer(padded, np.uint8)


def words_of(padded: Buffer) -> Words:
    """Return at each place the eight bytes that start there, the first one lowest."""
    return np.ndarray((len(padded) - 7,), np.dtype("<u8"), padded, strides=(1,))


def texts(padded: Buffer, starts: Offsets, lengths: Offsets) -> pl.Series:
    """Return String values of a block of UTF-8 with PAD behind it; null where nothing is left.

    Args:
        padded: below 2 GiB; every value starts and ends at the border of a character.
        starts: first byte of each value.
        lengths: bytes of each value; 0 or less means null.
    """
    return text_column(_views(padded, starts, lengths), lengths > 0, padded)


class Lookup:
    """A few texts that many rows share: their numbers become a column without a loop.

    Args are those of `texts`; number -1 is the last text.
    """

    def __init__(self, padded: Buffer, starts: Offsets, lengths: Offsets) -> None:
        self.is_known: Mask = lengths > 0
        self._views = _views(padded, starts, lengths)
        self._buffer = padded

    @classmethod
    def of(cls, names: Sequence[str | None]) -> "Lookup":
        """Return the lookup of texts at hand; None means null."""
        encoded = [(name or "").encode() for name in names]
        lengths = np.array([len(one) for one in encoded], dtype=np.int64)
        return cls(b"".join(encoded) + PAD, np.cumsum(lengths) - lengths, lengths)

    def take(self, numbers: Offsets) -> pl.Series:
        """Return the text of each number."""
        return text_column(self._views[numbers], self.is_known[numbers], self._buffer)


def _views(padded: Buffer, starts: Offsets, lengths: Offsets) -> Words:
    """Return the string view of each value: shape (values, 2)."""
    words = words_of(padded)
    kept = np.maximum(lengths, 0)
    shortest, longest = (int(kept.min()), int(kept.max())) if len(kept) else (0, 0)
    views = np.empty((len(starts), 2), np.uint64)
    first = words[starts]
    first <<= _HALF
    if shortest < _PREFIX:
        first &= _LOW.take(np.minimum(kept, _INLINE + 1))
    np.bitwise_or(first, kept.view(np.uint64), out=views[:, 0])
    if shortest > _INLINE:
        np.left_shift(starts.view(np.uint64), _HALF, out=views[:, 1])
    elif longest <= _PREFIX:
        views[:, 1] = 0
    else:
        views[:, 1] = _rest(words, starts, kept, longest)
    return views


def _rest(words: Words, starts: Offsets, lengths: Offsets, longest: int) -> Words:
    """Return the second halves of views: the other characters of a short text, or its place."""
    rest = words[starts + _PREFIX]
    rest &= _HIGH.take(np.minimum(lengths, _INLINE + 1))
    if longest > _INLINE:
        rest |= (starts.view(np.uint64) << _HALF) * (lengths > _INLINE)
    return rest


def text_column(views: Words, is_valid: Mask, buffer: Buffer) -> pl.Series:
    """Return the values of string views, two words each, over a buffer that ends with PAD."""
    buffers = [_validity(is_valid), pa.py_buffer(views), pa.py_buffer(buffer)]
    return _series(pa.Array.from_buffers(pa.string_view(), len(views), buffers))


def _validity(is_valid: Mask) -> pa.Buffer | None:
    return None if is_valid.all() else pa.py_buffer(np.packbits(is_valid, bitorder="little"))


def numbers(values: Offsets, is_valid: Mask) -> pl.Series:
    """Return an Int64 column, null where `is_valid` is false."""
    return _plain(pa.int64(), values, is_valid)


def _plain(kind: pa.DataType, values: npt.NDArray[np.integer], is_valid: Mask) -> pl.Series:
    buffers = [_validity(is_valid), pa.py_buffer(np.ascontiguousarray(values))]
    return _series(pa.Array.from_buffers(kind, len(values), buffers))


class _Exported:
    """An array that shows nothing but Arrow's C interface.

    Polars takes it in a tenth of the time that it needs for what it knows as pyarrow's, for which
    it also loads pyarrow.compute: 50 ms of every process.
    """

    __slots__ = ("_array",)

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        exported: tuple[object, object] = self._array.__arrow_c_array__(requested_schema)
        return exported


def _series(array: pa.Array) -> pl.Series:
    return pl.Series(_Exported(array))


_BLANKS_FEW = 64
"""Blanks that are taken off all texts at once; of those with more, one text after the other."""


def trimmed(codes: Bytes, starts: Offsets, lengths: Offsets) -> tuple[Offsets, Offsets]:
    """Return the places of the same texts without ASCII blanks around them."""
    starts, ends = starts.copy(), starts + np.maximum(lengths, 0)
    left = np.flatnonzero((codes[starts] <= 32) & (starts < ends))
    for _ in range(_BLANKS_FEW):
        if not len(left):
            break
        starts[left] += 1
        left = left[(codes[starts[left]] <= 32) & (starts[left] < ends[left])]
    for row in left.tolist():
        filled = np.flatnonzero(codes[starts[row] : ends[row]] > 32)
        starts[row] = starts[row] + filled[0] if len(filled) else ends[row]
    right = np.flatnonzero((codes[np.maximum(ends - 1, 0)] <= 32) & (starts < ends))
    for _ in range(_BLANKS_FEW):
        if not len(right):
            break
        ends[right] -= 1
        right = right[(codes[ends[right] - 1] <= 32) & (starts[right] < ends[right])]
    for row in right.tolist():
        filled = np.flatnonzero(codes[starts[row] : ends[row]] > 32)
        ends[row] = starts[row] + filled[-1] + 1 if len(filled) else starts[row]
    return starts, ends - starts


def digits(words: Words, starts: Offsets, lengths: Offsets) -> tuple[Offsets, Mask]:
    """Return whole numbers and whether each is 1 to 18 ASCII digits; others have no meaning."""
    values, good = _eight(words, starts + np.maximum(lengths - 8, 0), np.minimum(lengths, 8))
    for place, scale in ((8, 10**8), (16, 10**16)):
        more = np.flatnonzero(lengths > place)
        if not len(more):
            break
        rest = lengths[more] - place
        higher, fine = _eight(
            words, starts[more] + np.maximum(rest - 8, 0), np.minimum(rest, 8 if place == 8 else 2)
        )
        values[more] += higher * scale
        good[more] &= fine
    return values, good & (lengths > 0) & (lengths <= 18)


def block_numbers(block: Bytes) -> tuple[Offsets, Mask]:
    """Return the numbers in a block of up to 16 characters a row, and where there is one.

    Every character must be an ASCII digit; where one is not, the number is 0.
    """
    rows, width = block.shape
    cells = np.full((rows, 16), ord("0"), dtype=np.uint8)
    cells[:, 16 - width :] = block
    values, good = _from_words(cells.view(np.dtype("<u8")))
    is_number: Mask = good[:, 0] & good[:, 1]
    number = values[:, 0] * 10**8 + values[:, 1]
    return number if is_number.all() else np.where(is_number, number, 0), is_number


def _eight(words: Words, starts: Offsets, lengths: Offsets) -> tuple[Offsets, Mask]:
    """Read up to eight digits each."""
    shift = ((8 - np.maximum(lengths, 0)) << 3).view(np.uint64)
    found = words[starts] << shift
    found |= _ZEROS & ~(u64(0xFFFFFFFFFFFFFFFF) << shift)
    return _from_words(found)


def _from_words(found: Words) -> tuple[Offsets, Mask]:
    """Read eight digits with three multiplications (Lemire's way); the words are used up."""
    good = (found & _HIGH_NIBBLES) == _ZEROS
    good &= ((found + _NINES) & _HIGH_NIBBLES) == _ZEROS
    found &= _LOW_NIBBLES
    found = (found * u64(10) + (found >> u64(8))) & u64(0x00FF00FF00FF00FF)
    found = (found * u64(100) + (found >> u64(16))) & u64(0x0000FFFF0000FFFF)
    found = (found * u64(10000) + (found >> u64(32))) & u64(0xFFFFFFFF)
    return found.view(np.int64), good


def sums_between(values: Offsets, firsts: Offsets, lasts: Offsets) -> list[int]:
    """Return the exact sum of values[first:last] for each pair; no sum can overflow."""
    high = np.concatenate(([0], np.cumsum(values >> 32)))
    low = np.concatenate(([0], np.cumsum(values & 0xFFFFFFFF)))
    highs = (high[lasts] - high[firsts]).tolist()
    lows = (low[lasts] - low[firsts]).tolist()
    return [(one << 32) + more for one, more in zip(highs, lows, strict=True)]


_FIRST_YEAR = 1970
_MONTHS = np.arange("1970-01", "2081-01", dtype="datetime64[M]")
_MONTH_STARTS = _MONTHS.astype("datetime64[D]").astype(np.int64)
_MONTH_DAYS = np.diff(_MONTH_STARTS)


def day_numbers(years: Offsets, months: Offsets, days: Offsets) -> tuple[Offsets, Mask]:
    """Return days since 1970 and whether each is a day of the calendar, 1970 to 2079."""
    good = (months >= 1) & (months <= 12) & (days >= 1)
    good &= (years >= _FIRST_YEAR) & (years < _FIRST_YEAR + 110)
    index = np.where(good, (years - _FIRST_YEAR) * 12 + months - 1, 0)
    good &= days <= _MONTH_DAYS[index]
    return _MONTH_STARTS[index] + days - 1, good


def dates(name: str, numbers: npt.NDArray[np.integer], valid: Mask | None = None) -> pl.Series:
    """Return a Date column of days since 1970, null where `valid` is false."""
    is_valid = np.ones(len(numbers), dtype=np.bool_) if valid is None else valid
    return _plain(pa.date32(), numbers.astype(np.int32), is_valid).alias(name)
