"""Statements with what their entries come to."""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np

from parsers.ofx.entries import Entries
from parsers.ofx.heads import Head
from parsers.outcome import FINDINGS_MAX, Findings, Statement
from parsers.views import sums_between

_DAY = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")


def close_statements(
    heads: Sequence[Head], entries: Entries, findings: Findings
) -> tuple[Statement, ...]:
    """Return the statements with what their entries come to.

    Entries in another currency are told and not in the sum; so are balances that are none.
    """
    bounds = np.searchsorted(entries.statement, np.arange(len(heads) + 1))
    own = np.where(entries.is_own, entries.minor, 0)
    sums = sums_between(own, bounds[:-1], bounds[1:])
    before = np.concatenate([[0], np.cumsum(~entries.is_own)])
    others = (before[bounds[1:]] - before[bounds[:-1]]).tolist()
    counts = np.diff(bounds).tolist()
    closings = [one.closing_minor for one in heads]
    _tell(heads, others, closings, findings)
    return tuple(
        Statement(
            account=head.account,
            reference=None,
            currency=head.currency,
            opening_minor=None,
            closing_minor=closing,
            net_minor=net,
            entries=count,
            consistent=None,
            closing_date=_iso(head.day),
        )
        for head, closing, net, count in zip(heads, closings, sums, counts, strict=True)
    )


def _tell(
    heads: Sequence[Head], others: Sequence[int], closings: Sequence[int | None], findings: Findings
) -> None:
    odd = 0
    for head, foreign, closing in zip(heads, others, closings, strict=True):
        unread = head.has_ledger and head.currency is not None and closing is None
        odd += bool(foreign or unread)
        if odd > FINDINGS_MAX:
            findings.more += bool(foreign or unread)
            continue
        if foreign:
            findings.warn(
                "currency_differs",
                byte_offset=head.byte_start,
                record="STMTTRN",
                field="CURSYM",
                found=f"{foreign} entries in another currency",
                expected=f"{head.currency}, the currency of the account",
                hint="The lines are kept; they are left out of the statement's sum.",
            )
        if unread:
            findings.warn(
                "balance_unreadable",
                byte_offset=head.byte_start,
                record="LEDGERBAL",
                field="BALAMT",
                found=repr(head.balance or ""),
                expected=f"an amount in {head.currency}",
                hint="The entries are used; the closing balance is not known.",
            )


def _iso(text: str | None) -> str | None:
    found = _DAY.match(text or "")
    try:
        return date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None
