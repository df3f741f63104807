"""I4: the balance of each suspense account is the sum of its open unmatched records."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from tieout.invariants.violation import Violation
from tieout.store.tables.core import posting, suspense_item


def check(connection: Connection) -> Sequence[Violation]:
    """Return suspense accounts whose balance is not what the open items sum to."""
    balance = connection.execute(
        # Credits are negative: an open credit to us is a negative balance of suspense.
        select(posting.c.account, posting.c.currency, -func.sum(posting.c.amount_minor))
        .where(posting.c.account.like("suspense:%"))
        .group_by(posting.c.account, posting.c.currency)
    )
    opened = connection.execute(
        select(
            suspense_item.c.account,
            suspense_item.c.currency,
            func.sum(suspense_item.c.amount_minor),
        )
        .where(suspense_item.c.is_open == True)  # noqa: E712 - SQL, not Python
        .group_by(suspense_item.c.account, suspense_item.c.currency)
    )
    balances = {(account, currency): int(total) for account, currency, total in balance}
    items = {(account, currency): int(total) for account, currency, total in opened}
    return [
        Violation(
            f"{account} {currency}",
            f"holds {balances.get((account, currency), 0)} minor units, "
            f"open records sum to {items.get((account, currency), 0)}",
        )
        for account, currency in sorted(balances.keys() | items.keys())
        if balances.get((account, currency), 0) != items.get((account, currency), 0)
    ]
