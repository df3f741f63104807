"""What an invariant says when it is broken, and how much it shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

SHOWN_MAX = 20
"""Violations that one invariant shows; a broken ledger must not fill the screen."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as it must be: `subject` says where, `detail` what, with numbers."""

    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.detail}"


Check = Callable[[Connection], Sequence[Violation]]
"""Reads the database and returns at most SHOWN_MAX violations, in a fixed order."""
