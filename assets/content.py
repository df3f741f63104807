"""What a file says, apart from how: by it a file that was sent a second time is known again.

A sender that makes its file anew (another time stamp, another name) sends other bytes with the same
money in them. Used twice, every line of it would be a duplicate; known as a whole, it is one case.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import polars as pl

from parsers import Statement

_SAYS = (
    *("account", "kind", "is_booked", "currency", "amount_minor", "net_minor"),
    *("business_date", "value_date"),
    *("scheme_ref", "rrn", "psp_ref", "merchant_ref", "batch_ref", "auth_code"),
)


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
