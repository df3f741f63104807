"""One entry that does not follow the grammar to the letter, read by its regular expression."""

from dataclasses import dataclass
from datetime import date

from parsers.mt940.entries import FEE_TYPES, NOTHING
from parsers.mt940.statements import Tag
from parsers.mt940.values import ENTRY, SIGNS, amount_minor, entry_day, read_day
from parsers.outcome import Findings
from tieout.money import AmountUnreadable, UnknownCurrency


@dataclass(frozen=True, slots=True)
class Entry:
    """What one field :61: says; `minor` is signed."""

    value_day: date
    booking: date | None
    minor: int
    is_booked: bool
    is_reversal: bool
    is_fee: bool
    customer: str | None
    bank: str | None


class Complaints:
    """Findings about fields: with line, byte offset and the name of the field."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def refuse(self, tag: Tag, code: str, found: str, expected: str) -> None:
        """Refuse the file for what this field says."""
        self.findings.refuse(
            code,
            line=tag.line,
            byte_offset=tag.start,
            record=f":{tag.name}:",
            found=repr(found),
            expected=expected,
            hint="Ask the bank for a corrected file.",
        )

    def warn(
        self,
        tag: Tag,
        code: str,
        found: str,
        expected: str,
        hint: str,
        *,
        figures: tuple[str | None, str | None] = (None, None),
    ) -> None:
        """Record what is odd about this field but stops nothing; `figures`: declared, computed."""
        self.findings.warn(
            code,
            line=tag.line,
            byte_offset=tag.start,
            record=f":{tag.name}:",
            found=found,
            expected=expected,
            hint=hint,
            declared=figures[0],
            computed=figures[1],
        )


def read_entry(tag: Tag, currency: str, complaints: Complaints) -> Entry | None:
    """Return one entry, None (and a refusal) when it cannot be read."""
    found = ENTRY.fullmatch(tag.value)
    if found is None:
        expected = "value date, entry date, mark, amount, type, references"
        complaints.refuse(tag, "entry_unreadable", tag.value, expected)
        return None
    value_day = _day(tag, found["value"], None, complaints)
    if value_day is None:
        return None
    entry = found["entry"]
    has_entry = entry and entry.strip("0 ")
    booking = _day(tag, entry, value_day, complaints) if has_entry else None
    try:
        minor = amount_minor(found["amount"], currency)
    except (AmountUnreadable, UnknownCurrency) as error:
        complaints.refuse(tag, "amount_unreadable", found["amount"], error.message)
        return None
    mark = found["mark"].upper()
    customer, _, bank = found["rest"].partition("//")
    return Entry(
        value_day=value_day,
        booking=booking,
        minor=minor * SIGNS[mark],
        is_booked=mark[0] != "E",
        is_reversal=mark in ("RC", "RD"),
        is_fee=(found["type"] or "").strip() in FEE_TYPES,
        customer=_reference(customer),
        bank=_reference(bank),
    )


def _day(tag: Tag, text: str, near: date | None, complaints: Complaints) -> date | None:
    found = read_day(text) if near is None else entry_day(text, near)
    if found is None:
        complaints.refuse(tag, "date_unreadable", text, "a date YYMMDD, an entry date MMDD")
        return None
    if found[1]:
        expected, hint = "a day of the calendar", "Month end was taken."
        complaints.warn(tag, "date_clamped", text, expected, hint)
    return found[0]


def _reference(text: str) -> str | None:
    plain = text.strip()
    return None if plain in ("", *NOTHING) else plain
