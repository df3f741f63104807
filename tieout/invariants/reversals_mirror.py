"""A journal that reverses another has the same accounts with opposite amounts."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, union_all

from tieout.invariants.violation import SHOWN_MAX, Violation
from tieout.store.tables.core import journal, posting


def check(connection: Connection) -> Sequence[Violation]:
    """Return pairs of journal and reversal that leave something on an account."""
    lines = (posting.c.account, posting.c.currency, posting.c.amount_minor)
    reversing = select(journal.c.id.label("pair"), *lines).join(
        posting, posting.c.journal_id == journal.c.id
    )
    reversed_one = select(journal.c.id.label("pair"), *lines).join(
        posting, posting.c.journal_id == journal.c.reverses_id
    )
    both = union_all(reversing.where(journal.c.reverses_id.is_not(None)), reversed_one).subquery()
    left = func.sum(both.c.amount_minor)
    rows = connection.execute(
        select(both.c.pair, both.c.account, both.c.currency, left)
        .group_by(both.c.pair, both.c.account, both.c.currency)
        .having(left != 0)
        .order_by(both.c.pair, both.c.account)
        .limit(SHOWN_MAX)
    )
    return [
        Violation(f"journal {pair}", f"leaves {int(amount)} {currency} on {account}, expected 0")
        for pair, account, currency, amount in rows
    ]
