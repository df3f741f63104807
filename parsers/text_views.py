"""Columns of text over a block, as in views.py, made in one pass by a compiled loop."""

import numpy as np
import polars as pl

from parsers.compiled import compiled
from parsers.views import Bytes, Mask, Offsets, Words, text_column

_INLINE = 12


@compiled
def _fill(codes: Bytes, starts: Offsets, lengths: Offsets, views: Words, is_valid: Mask) -> None:
    """Write the view of each text, and whether there is one; both come as zeros."""
    for row in range(len(starts)):
        length, start = lengths[row], starts[row]
        if length <= 0:
            continue
        is_valid[row] = True
        first, second = np.uint64(length), np.uint64(0)
        for place in range(min(length, 4)):
            first |= np.uint64(codes[start + place]) << np.uint64(32 + 8 * place)
        if length > _INLINE:
            second = np.uint64(start) << np.uint64(32)
        else:
            for place in range(4, length):
                second |= np.uint64(codes[start + place]) << np.uint64(8 * place - 32)
        views[row, 0], views[row, 1] = first, second


def texts_of(text: Bytes, starts: Offsets, lengths: Offsets) -> pl.Series:
    """Return String values of a block of UTF-8, null for a length below 1.

    Args:
        text: below 2 GiB; every value starts and ends at the border of a character.
        starts: first byte of each value.
        lengths: bytes of each value.
    """
    views, is_valid = np.zeros((len(starts), 2), np.uint64), np.zeros(len(starts), np.bool_)
    _fill(text, starts, lengths, views, is_valid)
    return text_column(views, is_valid, text)
