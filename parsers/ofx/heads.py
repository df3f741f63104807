"""What statements say of themselves: whose they are, in which currency, and their balance."""

from dataclasses import dataclass

import numpy as np

from parsers.ofx.amounts import read_amount
from parsers.ofx.layout import ENTRY, ENTRY_END, LEDGER, LEDGER_END, STATEMENT
from parsers.ofx.tags import Tags
from tieout.money import exponents


@dataclass(frozen=True, slots=True)
class Head:
    """What a statement says of itself; `currency` is None where ISO does not list it.

    `balance` and `day` are the texts of its LEDGERBAL.
    """

    byte_start: int
    account: str | None
    currency: str | None
    has_ledger: bool
    balance: str | None
    day: str | None

    @property
    def closing_minor(self) -> int | None:
        """The ledger balance in minor units; None where there is no readable one."""
        if self.currency is None:
            return None
        return read_amount(self.balance, exponents()[self.currency])


def read_heads(tags: Tags, assumed: str | None) -> list[Head]:
    """Return the statements of a file, in order.

    Args:
        tags: of the file.
        assumed: currency of statements that name none.
    """
    opens = tags.named(STATEMENT)
    count = int(opens.sum())
    owners = np.cumsum(opens) - 1
    outside = ~tags.within(ENTRY, ENTRY_END)
    ledger = tags.within(LEDGER, LEDGER_END)
    wanted = (
        outside & tags.named("ACCTID"),
        outside & tags.named("CURDEF"),
        tags.named(LEDGER),
        ledger & tags.named("BALAMT"),
        ledger & tags.named("DTASOF"),
    )
    firsts = [tags.first(one, owners, count).tolist() for one in wanted]
    heads = []
    for start, account, currency, has_ledger, balance, day in zip(
        tags.starts[opens].tolist(), *firsts, strict=True
    ):
        code = tags.value(currency)
        code = assumed if code is None else code.upper()
        heads.append(
            Head(
                start,
                tags.value(account),
                code if code in exponents() else None,
                has_ledger >= 0,
                tags.value(balance),
                tags.value(day),
            )
        )
    return heads
