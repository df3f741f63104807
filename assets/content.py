"""What a file says, apart from how: by it a file that was sent a second time is known again.

A sender that makes its file anew (another time stamp, another name) sends other bytes with the same
money in them. Its lines are judged one by one like all others; that the file as a whole was there
before is one case, which says why so many of them are duplicates.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import polars as pl

from parsers import Statement
from tieout.frames.settlement import LINE_SCHEMA

_PLACE = ("record_id", "feed", "file_sha256", "record_no", "byte_start", "byte_length")
_SAYS = [name for name in LINE_SCHEMA if name not in _PLACE]
"""Everything but where it stands: two payments that differ in anything are two payments."""


class Content:
    """The digest of what a file says: its lines in their order, then its statements."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._is_empty = True

    def of(self, batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Pass batches on and take them in."""
        for batch in batches:
            self._is_empty = self._is_empty and batch.is_empty()
            self._digest.update(batch.select(_SAYS).write_csv(include_header=False).encode())
            yield batch

    def sha256(self, statements: Iterable[Statement]) -> str | None:
        """Return the digest; None for a file without lines: those are alike on many dates."""
        if self._is_empty:
            return None
        says = json.dumps([asdict(one) for one in statements], sort_keys=True)
        digest = self._digest.copy()
        digest.update(says.encode())
        return digest.hexdigest()
