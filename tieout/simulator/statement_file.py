"""The bank's statement: ISO 20022 camt.053.001.08, one statement per currency account.

Each statement opens with yesterday's closing balance and foots: opening + entries = closing. A
payout carries its batch reference twice, as the end-to-end id and in the remittance text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from tieout.money import format_minor

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
ACCOUNTS = {
    "EUR": "DE89370400440532013000",
    "USD": "DE62370400440532013001",
    "JPY": "DE35370400440532013002",
}
"""The account of each currency: made-up numbers at the bank code of the IBAN standard's example."""

OPENING_MINOR = {"EUR": 2_500_000, "USD": 1_800_000, "JPY": 3_000_000}


@dataclass(frozen=True)
class BankEntry:
    """One booked entry, signed from our side; without `batch_ref` the bank gives no reference."""

    currency: str
    amount_minor: int
    entry_ref: str
    text: str
    batch_ref: str = ""


def statement_name(day: date) -> str:
    """Return the file's name."""
    return f"statement_{day:%Y%m%d}.xml"


def write_statement(
    day: date, number: int, opening: dict[str, int], entries: Sequence[BankEntry]
) -> bytes:
    """Return the bytes of one day's statements.

    Args:
        day: booking date of every entry and date of both balances.
        number: sequence number of the day, from 1.
        opening: opening balance in minor units by currency.
        entries: entries of all accounts, in the order of booking.
    """
    document = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    message = _add(document, "BkToCstmrStmt")
    header = _add(message, "GrpHdr")
    _add(header, "MsgId", f"SIMBANK-{day:%Y%m%d}")
    _add(header, "CreDtTm", f"{day:%Y-%m-%d}T21:30:00+00:00")
    for currency, balance in opening.items():
        mine = [entry for entry in entries if entry.currency == currency]
        _statement(message, day, number, currency, balance, mine)
    return bytes(
        etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    )


def closing_balances(opening: dict[str, int], entries: Iterable[BankEntry]) -> dict[str, int]:
    """Return the balances after the entries."""
    closing = dict(opening)
    for entry in entries:
        closing[entry.currency] += entry.amount_minor
    return closing


def _statement(
    message: Any,
    day: date,
    number: int,
    currency: str,
    opening: int,
    entries: list[BankEntry],
) -> None:
    statement = _add(message, "Stmt")
    _add(statement, "Id", f"{currency}-{day:%Y%m%d}")
    _add(statement, "ElctrncSeqNb", str(number))
    _add(statement, "CreDtTm", f"{day:%Y-%m-%d}T21:30:00+00:00")
    account = _add(statement, "Acct")
    _add(_add(account, "Id"), "IBAN", ACCOUNTS[currency])
    _add(account, "Ccy", currency)
    closing = opening + sum(entry.amount_minor for entry in entries)
    _balance(statement, day, "OPBD", currency, opening)
    _balance(statement, day, "CLBD", currency, closing)
    summary = _add(_add(statement, "TxsSummry"), "TtlNtries")
    _add(summary, "NbOfNtries", str(len(entries)))
    for entry in entries:
        _entry(statement, day, entry)


def _balance(statement: Any, day: date, code: str, currency: str, minor: int) -> None:
    balance = _add(statement, "Bal")
    _add(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, currency, minor)
    _add(_add(balance, "Dt"), "Dt", f"{day:%Y-%m-%d}")


def _entry(statement: Any, day: date, entry: BankEntry) -> None:
    node = _add(statement, "Ntry")
    _add(node, "NtryRef", entry.entry_ref)
    _amount(node, entry.currency, entry.amount_minor)
    _add(_add(node, "Sts"), "Cd", "BOOK")
    _add(_add(node, "BookgDt"), "Dt", f"{day:%Y-%m-%d}")
    _add(_add(node, "ValDt"), "Dt", f"{day:%Y-%m-%d}")
    _add(node, "AcctSvcrRef", entry.entry_ref)
    family = _add(_add(node, "BkTxCd"), "Domn")
    _add(family, "Cd", "PMNT")
    family = _add(family, "Fmly")
    _add(family, "Cd", "RCDT" if entry.amount_minor >= 0 else "ICDT")
    _add(family, "SubFmlyCd", "ESCT")
    details = _add(_add(node, "NtryDtls"), "TxDtls")
    references = _add(details, "Refs")
    _add(references, "AcctSvcrRef", entry.entry_ref)
    _add(references, "EndToEndId", entry.batch_ref or "NOTPROVIDED")
    _amount(details, entry.currency, entry.amount_minor)
    _add(_add(details, "RmtInf"), "Ustrd", entry.text)


def _amount(parent: Any, currency: str, minor: int) -> None:
    _add(parent, "Amt", format_minor(abs(minor), currency)).set("Ccy", currency)
    _add(parent, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")


def _add(parent: Any, tag: str, text: str | None = None) -> Any:
    node = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    node.text = text
    return node
