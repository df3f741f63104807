"""Statements of an account follow each other: each opens with what the one before closed with.

A hole says that a statement is missing, or that one of them is not what the bank holds, even where
nobody expects a file on a given day.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import Any

from tieout.money import format_minor
from tieout.store.files import InboundFile


@dataclass(frozen=True)
class Gap:
    """Two statements of one account that do not follow each other; balances in minor units."""

    account: str
    currency: str
    before: InboundFile
    after: InboundFile
    closing_minor: int
    opening_minor: int

    @property
    def off_minor(self) -> int:
        """What the later statement opens with beyond what the earlier one closed with."""
        return self.opening_minor - self.closing_minor

    def explain(self) -> str:
        """Say in one sentence what does not follow, and what to look for."""
        opening, closing, off = (
            format_minor(minor, self.currency)
            for minor in (self.opening_minor, self.closing_minor, self.off_minor)
        )
        return (
            f"{self.after.name} opens account {self.account} with {opening} {self.currency}; "
            f"{self.before.name} closed it with {closing}: {off} {self.currency} between them. "
            "A statement is missing, or one of the two is not the bank's last word."
        )


@dataclass(frozen=True)
class Placed:
    """A statement with both balances, in minor units; `net` is what its entries come to.

    `is_consistent`: opening + net = closing; None where its format does not compare them.
    """

    file: InboundFile
    day: str
    opening: int
    closing: int
    net: int
    is_consistent: bool | None


@dataclass(frozen=True)
class Chain:
    """The statements of one account and currency, in order, each once."""

    account: str
    currency: str
    statements: list[Placed]

    @property
    def pairs(self) -> list[tuple[Placed, Placed]]:
        """Each statement with the one after it."""
        return list(pairwise(self.statements))


def chains_of(files: Sequence[InboundFile]) -> list[Chain]:
    """Return the statements that state both balances, by account and currency."""
    return [
        Chain(account, currency, _in_order(statements))
        for (account, currency), statements in sorted(_by_account(files).items())
    ]


def find_gaps(files: Sequence[InboundFile], *, explained: Sequence[date] = ()) -> list[Gap]:
    """Return where statements of the same account and currency do not follow each other.

    Args:
        files: of one feed, in the order of their dates and names.
        explained: dates whose files are missing or refused: a hole around one is no news.
    """
    gaps = []
    for chain in chains_of(files):
        for before, after in chain.pairs:
            if before.closing == after.opening:
                continue
            if any(before.file.file_date <= day <= after.file.file_date for day in explained):
                continue
            gaps.append(
                Gap(
                    chain.account,
                    chain.currency,
                    before.file,
                    after.file,
                    before.closing,
                    after.opening,
                )
            )
    return gaps


def _in_order(statements: Sequence[Placed]) -> list[Placed]:
    """Put statements into the order of their days, and those of a day behind each other.

    A file may begin with the newest one. The same statement sent again counts once.
    """
    ordered: list[Placed] = []
    for _day, group in groupby(sorted(statements, key=lambda one: one.day), lambda one: one.day):
        left = list({(one.opening, one.closing): one for one in reversed(list(group))}.values())
        left.reverse()
        while left:
            ordered.append(left.pop(_next_place(left, ordered[-1].closing if ordered else None)))
    return ordered


def _next_place(left: Sequence[Placed], closing: int | None) -> int:
    """Return the one that opens with `closing`; else the first that follows none of the others."""
    closings = {one.closing for one in left if one.opening != one.closing}
    for place, one in enumerate(left):
        if one.opening == closing:
            return place
    return next((place for place, one in enumerate(left) if one.opening not in closings), 0)


def _by_account(files: Sequence[InboundFile]) -> dict[tuple[str, str], list[Placed]]:
    found: dict[tuple[str, str], list[Placed]] = defaultdict(list)
    for file in files:
        for statement in statements_in(file):
            account, currency = statement.get("account"), statement.get("currency")
            opening, closing = statement.get("opening_minor"), statement.get("closing_minor")
            if account and currency and opening is not None and closing is not None:
                day = statement.get("closing_date") or file.file_date.isoformat()
                net, is_consistent = statement.get("net_minor", 0), statement.get("consistent")
                placed = Placed(file, day, opening, closing, net, is_consistent)
                found[account, currency].append(placed)
    return found


def statements_in(file: InboundFile) -> Iterator[dict[str, Any]]:
    """Yield what a file in use says of each of its statements."""
    if file.state == "parsed" and file.summary:
        yield from file.summary.get("statements", ())
