"""I1: every journal has two lines or more, and they sum to zero in each currency."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from tieout.invariants.violation import SHOWN_MAX, Violation
from tieout.store.tables.core import journal, posting


def check(connection: Connection) -> Sequence[Violation]:
    """Return journals whose lines do not sum to zero, and journals without lines."""
    total = func.sum(posting.c.amount_minor)
    uneven = connection.execute(
        select(posting.c.journal_id, posting.c.currency, total, func.count())
        .group_by(posting.c.journal_id, posting.c.currency)
        .having((total != 0) | (func.count() < 2))
        .order_by(posting.c.journal_id, posting.c.currency)
        .limit(SHOWN_MAX)
    )
    found = [
        Violation(f"journal {name}", f"{lines} lines sum to {int(amount)} {currency}, expected 0")
        for name, currency, amount, lines in uneven
    ]
    empty = connection.execute(
        select(journal.c.id)
        .outerjoin(posting, posting.c.journal_id == journal.c.id)
        .where(posting.c.journal_id.is_(None))
        .order_by(journal.c.id)
        .limit(SHOWN_MAX)
    ).scalars()
    return [*found, *(Violation(f"journal {name}", "has no lines") for name in empty)]
