"""Card numbers of many records to what may leave the parser: first six, last four, fingerprint.

For the formats that find their records in one block of characters. Each distinct number is hashed
once. Numbers of 16 digits, which nearly all are, never become a text of their own; the others are
read one by one.
"""

import re

import numpy as np
import polars as pl

from parsers.views import PAD, Bytes, Lookup, Offsets, block_numbers
from tieout.references import Fingerprints

_USUAL, _HEX_DIGITS = 16, 64
_PAN = re.compile(rb"[0-9]{12,19}")


def protect_block(
    cells: Bytes, lengths: Offsets, hashes: Fingerprints
) -> tuple[pl.Series, pl.Series]:
    """Return (pan_masked, pan_fingerprint), null where there is no card number.

    A card number has 12 to 19 digits; blanks around it do not count.

    Args:
        cells: characters in ASCII, shape (rows, 16 or more).
        lengths: how many of them are of the number; none where that is 0, less, or too much.
        hashes: fingerprints under the feed's key.
    """
    numbers, is_usual = block_numbers(cells[:, :_USUAL])
    is_usual &= lengths == _USUAL
    rows = np.flatnonzero(is_usual)
    _, first, inverse = np.unique(numbers[rows], return_index=True, return_inverse=True)
    pans = np.ascontiguousarray(cells[rows[first], :_USUAL])
    which = np.full(len(cells), -1, dtype=np.int64)
    which[rows] = inverse
    others = _others(cells, lengths, np.flatnonzero(~is_usual), which, before=len(pans))
    hashed = hashes.of_joined(pans.tobytes(), _USUAL) + "".join(hashes.of(others)).encode()
    pans[:, 6:12] = ord("*")
    masked = pans.tobytes() + b"".join(one[:6] + b"******" + one[-4:] for one in others)
    return _column(masked, _USUAL, which), _column(hashed, _HEX_DIGITS, which)


def _others(
    cells: Bytes, lengths: Offsets, rows: Offsets, which: Offsets, *, before: int
) -> list[bytes]:
    """Return the distinct numbers that do not have 16 digits; write into `which` where they are."""
    found: dict[bytes, int] = {}
    for row, length in zip(rows.tolist(), lengths[rows].tolist(), strict=True):
        pan = cells[row, :length].tobytes().strip(b" ") if length <= cells.shape[1] else b""
        if length > 0 and _PAN.fullmatch(pan):
            which[row] = before + found.setdefault(pan, len(found))
    return list(found)


def _column(texts: bytes, width: int, which: Offsets) -> pl.Series:
    """Return the texts of these numbers; -1 is none."""
    count = len(texts) // width
    lengths = np.full(count + 1, width, dtype=np.int64)
    lengths[-1] = 0
    return Lookup(texts + PAD, np.arange(count + 1, dtype=np.int64) * width, lengths).take(which)
