"""The sender's own keys: that none comes twice, over all the pieces of a file.

Of each key only a hash of 64 bits is kept, so that memory hardly depends on the size of the file.
Where two hashes are the same, the file is read again, and the texts themselves decide.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import polars as pl

from parsers.declared.texts import Cells, Texts
from parsers.outcome import Findings

KEYS_SHOWN = 25
_EXPECTED = "a key that no other line has"


class OwnKeys:
    """The keys of one file, piece by piece."""

    def __init__(self, column: str, findings: Findings) -> None:
        self.column, self.findings = column, findings
        self.has_repeated = False
        self._hashes: list[pl.Series] = []

    def add(self, texts: Texts, *, is_whole: bool) -> None:
        """Take in the keys of a piece; `is_whole` says that the file has no other."""
        if is_whole and texts.are_few:
            given = [one for one in texts.few if one is not None]
            self.has_repeated = len(set(given)) != len(given)
            if not self.has_repeated:
                return
        self._hashes.append(texts.column.drop_nulls().hash())

    def repeat_in(self, keys: pl.Series) -> bool:
        """Tell whether a key comes twice in a batch, which then must not be handed on."""
        self.has_repeated |= keys.n_unique() != len(keys)
        return self.has_repeated

    def refuse_repeated(self, pieces: Iterable[Cells], field: str) -> None:
        """Refuse every line whose key comes again; `pieces` are those of the file, read again."""
        if not self._hashes:
            return
        hashes = pl.concat(self._hashes)
        if hashes.n_unique() == len(hashes):
            return
        suspects = hashes.filter(hashes.is_duplicated()).unique()
        found = [
            (cells.places.of(row), text)
            for cells in pieces
            for row, text in _held(cells.texts[self.column].column, suspects)
        ]
        times = Counter(text for _, text in found)
        repeated = [(place, text) for place, text in found if times[text] > 1]
        for place, text in repeated[:KEYS_SHOWN]:
            self.findings.refuse(
                "record_id_duplicate",
                field=field,
                found=repr(text),
                expected=_EXPECTED,
                hint="Correct the layout if the sender means something else, or ask again.",
                **place,
            )
        if len(repeated) > KEYS_SHOWN:
            self.findings.refuse(
                "record_id_duplicate",
                field=field,
                found=f"{len(repeated) - KEYS_SHOWN} more lines like the ones listed",
                expected=_EXPECTED,
                hint="They have the same cause.",
            )


def _held(keys: pl.Series, suspects: pl.Series) -> list[tuple[int, str]]:
    """Return row and text of the keys with one of the hashes."""
    is_held = keys.hash().is_in(suspects.implode()) & keys.is_not_null()
    rows = np.flatnonzero(is_held.to_numpy())
    return list(zip(rows.tolist(), keys.gather(rows).to_list(), strict=True))
