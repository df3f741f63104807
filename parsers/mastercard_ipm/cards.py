"""Card numbers to what may leave the parser: first six and last four, and a keyed fingerprint.

The same forms as tieout.references gives one at a time. Each distinct number is hashed once, as far
as REMEMBERED_MAX of them fit.
"""

import numpy as np
import polars as pl

from parsers.mastercard_ipm.text import Offsets, Text, strings
from tieout.references import Fingerprints

DIGITS_MIN, DIGITS_MAX = 12, 19
REMEMBERED_MAX = 200_000


class Cards:
    """Fingerprints of one file's card numbers under one key.

    Raises:
        ReferenceInvalid: the key is shorter than 16 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._hashes = Fingerprints(key)
        self._known: dict[bytes | None, str] = {}

    def protect(self, text: Text, at: Offsets, lengths: Offsets) -> dict[str, pl.Series]:
        """Return pan_masked and pan_fingerprint of the numbers at these places.

        Both are null where there is no card number: it has 12 to 19 digits.
        """
        pans = text.texts(at, lengths)
        is_pan = pans.str.contains(rf"^[0-9]{{{DIGITS_MIN},{DIGITS_MAX}}}$").fill_null(False)
        numbers = pans.set(~is_pan, None).cast(pl.Binary).to_list()
        fingerprints = self._fingerprints(numbers)
        masked = _masked(text, at, lengths, pans)
        return {
            "pan_masked": masked if is_pan.all() else masked.set(~is_pan, None),
            "pan_fingerprint": pl.Series(fingerprints, dtype=pl.String),
        }

    def _fingerprints(self, numbers: list[bytes | None]) -> list[str | None]:
        known = self._known
        if len(known) > REMEMBERED_MAX:
            known.clear()
        new = [one for one in dict.fromkeys(numbers) if one is not None and one not in known]
        known.update(zip(new, self._hashes.of(new), strict=True))
        return list(map(known.get, numbers))


def _masked(text: Text, at: Offsets, lengths: Offsets, pans: pl.Series) -> pl.Series:
    """Return first six, six stars, last four of each text."""
    if (pans.str.len_bytes().fill_null(0) != np.maximum(lengths, 0)).any():
        # Blanks were cut off: then the bytes are not the text.
        return pans.str.head(6) + "******" + pans.str.tail(4)
    cells = np.full((len(at), 16), ord("*"), dtype=np.uint8)
    cells[:, :6] = text.letters(text.bytes_at(at, 6))
    cells[:, 12:] = text.letters(text.bytes_at(at + np.maximum(lengths, 4) - 4, 4))
    return strings(cells)
