"""Entries to columns: one line per Ntry, or per TxDtls where the details add up to the entry."""

from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from parsers.camt.fields import Amount, AmountReader, find_date, find_ref, find_text
from parsers.camt.layout import (
    BATCH_REF,
    BOOKED,
    BOOKING_DATE,
    DETAIL_AMOUNT,
    DETAILS,
    END_TO_END_ID,
    ENTRY_BATCH_REF,
    ENTRY_TEXT,
    FAMILY,
    FEE_FAMILIES,
    INSTRUCTED_AMOUNT,
    OTHER_REF,
    REMITTANCE,
    SERVICER_REF,
    STATUS,
    VALUE_DATE,
)
from parsers.outcome import Findings
from tieout.money import exponent_of


@dataclass(slots=True)
class Context:
    """What an entry takes from its statement when it does not say itself."""

    number: int
    account: str | None
    currency: str | None
    day: date | None


@dataclass(slots=True)
class Entries:
    """The lines of all statements, as lists by column; `count` counts Ntry."""

    findings: Findings
    columns: dict[str, list[object]] = field(default_factory=dict)
    count: int = 0
    lines: int = 0

    def add(self, entry: etree._Element, context: Context) -> Amount | None:
        """Add one Ntry; return its amount, None when it cannot be read."""
        self.count += 1
        reader = AmountReader(self.findings)
        amount = reader.read(entry, currency=context.currency)
        if amount is None:
            return None
        booking, value = find_date(entry, BOOKING_DATE), find_date(entry, VALUE_DATE)
        day = booking or value or context.day
        if booking is None and value is None:
            self._warn_no_date(entry)
        if day is None:
            reader.complain(entry, "date_missing", "no booking date", "BookgDt or ValDt")
            return amount
        details = [one for path in DETAILS for one in entry.findall(path)]
        family = find_text(entry, FAMILY)
        shared = {
            "entry_no": self.count,
            "statement_no": context.number,
            "account": context.account,
            "kind": "fee" if family in FEE_FAMILIES else "payout",
            "is_booked": is_booked(entry),
            "is_reversal": find_text(entry, ("RvslInd",)) in ("true", "1"),
            "business_date": day,
            "booking_date": booking,
            "value_date": value,
        }
        for detail, part in self._parts(entry, details, amount):
            self._line({**shared, **_references(entry, detail, part)}, part)
        return amount

    def _parts(
        self, entry: etree._Element, details: list[etree._Element], amount: Amount
    ) -> list[tuple[etree._Element | None, Amount]]:
        """Return the details with their amounts when they explain the entry, else the entry."""
        whole = [(details[0] if details else None, amount)]
        if len(details) < 2:
            return whole
        quiet = AmountReader(Findings())  # a detail without an amount is no fault of the entry
        inherited = find_text(entry, ("CdtDbtInd",))
        parts = []
        for detail in details:
            part = quiet.read(detail, DETAIL_AMOUNT, currency=amount.currency, inherited=inherited)
            if part is None or part.currency != amount.currency:
                return [(None, amount)]
            parts.append((detail, part))
        total = sum(part.minor for _, part in parts)
        if total == amount.minor:
            return parts
        self.findings.warn(
            "batch_total_differs",
            line=entry.sourceline,
            record="Ntry",
            found=f"details that sum to {total} minor units",
            expected=f"{amount.minor}, the amount of the entry",
            hint="The entry is kept as one line; ask the bank for the missing details.",
        )
        return [(None, amount)]

    def _warn_no_date(self, entry: etree._Element) -> None:
        self.findings.warn(
            "date_missing",
            line=entry.sourceline,
            record="Ntry",
            found="neither booking nor value date",
            expected="BookgDt",
            hint="The date of its statement was taken.",
        )

    def _line(self, values: dict[str, object], amount: Amount) -> None:
        self.lines += 1
        values |= {
            "amount_minor": amount.minor,
            "currency": amount.currency,
            "exponent": exponent_of(amount.currency),
        }
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value)


def is_booked(entry: etree._Element) -> bool:
    """Tell whether the entry has happened: status BOOK, or none (which .054 may leave out)."""
    return find_text(entry, STATUS) in (BOOKED, None)


def _references(
    entry: etree._Element, detail: etree._Element | None, amount: Amount
) -> dict[str, object]:
    source = entry if detail is None else detail
    texts = [] if detail is None else _texts(detail, REMITTANCE)
    original = _instructed(source, amount)
    return {
        "scheme_ref": find_ref(source, END_TO_END_ID),
        "psp_ref": find_ref(source, SERVICER_REF) or find_ref(entry, SERVICER_REF),
        "merchant_ref": find_ref(source, OTHER_REF) or find_ref(entry, ("NtryRef",)),
        "batch_ref": find_ref(source, BATCH_REF) or find_ref(entry, ENTRY_BATCH_REF),
        "narrative": " ".join(texts + _texts(entry, ENTRY_TEXT)) or None,
        "original_amount_minor": original.minor if original else None,
        "original_currency": original.currency if original else None,
    }


def _texts(element: etree._Element, paths: tuple[str, ...]) -> list[str]:
    found = [one.text for path in paths for one in element.findall(path)]
    return [" ".join(text.split()) for text in found if text and text.strip()]


def _instructed(element: etree._Element, amount: Amount) -> Amount | None:
    """Return the instructed amount where it was in another currency."""
    indicator = "DBIT" if amount.minor < 0 else "CRDT"
    reader = AmountReader(Findings())
    if element.find(INSTRUCTED_AMOUNT[0]) is None:
        return None
    found = reader.read(element, INSTRUCTED_AMOUNT, inherited=indicator)
    if found is None or found.currency == amount.currency:
        return None
    return Amount(abs(found.minor) * (-1 if amount.minor < 0 else 1), found.currency)
