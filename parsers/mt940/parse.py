"""MT940 and MT942 to lines and statements; balances and totals are compared, never trusted."""

import re

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines
from parsers.mt940.statements import EntryReader, Raw, group_tags
from parsers.mt940.tags import Tag, encoding_of, read_tags
from parsers.mt940.values import Balance
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from tieout.errors import UsageError
from tieout.frames.settlement import LINE_SCHEMA, empty_lines
from tieout.money import exponents, format_minor

_CURRENCY_FIRST = re.compile(r"\s*(?:[0-9]{1,5})?([A-Z]{3})")


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of an MT940 or MT942 file.

    Option `currency` is assumed where a file names none.

    Raises:
        UsageError: the option is no currency.
    """
    encoding = encoding_of(source.data)
    assumed = source.options.get("currency")
    if assumed is not None and assumed not in exponents():
        raise UsageError(f"Option currency = {assumed!r} is no currency.", hint="For example EUR.")
    reader = EntryReader(encoding, findings)
    statements = _Statements(reader, findings, None if assumed is None else str(assumed))
    raws = group_tags(list(read_tags(source.data)))
    for raw in raws:
        statements.add(raw)
    statements.check_chain()
    if not raws:
        findings.refuse(
            "statement_missing",
            byte_offset=0,
            found="no field of a statement",
            expected=":20:, :25:, :60F:, :61:, :62F:",
            hint="Is this an MT940 file, and complete?",
        )
    columns = statements.reader.columns
    frame = empty_lines()
    if columns and not findings.refused:
        frame = pl.DataFrame(columns, schema={name: LINE_SCHEMA[name] for name in columns})
        numbers = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("record_no")
        frame = build_lines(frame.with_columns(numbers), sha256=source.sha256, feed=source.feed)
    records = sum(len(raw.entries) for raw in raws)
    return Draft(frame, records, tuple(statements.found), tuple(statements.totals))


class _Statements:
    """Reads the statements of one file; they stay apart, whatever their reference says."""

    def __init__(self, reader: EntryReader, findings: Findings, assumed: str | None = None) -> None:
        self.reader = reader
        self.assumed = assumed
        self.findings = findings
        self.found: list[Statement] = []
        self.raws: list[Raw] = []
        self.totals: list[ControlTotal] = []

    def add(self, raw: Raw) -> None:
        """Add one statement."""
        opening, closing = self.reader.balance(raw.opening), self.reader.balance(raw.closing)
        currency = _currency(raw, opening, closing) or self.assumed
        self._check_fields(raw, currency)
        net = 0
        if currency is not None:
            for place in range(len(raw.entries)):
                net += self.reader.entry(raw, len(self.found), place, currency)
        self._check_dates(raw, opening, closing)
        consistent = None
        if opening is not None and closing is not None:
            consistent = (
                opening.minor + net == closing.minor and opening.currency == closing.currency
            )
        statement = Statement(
            account=raw.account,
            reference=raw.reference,
            currency=currency,
            opening_minor=opening.minor if opening else None,
            closing_minor=closing.minor if closing else None,
            net_minor=net,
            entries=len(raw.entries),
            consistent=consistent,
            opening_date=opening.day.isoformat() if opening and opening.day else None,
            closing_date=closing.day.isoformat() if closing and closing.day else None,
            sequence=raw.sequence,
        )
        self.found.append(statement)
        self.raws.append(raw)
        self._check_footing(raw, statement)
        if currency is not None:
            self._check_totals(raw, statement, currency)

    def _check_fields(self, raw: Raw, currency: str | None) -> None:
        reader = self.reader
        if raw.entries and currency is None:
            expected = "a currency in :60F:, :62F:, :34F: or :90C:"
            reader.refuse(raw.first, "currency_missing", "entries without a currency", expected)
        for tag in raw.repeated:
            what = "a second one in the same statement"
            reader.warn(tag, "field_repeated", what, "once a statement", "The first one counts.")
        for tag in raw.unknown:
            reader.warn(tag, "field_unknown", f":{tag.name}:", "a field of MT940", "Skipped.")
        if raw.is_interim:
            return
        for name, balance in (("opening", raw.opening), ("closing", raw.closing)):
            if balance is None:
                self._no_balance(raw, name)

    def _check_dates(self, raw: Raw, opening: Balance | None, closing: Balance | None) -> None:
        first, last = opening and opening.day, closing and closing.day
        if raw.opening and first and last and first > last:
            self.reader.warn(
                raw.opening,
                "balance_dates_reversed",
                f"opening of {first} after closing of {last}",
                "an opening date not after the closing date",
                "Check which statement this is.",
            )

    def _no_balance(self, raw: Raw, name: str) -> None:
        field = ":60F:" if name == "opening" else ":62F:"
        self.reader.warn(
            raw.first,
            f"{name}_missing",
            f"a statement without {field}",
            f"{field} or {field.replace('F', 'M')}",
            "Check that the file is complete; without it the entries cannot be proved.",
        )

    def _check_footing(self, raw: Raw, statement: Statement) -> None:
        if statement.consistent is None or statement.opening_minor is None or not raw.closing:
            return
        code = statement.currency or ""
        digits = exponents()[code]
        declared = format_minor(statement.closing_minor or 0, code, exponent=digits)
        end = statement.opening_minor + statement.net_minor
        computed = format_minor(end, code, exponent=digits)
        name = f"closing balance of {statement.account} {statement.sequence or ''}".strip()
        self.totals.append(ControlTotal(name, declared, computed, statement.consistent))
        if not statement.consistent:
            self.reader.warn(
                raw.closing,
                "statement_total_differs",
                f"declared {declared}, computed {computed}",
                "opening balance + entries = closing balance",
                "Entries may be missing, or the bank counts others; ask the bank.",
            )

    def _check_totals(self, raw: Raw, statement: Statement, currency: str) -> None:
        """Compare 90C and 90D of an interim report with the entries of that direction."""
        numbers = self.reader.columns.get("statement_no", [])
        amounts = self.reader.columns.get("amount_minor", [])
        mine = [
            amount
            for number, amount in zip(numbers, amounts, strict=True)
            if number == len(self.found) - 1 and isinstance(amount, int)
        ]
        for tag in raw.totals:
            declared = self.reader.total(tag, currency)
            if declared is None:
                continue
            sign = 1 if tag.name == "90C" else -1
            side = [abs(one) for one in mine if one * sign > 0]
            pairs = (("count", declared[0], len(side)), ("sum", declared[1], sum(side)))
            for what, said, computed in pairs:
                name = f":{tag.name}: {what} of {statement.account}"
                self.totals.append(ControlTotal(name, str(said), str(computed), said == computed))
                if said != computed:
                    self.reader.warn(
                        tag,
                        "statement_total_differs",
                        f"{what} declared {said}, computed {computed}",
                        "equal figures",
                        "Entries may be missing; ask the bank.",
                    )

    def check_chain(self) -> None:
        """Warn where a statement does not open with what the one before it closed with."""
        last: dict[tuple[str | None, str | None], Statement] = {}
        for raw, statement in zip(self.raws, self.found, strict=True):
            key = (statement.account, statement.currency)
            before = last.get(key)
            closed = before.closing_minor if before else None
            if raw.opening and None not in (closed, statement.opening_minor):
                self._check_gap(raw.opening, closed, statement.opening_minor)
            last[key] = statement

    def _check_gap(self, tag: Tag, closed: int | None, opened: int | None) -> None:
        if closed != opened:
            self.reader.warn(
                tag,
                "statement_gap",
                f"opens with {opened} minor units",
                f"{closed}, the closing balance before it",
                "A statement between both may be missing.",
            )


def _currency(raw: Raw, *balances: Balance | None) -> str | None:
    for balance in balances:
        if balance is not None:
            return balance.currency
    for tag in (raw.floor, *raw.totals):
        found = _CURRENCY_FIRST.match(tag.value) if tag else None
        if found and found[1] in exponents():
            return found[1]
    suffix = (raw.account or "")[-3:]
    return suffix if suffix in exponents() else None
