"""Writes MT940 statements and MT942 interim reports.

    {1:F01...}{2:O940...}{4:          envelope, if asked for
    :20: :25: :28C: :60F:             reference, account, number, opening balance
    :61: :86:                         entries, each with its information
    :62F:                             closing balance; an MT942 has :34F: :13D: :90D: :90C: instead
    -}

Amounts are signed minor units, credit positive. Source: public guides of banks to MT940 and MT942.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tieout.money import exponent_of

LINE_CHARACTERS = 65
_INFORMATION_LINES = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `amount_minor` is signed, and a reversal undoes what its sign says it undoes."""

    amount_minor: int
    value_day: date
    entry_day: date | None = None
    is_reversal: bool = False
    is_expected: bool = False
    kind: str = "NTRF"
    customer: str = "NONREF"
    bank: str = ""
    information: str = ""


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """One statement; its closing balance follows from its entries."""

    account: str
    currency: str
    day: date
    opening_minor: int = 0
    entries: tuple[Entry, ...] = ()
    reference: str = "STATEMENT"
    number: str = "1/1"

    @property
    def closing_minor(self) -> int:
        """Return the opening balance and all booked entries together."""
        booked = (one.amount_minor for one in self.entries if not one.is_expected)
        return self.opening_minor + sum(booked)


def write_mt940(
    statements: Sequence[AccountStatement], *, ending: str = "\r\n", has_envelope: bool = True
) -> bytes:
    """Return a file of statements, each with its balances."""
    lines: list[str] = []
    for one in statements:
        lines += _head("940", one, has_envelope)
        lines.append(f":60F:{_balance(one.opening_minor, one)}")
        lines += [line for entry in one.entries for line in _entry(entry, one.currency)]
        lines.append(f":62F:{_balance(one.closing_minor, one)}")
        lines.append("-}" if has_envelope else "-")
    return "".join(line + ending for line in lines).encode()


def write_mt942(
    reports: Sequence[AccountStatement], *, ending: str = "\r\n", has_envelope: bool = True
) -> bytes:
    """Return a file of interim reports, each with numbers and sums of debits and credits."""
    lines: list[str] = []
    for one in reports:
        lines += _head("942", one, has_envelope)
        lines += [f":34F:{one.currency}0,", f":13D:{one.day:%y%m%d}1200+0100"]
        lines += [line for entry in one.entries for line in _entry(entry, one.currency)]
        for tag, sign in (("90D", -1), ("90C", 1)):
            side = [abs(each.amount_minor) for each in one.entries if each.amount_minor * sign > 0]
            lines.append(f":{tag}:{len(side)}{one.currency}{_amount(sum(side), one.currency)}")
        lines.append("-}" if has_envelope else "-")
    return "".join(line + ending for line in lines).encode()


def _head(message: str, one: AccountStatement, has_envelope: bool) -> list[str]:
    envelope = f"{{1:F01BANKNL2AXXXX0000000000}}{{2:O{message}BANKNL2AXXXXN}}{{4:"
    fields = [f":20:{one.reference}", f":25:{one.account}", f":28C:{one.number}"]
    return [envelope, *fields] if has_envelope else fields


def _balance(minor: int, one: AccountStatement) -> str:
    mark = "D" if minor < 0 else "C"
    return f"{mark}{one.day:%y%m%d}{one.currency}{_amount(minor, one.currency)}"


def _amount(minor: int, currency: str) -> str:
    """Return an amount without its sign: a comma always stands, zeros at the end need not."""
    digits = exponent_of(currency)
    whole, fraction = divmod(abs(minor), 10**digits)
    return f"{whole},{fraction:0{digits}d}" if digits else f"{whole},"


def _entry(entry: Entry, currency: str) -> list[str]:
    is_credit = (entry.amount_minor > 0) != entry.is_reversal
    prefix = "R" if entry.is_reversal else "E" if entry.is_expected else ""
    mark = prefix + ("C" if is_credit else "D")
    days = f"{entry.value_day:%y%m%d}" + (f"{entry.entry_day:%m%d}" if entry.entry_day else "")
    bank = f"//{entry.bank}" if entry.bank else ""
    amount = _amount(entry.amount_minor, currency)
    lines = [f":61:{days}{mark}{amount}{entry.kind}{entry.customer}{bank}"]
    text = entry.information
    pieces = [text[at : at + LINE_CHARACTERS] for at in range(0, len(text), LINE_CHARACTERS)]
    if pieces:
        lines += [f":86:{pieces[0]}", *pieces[1:_INFORMATION_LINES]]
    return lines
