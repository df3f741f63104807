"""A camt document to lines and statements; balances and summaries are compared, never trusted."""

from datetime import date

import polars as pl
from lxml import etree

from parsers.camt.document import entry_ranges, find_messages, read_document
from parsers.camt.entries import Context, Entries, is_booked
from parsers.camt.fields import AmountReader, find_date, find_text
from parsers.camt.layout import (
    ACCOUNT,
    BALANCE_CODE,
    BALANCE_DATE,
    CLOSING_CODES,
    OPENING_CODES,
    STATEMENT_DATE,
    STATEMENTS,
)
from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from tieout.frames.settlement import LINE_SCHEMA, empty_lines
from tieout.money import exponents, format_minor


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a camt.052, .053 or .054 file."""
    root = read_document(source.data, findings)
    reader = _StatementReader(findings)
    messages = find_messages(root)
    for message in messages:
        day = find_date(message, ("GrpHdr/CreDtTm",))
        _check_pages(message, findings)
        for element in message:
            if element.tag in STATEMENTS:
                reader.add(element, day)
    if not messages or not reader.statements:
        findings.warn(
            "statement_missing",
            byte_offset=0,
            found="a message without any statement",
            expected="at least one Stmt, Rpt or Ntfctn",
            hint="Nothing to reconcile in this file; ask the bank if you expected some.",
        )
    entries = reader.entries
    frame = empty_lines() if findings.refused else _frame(entries, source)
    return Draft(frame, entries.count, tuple(reader.statements), tuple(reader.totals))


def _frame(entries: Entries, source: Source) -> pl.DataFrame:
    if entries.lines == 0:
        return empty_lines()
    ranges = entry_ranges(source.data, entries.count)
    known = {name: LINE_SCHEMA.get(name, pl.Int64()) for name in entries.columns}
    frame = pl.DataFrame(entries.columns, schema=known)
    numbers = [int(number) - 1 for number in frame["entry_no"].to_list()]
    frame = frame.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("record_no"),
        pl.Series("byte_start", [ranges[number][0] for number in numbers], dtype=pl.Int64),
        pl.Series("byte_length", [ranges[number][1] for number in numbers], dtype=pl.Int64),
    )
    return build_lines(frame, sha256=source.sha256, feed=source.feed)


class _StatementReader:
    """Reads statements one after the other; they stay apart."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.entries = Entries(findings)
        self.statements: list[Statement] = []
        self.totals: list[ControlTotal] = []

    def add(self, element: etree._Element, message_day: date | None) -> None:
        """Add one Stmt, Rpt or Ntfctn."""
        self._check_balance_dates(element)
        opening, opening_date = self._balance(element, OPENING_CODES)
        closing, closing_date = self._balance(element, CLOSING_CODES)
        currency = find_text(element, ("Acct/Ccy",)) or _first_currency(element)
        context = Context(
            number=len(self.statements),
            account=find_text(element, ACCOUNT),
            currency=currency,
            day=closing_date or find_date(element, STATEMENT_DATE) or message_day,
        )
        net, entries = 0, element.findall("Ntry")
        for entry in entries:
            amount = self.entries.add(entry, context)
            if amount is None or not is_booked(entry):
                continue
            if amount.currency == currency:
                net += amount.minor
            else:
                self._warn_currency(entry, amount.currency, currency)
        consistent = None
        if opening is not None and closing is not None:
            consistent = opening + net == closing
        statement = Statement(
            account=context.account,
            reference=find_text(element, ("Id",)),
            currency=currency,
            opening_minor=opening,
            closing_minor=closing,
            net_minor=net,
            entries=len(entries),
            consistent=consistent,
            opening_date=opening_date.isoformat() if opening_date else None,
            closing_date=closing_date.isoformat() if closing_date else None,
            sequence=find_text(element, ("ElctrncSeqNb", "LglSeqNb")),
        )
        self.statements.append(statement)
        self._check_footing(element, statement)
        self._check_summary(element, statement)

    def _balance(
        self, element: etree._Element, codes: tuple[str, ...]
    ) -> tuple[int | None, date | None]:
        """Return the first balance of the first code that is there, signed, and its date."""
        currency = find_text(element, ("Acct/Ccy",))
        for code in codes:
            for balance in element.findall("Bal"):
                if find_text(balance, BALANCE_CODE) == code:
                    amount = AmountReader(self.findings).read(balance, currency=currency)
                    day = find_date(balance, BALANCE_DATE)
                    return (amount.minor if amount else None), day
        return None, None

    def _check_balance_dates(self, element: etree._Element) -> None:
        for balance in element.findall("Bal"):
            if find_date(balance, BALANCE_DATE) is None:
                self.findings.warn(
                    "date_missing",
                    line=balance.sourceline,
                    record="Bal",
                    field="Dt",
                    found="a balance without a date",
                    expected="Dt/Dt or Dt/DtTm",
                    hint="The amount is used; which day it belongs to is not known.",
                )

    def _warn_currency(self, entry: etree._Element, found: str, expected: str | None) -> None:
        self.findings.warn(
            "currency_differs",
            line=entry.sourceline,
            record="Ntry",
            field="Amt",
            found=f"an entry in {found}",
            expected=f"{expected}, the currency of its account",
            hint="The line is kept; it is left out of the statement's sum.",
        )

    def _check_footing(self, element: etree._Element, statement: Statement) -> None:
        if statement.consistent is None or statement.opening_minor is None:
            return
        computed = statement.opening_minor + statement.net_minor
        self._total(element, statement, "closing balance", statement.closing_minor or 0, computed)

    def _check_summary(self, element: etree._Element, statement: Statement) -> None:
        summary = element.find("TxsSummry")
        if summary is None:
            return
        declared = find_text(summary, ("TtlNtries/NbOfNtries",))
        if declared is not None and declared.isascii() and declared.isdigit():
            self._total(element, statement, "entries", int(declared), statement.entries)
        for side, sign in (("TtlCdtNtries", 1), ("TtlDbtNtries", -1)):
            declared = find_text(summary, (f"{side}/NbOfNtries",))
            if declared is not None and declared.isascii() and declared.isdigit():
                word = "CRDT" if sign == 1 else "DBIT"
                found = sum(one.findtext("CdtDbtInd") == word for one in element.findall("Ntry"))
                self._total(element, statement, f"entries {word}", int(declared), found)

    def _total(
        self,
        element: etree._Element,
        statement: Statement,
        name: str,
        declared: int,
        computed: int,
    ) -> None:
        agrees = declared == computed
        is_money = name == "closing balance" and statement.currency in exponents()
        code = statement.currency or ""
        texts = [
            format_minor(one, code, exponent=exponents()[code]) if is_money else str(one)
            for one in (declared, computed)
        ]
        full = f"{name} of {statement.reference or statement.account or 'statement'}"
        self.totals.append(ControlTotal(full, texts[0], texts[1], agrees))
        if not agrees:
            self.findings.warn(
                "statement_total_differs",
                line=element.sourceline,
                record=str(element.tag),
                field=full,
                found=f"declared {texts[0]}, computed {texts[1]}",
                expected="equal figures",
                hint="Entries may be missing, or the bank counts others; ask the bank.",
            )


def _first_currency(element: etree._Element) -> str | None:
    """Return the currency of the first balance, else of the first entry."""
    for path in ("Bal/Amt", "Ntry/Amt"):
        amount = element.find(path)
        if amount is not None and amount.get("Ccy"):
            return str(amount.get("Ccy"))
    return None


def _check_pages(message: etree._Element, findings: Findings) -> None:
    """Warn when a page says that it is not the only one; many banks number pages wrongly."""
    for name in ("MsgPgntn", "StmtPgntn", "RptPgntn", "NtfctnPgntn"):
        for pages in message.iter(name):
            number, last = find_text(pages, ("PgNb",)), find_text(pages, ("LastPgInd",))
            if number not in (None, "1") or last not in (None, "true", "1"):
                findings.warn(
                    "page_of_several",
                    line=pages.sourceline,
                    record=name,
                    found=f"page {number}, last page: {last}",
                    expected="page 1, which is the last",
                    hint="Look for the other pages; several banks number a single page 2.",
                )
