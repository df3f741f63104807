"""What a bank says of its accounts, held against itself and against the lines that we hold of them.

A statement opens with what the one before closed with, and opening and entries give the closing
balance. The balance has moved by exactly the lines that were matched, left aside or are still open
since the first statement. These are a bank's figures: what does not close is a case, not a failed
run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, func, or_, select

from assets.continuity import Chain, chains_of, statements_in
from assets.file_cases import file_cause, without_repeats
from assets.night import Night
from tieout.cases.cause import CauseOfCase
from tieout.config import Feed
from tieout.frames.reasons import BreakReason
from tieout.frames.results import OPEN_OUTCOMES
from tieout.money import format_minor
from tieout.store.files import InboundFile, files_up_to
from tieout.store.proofs import Proof, ProofRow
from tieout.store.tables.runs import day_total

_NAME_MAX = 64
_ACCOUNTS_SHOWN = 3


@dataclass(frozen=True)
class Proved:
    """The rows of a date, and the causes of what does not close and nothing explains."""

    rows: list[ProofRow]
    causes: list[CauseOfCase]


@dataclass(frozen=True)
class _Side:
    """A side of a leg that a feed is on."""

    reconciliation: str
    leg: str
    side: str
    feed: Feed


def prove_statements(
    night: Night, connection: Connection, business_date: date, known: Sequence[CauseOfCase]
) -> Proved:
    """Prove the statements of every feed up to a date.

    `known`: the causes about files of the date; they explain what does not close of their feeds.
    """
    rows: list[ProofRow] = []
    causes: list[CauseOfCase] = []
    for name, feed in sorted(night.workspace.feeds.items()):
        if feed.transport == "core":
            continue
        files = without_repeats(files_up_to(connection, name, business_date))
        rows += _continuity(business_date, feed, chains_of(files))
        is_explained = any(cause.feed == name for cause in known)
        for side in _sides(night, feed):
            for row in _balances(connection, business_date, side, files):
                if is_explained and not row.holds:
                    rows.append(replace(row, detail=f"{row.detail}; a case about a file says why"))
                    continue
                rows.append(row)
                if not row.holds:
                    causes.append(_cause(feed, side, row))
    return Proved(rows, causes)


def _sides(night: Night, feed: Feed) -> Iterator[_Side]:
    if feed.role == "statement":
        for reconciliation, leg in night.legs():
            for side, name in (("left", leg.left), ("right", leg.right)):
                if name == feed.name:
                    yield _Side(reconciliation, leg.name, side, feed)


def _continuity(business_date: date, feed: Feed, chains: Sequence[Chain]) -> Iterator[ProofRow]:
    """Yield both proofs of each account; a feed without balances has none."""
    for chain in chains:
        pairs = chain.pairs
        whole = [one for one in chain.statements if one.is_consistent is not None]
        following = sum(before.closing == after.opening for before, after in pairs)
        footing = sum(one.opening + one.net == one.closing for one in whole)
        for what, count, holding, sums in (
            (
                "opens as the one before closed",
                len(pairs),
                following,
                (sum(one.closing for one, _ in pairs), sum(one.opening for _, one in pairs)),
            ),
            (
                "opening + entries = closing",
                len(whole),
                footing,
                (sum(one.opening + one.net for one in whole), sum(one.closing for one in whole)),
            ),
        ):
            yield ProofRow(
                business_date,
                f"files/{feed.name}",
                Proof.CONTINUITY,
                f"{what}, {chain.account}"[:_NAME_MAX],
                chain.currency,
                count,
                holding,
                *sums,
                holds=count == holding,
                detail=f"account {chain.account}",
            )


def _balances(
    connection: Connection, business_date: date, side: _Side, files: Sequence[InboundFile]
) -> Iterator[ProofRow]:
    """Yield per currency the balance that the accounts close with, and what the lines say."""
    first = _first_date(connection, side)
    if first is None or first > business_date:
        return
    seen = [file for file in files if file.state == "parsed" and file.received_on >= first]
    if not _all_state_balances(seen):
        return
    by_currency: dict[str, list[Chain]] = defaultdict(list)
    for chain in chains_of(seen):
        by_currency[chain.currency].append(chain)
    lines, unbooked = _lines(connection, business_date, side), _unbooked(seen)
    for currency, chains in sorted(by_currency.items()):
        opening = sum(chain.statements[0].opening for chain in chains)
        closing = sum(chain.statements[-1].closing for chain in chains)
        counted = opening + lines.get(currency, 0) - unbooked[currency]
        accounts = [chain.account for chain in chains]
        more = "" if len(accounts) <= _ACCOUNTS_SHOWN else " …"
        yield ProofRow(
            business_date,
            f"files/{side.feed.name}",
            Proof.BALANCE,
            f"balance and lines on {side.leg}"[:_NAME_MAX],
            currency,
            sum(len(chain.statements) for chain in chains),
            sum(len(chain.statements) for chain in chains),
            closing,
            counted,
            holds=closing == counted,
            detail=f"accounts {', '.join(accounts[:_ACCOUNTS_SHOWN])}{more}; opened with "
            f"{format_minor(opening, currency)}",
        )


def _all_state_balances(files: Sequence[InboundFile]) -> bool:
    """Tell whether every line of the files stands on a statement with both balances."""
    stated = ("account", "currency", "opening_minor", "closing_minor")
    for file in files:
        statements = list(statements_in(file))
        if any(one.get(name) is None for one in statements for name in stated):
            return False
        if not statements and (file.summary or {}).get("lines"):
            return False
    return True


def _unbooked(files: Sequence[InboundFile]) -> Counter[str]:
    """Return per currency the money of pending and informational entries: no balance holds it."""
    found: Counter[str] = Counter()
    for file in files:
        for total in (file.summary or {}).get("totals", ()):
            found[total["currency"]] += total["credit_minor"] - total["debit_minor"]
        for statement in statements_in(file):
            found[statement["currency"]] -= statement["net_minor"]
    return found


def _first_date(connection: Connection, side: _Side) -> date | None:
    of_leg = (day_total.c.reconciliation == side.reconciliation) & (day_total.c.leg == side.leg)
    found: date | None = connection.execute(
        select(func.min(day_total.c.business_date)).where(of_leg)
    ).scalar_one()
    return found


def _lines(connection: Connection, business_date: date, side: _Side) -> dict[str, int]:
    """Return per currency the money of all lines up to the date: done with, or open on it."""
    total = day_total.c
    is_open = total.outcome.in_(OPEN_OUTCOMES)
    query = (
        select(total.currency, func.sum(total.amount_minor))
        .where(
            total.reconciliation == side.reconciliation,
            total.leg == side.leg,
            total.side == side.side,
            total.feed == side.feed.name,
            total.business_date <= business_date,
            or_(~is_open, total.business_date == business_date),
        )
        .group_by(total.currency)
    )
    return {currency: int(minor) for currency, minor in connection.execute(query)}


def _cause(feed: Feed, side: _Side, row: ProofRow) -> CauseOfCase:
    off = row.sum_in_minor - row.sum_out_minor
    closing, counted, difference = (
        format_minor(minor, row.currency) for minor in (row.sum_in_minor, row.sum_out_minor, off)
    )
    cause = file_cause(
        feed,
        BreakReason.BAL_PROOF,
        f"balance:{feed.name}:{side.reconciliation}:{side.leg}:{row.currency}",
        row.business_date,
        f"The statements of {feed.name} close with {closing} {row.currency}; their opening balance "
        f"and all lines on leg {side.leg} come to {counted}: difference {difference}. Lines are "
        "missing from a statement, or stand there twice.",
    )
    return replace(cause, currency=row.currency, at_risk_minor=off)
