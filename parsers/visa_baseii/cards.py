"""Card numbers of a batch to what may leave the parser: first six, last four, fingerprint.

Each distinct number is hashed once. Cards of 16 digits, which nearly all are, never become a text
of their own; the others go the way of all formats.
"""

import numpy as np
import polars as pl

from parsers.lines import protect_pans
from parsers.visa_baseii.columns import as_binary, read_numbers, read_texts
from parsers.visa_baseii.records import ZERO, Characters, Mask
from tieout.references import Fingerprints

_DIGITS = 16


def protect_cards(
    cards: Characters, more: Characters | None, key: bytes
) -> tuple[pl.Series, pl.Series]:
    """Return (pan_masked, pan_fingerprint), null where there is no card number.

    Args:
        cards: shape (rows, 16).
        more: shape (rows, 3), digits 17 to 19 of longer numbers; zeros for others.
        key: of the fingerprints.
    """
    is_long = _goes_on(more) if more is not None else np.zeros(len(cards), dtype=np.bool_)
    numbers, is_number = read_numbers(cards)
    if not is_number.all() or is_long.any():
        return _protect_others(cards, more, is_long, key)
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    pans = np.ascontiguousarray(cards[first])
    hashed = Fingerprints(key).of(pans.view(f"S{_DIGITS}").reshape(-1).tolist())
    fingerprints = pl.Series(hashed, dtype=pl.String).gather(inverse)
    pans[:, 6:12] = ord("*")
    masked = as_binary(pans).cast(pl.String).gather(inverse)
    return masked, fingerprints


def _goes_on(more: Characters) -> Mask:
    mask: Mask = np.any((more > ZERO) & (more <= ord("9")), axis=1)
    return mask


def _protect_others(
    cards: Characters,
    more: Characters | None,
    is_long: np.ndarray[tuple[int], np.dtype[np.bool_]],
    key: bytes,
) -> tuple[pl.Series, pl.Series]:
    texts = read_texts({"card": cards} if more is None else {"card": cards, "more": more})
    pans = texts["card"]
    if is_long.any():
        pans = (pans + texts["more"]).zip_with(pl.Series(is_long), pans)
    return protect_pans(pans, key)
