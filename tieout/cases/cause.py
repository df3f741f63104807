"""What makes a case one case: its cause, and the identity that follows from it.

A cause is `<reconciliation>/<break_id>`: the leg and the line that was seen first. It stays the
same when the reason changes (missing yesterday, late today), on every machine and in every rerun;
so does the case's number, which is made from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from tieout.frames.identity import case_id_of


@dataclass(frozen=True)
class CauseOfCase:
    """A break as the cases see it, on one business date.

    `lines` are the lines involved, as JSON-ready dictionaries (see store/tables/cases.py).
    """

    reconciliation: str
    break_id: str
    leg: str
    feed: str
    reason: str
    severity: str
    currency: str | None
    at_risk_minor: int
    first_seen_date: date
    explanation: str
    lines: Sequence[dict[str, object]] = field(default_factory=tuple)

    @property
    def cause(self) -> str:
        """The key under which there is at most one case."""
        return f"{self.reconciliation}/{self.break_id}"

    @property
    def case_id(self) -> str:
        """The number people use; 60 bits of the cause's hash in letters and digits."""
        return case_id_of(self.cause)
