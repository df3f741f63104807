"""What statements say about themselves, compared with their entries; it is never trusted."""

import re
from dataclasses import dataclass

from parsers.mt940.odd import Complaints
from parsers.mt940.statements import Raw, Tag
from parsers.mt940.values import TOTAL, Balance, amount_minor, read_balance
from parsers.outcome import ControlTotal, Statement
from parsers.views import Offsets
from tieout.money import AmountUnreadable, UnknownCurrency, exponents, format_minor

_CURRENCY_FIRST = re.compile(r"\s*(?:[0-9]{1,5})?([A-Z]{3})")


@dataclass(frozen=True, slots=True)
class Head:
    """A statement's balances and currency; `problems` are refusals that come in their turn."""

    opening: Balance | None
    closing: Balance | None
    currency: str | None
    problems: tuple[tuple[Tag, str], ...]


class Statements:
    """Collects the statements of one file; they stay apart, whatever their reference says."""

    def __init__(self, complaints: Complaints, assumed: str | None) -> None:
        self.complaints = complaints
        self.assumed = assumed
        self.found: list[Statement] = []
        self.totals: list[ControlTotal] = []
        self._last: dict[tuple[str | None, str | None], Statement] = {}
        self._gaps: list[tuple[Tag, int, int]] = []

    def head_of(self, raw: Raw) -> Head:
        """Return the balances and the currency of a statement."""
        problems: list[tuple[Tag, str]] = []
        opening, closing = (_balance(one, problems) for one in (raw.opening, raw.closing))
        currency = _currency(raw, opening, closing) or self.assumed
        return Head(opening, closing, currency, tuple(problems))

    def check_fields(self, raw: Raw, head: Head, entries: int) -> None:
        """Complain about balances that cannot be read and fields that do not belong."""
        warn, refuse = self.complaints.warn, self.complaints.refuse
        for tag, expected in head.problems:
            refuse(tag, "balance_unreadable", tag.value, expected)
        if entries and head.currency is None:
            expected = "a currency in :60F:, :62F:, :34F: or :90C:"
            refuse(raw.first, "currency_missing", "entries without a currency", expected)
        for tag in raw.repeated:
            what = "a second one in the same statement"
            warn(tag, "field_repeated", what, "once a statement", "The first one counts.")
        for tag in raw.unknown:
            warn(tag, "field_unknown", f":{tag.name}:", "a field of MT940", "Skipped.")
        if raw.is_interim:
            return
        for name, field, balance in (
            ("opening", "60", raw.opening),
            ("closing", "62", raw.closing),
        ):
            if balance is None:
                warn(
                    raw.first,
                    f"{name}_missing",
                    f"a statement without :{field}F:",
                    f":{field}F: or :{field}M:",
                    "Check that the file is complete; without it the entries cannot be proved.",
                )

    def add(self, raw: Raw, head: Head, amounts: Offsets, net: int) -> None:
        """Add one statement, its entries' amounts and booked sum; compare what it declares."""
        opening, closing = head.opening, head.closing
        net = net if head.currency is not None else 0
        self._check_dates(raw, opening, closing)
        consistent = None
        if opening is not None and closing is not None:
            foots = opening.minor + net == closing.minor
            consistent = foots and opening.currency == closing.currency
        statement = Statement(
            account=raw.account,
            reference=raw.reference,
            currency=head.currency,
            opening_minor=opening.minor if opening else None,
            closing_minor=closing.minor if closing else None,
            net_minor=net,
            entries=len(amounts),
            consistent=consistent,
            opening_date=opening.day.isoformat() if opening and opening.day else None,
            closing_date=closing.day.isoformat() if closing and closing.day else None,
            sequence=raw.sequence,
        )
        self.found.append(statement)
        self._check_footing(raw, statement)
        if head.currency is not None and raw.totals:
            self._check_totals(raw, statement, amounts.tolist())
        self._note_gap(raw, statement)

    def _check_dates(self, raw: Raw, opening: Balance | None, closing: Balance | None) -> None:
        first, last = opening and opening.day, closing and closing.day
        if raw.opening and first and last and first > last:
            self.complaints.warn(
                raw.opening,
                "balance_dates_reversed",
                f"opening of {first} after closing of {last}",
                "an opening date not after the closing date",
                "Check which statement this is.",
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
            self.complaints.warn(
                raw.closing,
                "statement_total_differs",
                f"declared {declared}, computed {computed}",
                "opening balance + entries = closing balance",
                "Entries may be missing, or the bank counts others; ask the bank.",
                figures=(declared, computed),
            )

    def _check_totals(self, raw: Raw, statement: Statement, amounts: list[int]) -> None:
        """Compare 90C and 90D of an interim report with the entries of that direction."""
        for tag in raw.totals:
            declared = self._declared(tag)
            if declared is None:
                continue
            sign = 1 if tag.name == "90C" else -1
            side = [abs(one) for one in amounts if one * sign > 0]
            pairs = (("count", declared[0], len(side)), ("sum", declared[1], sum(side)))
            for what, said, computed in pairs:
                name = f":{tag.name}: {what} of {statement.account}"
                self.totals.append(ControlTotal(name, str(said), str(computed), said == computed))
                if said != computed:
                    self.complaints.warn(
                        tag,
                        "statement_total_differs",
                        f"{what} declared {said}, computed {computed}",
                        "equal figures",
                        "Entries may be missing; ask the bank.",
                        figures=(str(said), str(computed)),
                    )

    def _declared(self, tag: Tag) -> tuple[int, int] | None:
        """Return (count, minor units) that a 90C or 90D declares."""
        found = TOTAL.fullmatch(tag.value)
        expected = "count, currency, amount"
        try:
            if found is not None:
                minor = amount_minor(found["amount"], found["currency"])
                return int(found["count"]), minor
        except (AmountUnreadable, UnknownCurrency) as error:
            expected = error.message
        self.complaints.refuse(tag, "total_unreadable", tag.value, expected)
        return None

    def _note_gap(self, raw: Raw, statement: Statement) -> None:
        """Compare the opening with what the statement before it closed with."""
        key = (statement.account, statement.currency)
        before = self._last.get(key)
        closed, opened = before.closing_minor if before else None, statement.opening_minor
        if raw.opening and closed is not None and opened is not None and closed != opened:
            self._gaps.append((raw.opening, closed, opened))
        self._last[key] = statement

    def check_chain(self) -> None:
        """Warn where a statement does not open with what the one before it closed with."""
        for tag, closed, opened in self._gaps:
            self.complaints.warn(
                tag,
                "statement_gap",
                f"opens with {opened} minor units",
                f"{closed}, the closing balance before it",
                "A statement between both may be missing.",
            )


def _balance(tag: Tag | None, problems: list[tuple[Tag, str]]) -> Balance | None:
    """Return a balance field's value; None (and a problem) when it cannot be read."""
    if tag is None:
        return None
    expected = "mark C or D, date YYMMDD, currency, amount"
    try:
        found = read_balance(tag.value)
    except (AmountUnreadable, UnknownCurrency) as error:
        found, expected = None, error.message
    if found is None:
        problems.append((tag, expected))
    return found


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
