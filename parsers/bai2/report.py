"""What accounts and groups say about themselves when the file has been read."""

from collections.abc import Sequence
from datetime import date

from parsers.bai2 import layout
from parsers.bai2.groups import Account
from parsers.outcome import ControlTotal, Findings, Statement


def check_groups(accounts: Sequence[Account], findings: Findings) -> None:
    """Refuse test groups; warn about those that do not simply add to what was sent before."""
    seen: set[int] = set()
    for account in accounts:
        group = account.group
        if id(group) in seen:
            continue
        seen.add(id(group))
        where = {"line": account.record.line, "byte_offset": account.record.start, "record": "02"}
        if group.status == layout.STATUS_TEST:
            findings.refuse(
                "test_mode",
                **where,
                found="group status 4 (test only)",
                expected="status 1",
                hint="Test data must not post.",
            )
        elif group.status in (layout.STATUS_DELETION, layout.STATUS_CORRECTION):
            findings.warn(
                "group_replaces",
                **where,
                found=f"group status {group.status}",
                expected="status 1 (update)",
                hint="It takes back (2) or corrects (3) what was sent before: compare both.",
            )
        elif group.modifier in layout.INTERIM_MODIFIERS:
            findings.warn(
                "interim_report",
                **where,
                found=f"as-of date modifier {group.modifier}",
                expected="modifier 2, final data of a day",
                hint="The final report repeats these entries: reconcile one of both.",
            )


def report_statements(
    accounts: Sequence[Account], findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    """Return a statement per account; warn where balances and entries do not agree."""
    statements, totals = [], []
    for account in accounts:
        statement = _statement(account)
        statements.append(statement)
        if statement.consistent is not None and account.opening is not None:
            end = str(account.opening + account.net)
            name = f"closing balance of {account.number}"
            totals.append(ControlTotal(name, str(account.closing), end, statement.consistent))
        if statement.consistent is False:
            _warn_footing(account, findings)
    return tuple(statements), tuple(totals)


def _statement(account: Account) -> Statement:
    opening, closing = account.opening, account.closing
    as_of: date | None = account.group.as_of
    has_both = opening is not None and closing is not None
    return Statement(
        account=account.number or None,
        reference=None,
        currency=account.currency,
        opening_minor=opening,
        closing_minor=closing,
        net_minor=account.net,
        entries=account.entries,
        consistent=(opening or 0) + account.net == closing if has_both else None,
        opening_date=as_of.isoformat() if as_of else None,
        closing_date=as_of.isoformat() if as_of else None,
    )


def _warn_footing(account: Account, findings: Findings) -> None:
    findings.warn(
        "statement_total_differs",
        line=account.record.line,
        byte_offset=account.record.start,
        record="03",
        found=f"opening {account.opening}, entries {account.net}, closing {account.closing}",
        declared=str(account.closing),
        computed=str((account.opening or 0) + account.net),
        expected="opening balance + entries = closing balance",
        hint="The bank may report balances without all entries; ask it if details should be there.",
    )
