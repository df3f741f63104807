"""Card numbers of a batch to what may leave the parser: first six, last four, fingerprint.

Each distinct number is hashed once. Cards of 16 digits, which nearly all are, never become a text
of their own; the others go the way of all formats.
"""

import hashlib

import numpy as np
import polars as pl

from parsers.lines import protect_pans
from parsers.visa_baseii.columns import as_binary, read_numbers, read_texts
from parsers.visa_baseii.records import ZERO, Characters, Mask

_DIGITS = 16
_HASH_BLOCK = 64
_KEY_BYTES_MIN = 16


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
    if not is_number.all() or is_long.any() or len(key) < _KEY_BYTES_MIN:
        return _protect_others(cards, more, is_long, key)
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    pans = np.ascontiguousarray(cards[first])
    fingerprints = pl.Series(_fingerprints(pans, key), dtype=pl.String).gather(inverse)
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


def _fingerprints(pans: Characters, key: bytes) -> list[str]:
    """Return HMAC-SHA-256 of 16-digit numbers, as `tieout.references.fingerprint_pan` does.

    Both halves of the keyed hash are begun once and copied, which is three times as quick.
    """
    if len(key) > _HASH_BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(_HASH_BLOCK, b"\0")
    inner, outer = (hashlib.sha256(bytes(one ^ pad for one in padded)) for pad in (0x36, 0x5C))
    begin_inner, begin_outer = inner.copy, outer.copy
    found = []
    for pan in pans.view(f"S{_DIGITS}").reshape(-1).tolist():
        one = begin_inner()
        one.update(pan)
        two = begin_outer()
        two.update(one.digest())
        found.append(two.hexdigest())
    return found
