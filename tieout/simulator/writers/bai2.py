"""Writes BAI2 reports whose trailers tell the truth.

    01 file, 02 group, 03 account with its status amounts, 16 details, 88 continuations,
    49, 98, 99 trailers: sum of all amounts, number of parts, number of records

Amounts are minor units without sign; a detail's type code says its direction, a balance may have a
sign. Source: BAI Cash Management Balance Reporting Specifications, version 2 (10/2005, public).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_OPENING, _CLOSING = "010", "015"


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail; `funds` holds the funds type with what belongs to it, as it is written."""

    kind: int
    amount_minor: int
    funds: str = "Z"
    bank: str = ""
    customer: str = ""
    text: str = ""
    continued: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """One account; balances are signed, None is not written."""

    number: str
    details: tuple[Detail, ...] = ()
    currency: str = ""
    opening_minor: int | None = None
    closing_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One group: the accounts of one bank and day."""

    as_of: date
    accounts: tuple[Account, ...] = ()
    currency: str = "USD"
    status: int = 1
    modifier: int = 2


def write_bai2(
    groups: Sequence[Group],
    *,
    created: date,
    sender: str = "121000248",
    receiver: str = "TIEOUT",
    file_id: int = 1,
    ending: str = "\n",
) -> bytes:
    """Return one file of these groups."""
    lines = [f"01,{sender},{receiver},{created:%y%m%d},0600,{file_id},,,2/"]
    total = 0
    for group in groups:
        amount, records = _group(group, sender, receiver)
        total += amount
        lines += records
    lines.append(f"99,{total},{len(groups)},{len(lines) + 1}/")
    return "".join(line + ending for line in lines).encode()


def _group(group: Group, sender: str, receiver: str) -> tuple[int, list[str]]:
    head = f"02,{receiver},{sender},{group.status},{group.as_of:%y%m%d},2400,{group.currency}"
    lines = [f"{head},{group.modifier}/"]
    total = 0
    for account in group.accounts:
        amount, records = _account(account)
        total += amount
        lines += records
    lines.append(f"98,{total},{len(group.accounts)},{len(lines) + 1}/")
    return total, lines


def _account(account: Account) -> tuple[int, list[str]]:
    balances = ((_OPENING, account.opening_minor), (_CLOSING, account.closing_minor))
    known = [(kind, minor) for kind, minor in balances if minor is not None]
    status = "".join(f",{kind},{minor},," for kind, minor in known)
    lines = [f"03,{account.number},{account.currency}{status or ',,,,'}/"]
    for one in account.details:
        lines.append(
            f"16,{one.kind:03d},{one.amount_minor},{one.funds},{one.bank},{one.customer},{one.text}/"
        )
        lines += [f"88,{text}/" for text in one.continued]
    total = sum(minor for _, minor in known) + sum(one.amount_minor for one in account.details)
    lines.append(f"49,{total},{len(lines) + 1}/")
    return total, lines
