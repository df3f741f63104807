"""Card numbers of a batch to what may leave the parser: first six, last four, fingerprint.

Each distinct number is hashed once. Cards of 16 digits, which nearly all are, never become a text
of their own; the others are read one by one.
"""

import re

import numpy as np
import polars as pl

from parsers.views import PAD, Lookup
from parsers.visa_baseii.columns import read_numbers
from parsers.visa_baseii.records import ZERO, Characters, Mask, Numbers
from tieout.references import Fingerprints

_DIGITS, _HEX_DIGITS = 16, 64
_PAN = re.compile(rb"[0-9]{12,19}")


def protect_cards(
    cards: Characters, more: Characters | None, hashes: Fingerprints
) -> tuple[pl.Series, pl.Series]:
    """Return (pan_masked, pan_fingerprint), null where there is no card number.

    Args:
        cards: shape (rows, 16).
        more: shape (rows, 3), digits 17 to 19 of longer numbers; zeros for others.
        hashes: fingerprints under the feed's key.
    """
    numbers, is_usual = read_numbers(cards)
    is_long = np.zeros(len(cards), dtype=np.bool_) if more is None else _goes_on(more)
    is_usual &= ~is_long
    rows = np.flatnonzero(is_usual)
    _, first, inverse = np.unique(numbers[rows], return_index=True, return_inverse=True)
    pans = np.ascontiguousarray(cards[rows[first]])
    found: list[bytes] = pans.view(f"S{_DIGITS}").reshape(-1).tolist()
    which = np.full(len(cards), -1, dtype=np.int64)
    which[rows] = inverse
    others = _others(cards, more, np.flatnonzero(~is_usual), is_long, which, len(found))
    pans[:, 6:12] = ord("*")
    masked = pans.tobytes() + b"".join(one[:6] + b"******" + one[-4:] for one in others)
    hashed = "".join(hashes.of(found + others)).encode()
    return _column(masked, _DIGITS, which), _column(hashed, _HEX_DIGITS, which)


def _others(
    cards: Characters,
    more: Characters | None,
    rows: Numbers,
    is_long: Mask,
    which: Numbers,
    before: int,
) -> list[bytes]:
    """Return the distinct numbers that do not have 16 digits; write into `which` where they are."""
    found: dict[bytes, int] = {}
    for row in rows.tolist():
        text = cards[row].tobytes() + (
            more[row].tobytes() if more is not None and is_long[row] else b""
        )
        pan = text.strip(b" ")
        if _PAN.fullmatch(pan):
            which[row] = before + found.setdefault(pan, len(found))
    return list(found)


def _column(texts: bytes, width: int, which: Numbers) -> pl.Series:
    """Return the texts of these numbers; -1 is none."""
    count = len(texts) // width
    lengths = np.full(count + 1, width, dtype=np.int64)
    lengths[-1] = 0
    return Lookup(texts + PAD, np.arange(count + 1, dtype=np.int64) * width, lengths).take(which)


def _goes_on(more: Characters) -> Mask:
    mask: Mask = np.any((more > ZERO) & (more <= ord("9")), axis=1)
    return mask
