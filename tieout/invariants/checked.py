"""The list of invariants and the one way to run them all."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tieout.invariants import (
    amounts_follow_operations,
    audit_chain_whole,
    events_contiguous,
    in_flight_within_lease,
    journals_balance,
    outbox_complete,
    reversals_mirror,
    states_follow_events,
    suspense_equals_open,
)
from tieout.invariants.violation import Check, Violation

INVARIANTS: dict[str, tuple[str, Check]] = {
    "journals_balance": (
        "Postings of each journal and currency sum to zero",
        journals_balance.check,
    ),
    "reversals_mirror": (
        "A reversing journal is the exact opposite of what it reverses",
        reversals_mirror.check,
    ),
    "states_follow_events": (
        "Each stored state is where its events lead, by the state tables",
        states_follow_events.check,
    ),
    "events_contiguous": (
        "Events of a payment count 1, 2, 3 … up to its version",
        events_contiguous.check,
    ),
    "amounts_follow_operations": (
        "Amounts of a payment are the sums of its operations and in order",
        amounts_follow_operations.check,
    ),
    "suspense_equals_open": (
        "Suspense balances equal the open unmatched records",
        suspense_equals_open.check,
    ),
    "outbox_complete": (
        "Every payment has told others of its latest change",
        outbox_complete.check,
    ),
    "in_flight_within_lease": (
        "No operation in flight is older than the latest event by a day",
        in_flight_within_lease.check,
    ),
    "audit_chain_whole": (
        "The audit chain has no gap and no row was changed",
        audit_chain_whole.check,
    ),
}
"""Name → sentence that people read, and the check."""


@dataclass(frozen=True, slots=True)
class Result:
    """One invariant after a run: it holds when `violations` is empty."""

    name: str
    statement: str
    violations: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        """Tell whether nothing breaks the invariant."""
        return not self.violations


def run_all(connection: Connection) -> Sequence[Result]:
    """Run every invariant on one state of the database, in the order of INVARIANTS."""
    return [
        Result(name, statement, tuple(check(connection)))
        for name, (statement, check) in INVARIANTS.items()
    ]
