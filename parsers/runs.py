"""A column of short texts as one run of bytes: what is read eight characters at a time.

Regular expressions look at one text after the other. Amounts, dates and times are short and nearly
all alike, so here each of them is taken as one or two 64-bit words, and a whole column of words is
judged and turned into numbers by plain arithmetic (the first character is the lowest byte). Only
what does not look ordinary is left to the expressions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Words = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SLICE_ROWS = 16_384
"""Rows that are worked on at once: their words stay in the processor's cache."""

_MARGIN = 32
_FEW = 500
_ZEROS = np.uint64(0x3030303030303030)
_HIGH = np.uint64(0xF0F0F0F0F0F0F0F0)
_SIX = np.uint64(0x0606060606060606)
_PAIRS = np.uint64(0x000000FF000000FF)


@dataclass(frozen=True, slots=True)
class Run:
    """Texts one after the other, nulls as empty ones, with room to read beyond both ends."""

    buffer: npt.NDArray[np.uint8]
    starts: Offsets
    ends: Offsets

    def words(self, places: Offsets) -> Words:
        """Return the eight bytes from each of `places` on."""
        every = np.ndarray((len(self.buffer) - 7,), "<u8", self.buffer, strides=(1,))
        found: Words = every[places]
        return found

    def slices(self) -> Iterator[slice]:
        """Yield the rows in pieces of SLICE_ROWS."""
        for first in range(0, len(self.starts), SLICE_ROWS):
            yield slice(first, first + SLICE_ROWS)


def run_of(texts: pl.Series) -> Run:
    """Return the texts of a String column as one run."""
    if len(texts) < _FEW:  # a query is worth its while only for many
        encoded = [(one or "").encode() for one in texts.to_list()]
        lengths, joined = np.array([len(one) for one in encoded], dtype=np.int64), b"".join(encoded)
    else:
        lengths = texts.str.len_bytes().fill_null(0).to_numpy()
        joined = (texts.str.join("", ignore_nulls=True).item() or "").encode()
    ends = np.cumsum(lengths, dtype=np.int64) + _MARGIN
    margin = b"\0" * _MARGIN
    buffer = np.frombuffer(margin + joined + margin, dtype=np.uint8)
    return Run(buffer, ends - lengths, ends)


def are_digits(words: Words) -> Mask:
    """Tell of which words all eight bytes are ASCII digits."""
    low: Mask = (words & _HIGH) == _ZEROS
    high: Mask = ((words + _SIX) & _HIGH) == _ZEROS
    return low & high


def numbers(words: Words) -> npt.NDArray[np.int64]:
    """Return what eight digits a word say, the first digit being the greatest."""
    digits = words - _ZEROS
    digits = digits * np.uint64(10) + (digits >> np.uint64(8))
    upper = (digits & _PAIRS) * np.uint64(0x000F424000000064)
    lower = ((digits >> np.uint64(16)) & _PAIRS) * np.uint64(0x0000271000000001)
    return ((upper + lower) >> np.uint64(32)).astype(np.int64)
