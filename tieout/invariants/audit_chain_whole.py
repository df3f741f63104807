"""I19: every audit row follows the one before it and hashes to what it says."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tieout.invariants.violation import Violation
from tieout.store.audit import find_break_in_chain


def check(connection: Connection) -> Sequence[Violation]:
    """Return where the chain first breaks, if it does."""
    broken = find_break_in_chain(connection)
    return [] if broken is None else [Violation("audit chain", broken)]
