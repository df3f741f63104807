"""Fields to statements: which field belongs to which statement, and what each entry says."""

from dataclasses import dataclass, field
from datetime import date

from parsers.mt940.narrative import find_end_to_end_id, read_narrative
from parsers.mt940.tags import Tag
from parsers.mt940.values import (
    ENTRY,
    SIGNS,
    TOTAL,
    Balance,
    amount_minor,
    entry_day,
    read_balance,
    read_day,
)
from parsers.outcome import Findings
from tieout.money import AmountUnreadable, UnknownCurrency, exponent_of

FEE_TYPES = ("NCHG", "FCHG", "SCHG", "NCOM", "FCOM", "NBRF")


@dataclass(slots=True)
class Raw:
    """The fields of one statement as they stand in the file."""

    first: Tag
    reference: str | None = None
    account: str | None = None
    sequence: str | None = None
    opening: Tag | None = None
    closing: Tag | None = None
    floor: Tag | None = None
    totals: list[Tag] = field(default_factory=list)
    entries: list[tuple[Tag, list[Tag]]] = field(default_factory=list)
    repeated: list[Tag] = field(default_factory=list)
    unknown: list[Tag] = field(default_factory=list)
    loose: list[Tag] = field(default_factory=list)

    @property
    def is_interim(self) -> bool:
        """Return whether this is an MT942, which has no balances."""
        return self.floor is not None or bool(self.totals)


def group_tags(tags: list[Tag]) -> list[Raw]:
    """Return the statements; :20: starts one, and so does an opening after a closing balance."""
    statements: list[Raw] = []
    for tag in tags:
        current = statements[-1] if statements else None
        reopens = current is not None and current.closing is not None
        starts = tag.name == "20" or (reopens and tag.name in ("25", "25P", "28C", "60F", "60M"))
        if current is None or starts:
            current = Raw(tag)
            statements.append(current)
        _assign(current, tag)
    return statements


def _assign(raw: Raw, tag: Tag) -> None:
    value = tag.value.strip()
    whole = " ".join([value, *(one.strip() for one in tag.more)]).strip()
    if tag.name == "20":
        raw.reference = whole or None
    elif tag.name in ("25", "25P"):
        if raw.account is not None:
            raw.repeated.append(tag)
        else:
            raw.account = whole if tag.name == "25" else value
    elif tag.name in ("28", "28C"):
        raw.sequence = whole
    elif tag.name in ("60F", "60M"):
        if raw.opening is not None:
            raw.repeated.append(tag)
        else:
            raw.opening = tag
    elif tag.name in ("62F", "62M"):
        if raw.closing is not None:
            raw.repeated.append(tag)
        else:
            raw.closing = tag
    elif tag.name == "34F":
        raw.floor = raw.floor or tag
    elif tag.name in ("90C", "90D"):
        raw.totals.append(tag)
    elif tag.name == "61":
        raw.entries.append((tag, []))
    elif tag.name == "86":
        if raw.entries and raw.closing is None:
            raw.entries[-1][1].append(tag)
        else:
            raw.loose.append(tag)
    elif tag.name not in ("13", "13D", "21", "64", "65"):
        raw.unknown.append(tag)


class EntryReader:
    """Turns entries into columns of the frame; complains with line and byte offset."""

    def __init__(self, encoding: str, findings: Findings) -> None:
        self.encoding = encoding
        self.findings = findings
        self.columns: dict[str, list[object]] = {}
        self.count = 0

    def balance(self, tag: Tag | None) -> Balance | None:
        """Return a balance field's value; None (and a refusal) when it cannot be read."""
        if tag is None:
            return None
        expected = "mark C or D, date YYMMDD, currency, amount"
        try:
            found = read_balance(tag.value)
        except (AmountUnreadable, UnknownCurrency) as error:
            found, expected = None, error.message
        if found is None:
            self.refuse(tag, "balance_unreadable", tag.value, expected)
        return found

    def entry(self, raw: Raw, number: int, place: int, currency: str) -> int:
        """Add one entry; return its signed amount if it is booked, else 0."""
        tag, narratives = raw.entries[place]
        found = ENTRY.fullmatch(tag.value)
        if found is None:
            expected = "value date, entry date, mark, amount, type, references"
            self.refuse(tag, "entry_unreadable", tag.value, expected)
            return 0
        value_day = self._day(tag, found["value"], None)
        if value_day is None:
            return 0
        entry = found["entry"]
        booking = self._day(tag, entry, value_day) if entry and entry.strip("0 ") else None
        try:
            minor = amount_minor(found["amount"], currency)
        except (AmountUnreadable, UnknownCurrency) as error:
            self.refuse(tag, "amount_unreadable", found["amount"], error.message)
            return 0
        mark = found["mark"].upper()
        minor *= SIGNS[mark]
        is_booked = mark[0] != "E"
        customer, _, bank = found["rest"].partition("//")
        text = self._narrative(tag, narratives)
        kind = (found["type"] or "").strip()
        self._line(
            {
                "byte_start": tag.start,
                "byte_length": (narratives[-1] if narratives else tag).end - tag.start,
                "kind": "fee" if kind in FEE_TYPES else "payout",
                "is_booked": is_booked,
                "is_reversal": mark in ("RC", "RD"),
                "statement_no": number,
                "account": raw.account,
                "currency": currency,
                "exponent": exponent_of(currency),
                "amount_minor": minor,
                "scheme_ref": find_end_to_end_id(text),
                "psp_ref": self._ref(bank),
                "merchant_ref": self._ref(customer),
                "business_date": booking or value_day,
                "booking_date": booking,
                "value_date": value_day,
                "narrative": text,
            }
        )
        return minor if is_booked else 0

    def _line(self, values: dict[str, object]) -> None:
        self.count += 1
        for name, value in values.items():
            self.columns.setdefault(name, []).append(value)

    def _day(self, tag: Tag, text: str, near: date | None) -> date | None:
        found = read_day(text) if near is None else entry_day(text, near)
        if found is None:
            self.refuse(tag, "date_unreadable", text, "a date YYMMDD, an entry date MMDD")
            return None
        if found[1]:
            self.warn(tag, "date_clamped", text, "a day of the calendar", "Month end was taken.")
        return found[0]

    def _narrative(self, tag: Tag, narratives: list[Tag]) -> str | None:
        lines = [line for one in narratives for line in (one.value, *one.more)]
        return read_narrative([self.decode(line) for line in lines or tag.more])

    def decode(self, text: str) -> str:
        """Return a text for people: latin-1 was only for counting bytes."""
        if text.isascii():
            return text
        return text.encode("latin-1").decode(self.encoding, "replace")

    def _ref(self, text: str) -> str | None:
        plain = self.decode(text).strip()
        return None if plain in ("", "NONREF", "NOREF") else plain

    def total(self, tag: Tag, currency: str | None) -> tuple[int, int] | None:
        """Return (count, minor units) that a 90C or 90D declares."""
        found = TOTAL.fullmatch(tag.value)
        if found is None:
            self.refuse(tag, "total_unreadable", tag.value, "count, currency, amount")
            return None
        try:
            return int(found["count"]), amount_minor(found["amount"], found["currency"])
        except (AmountUnreadable, UnknownCurrency) as error:
            self.refuse(tag, "total_unreadable", tag.value, error.message)
            return None

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

    def warn(self, tag: Tag, code: str, found: str, expected: str, hint: str) -> None:
        """Record what is odd about this field but stops nothing."""
        self.findings.warn(
            code,
            line=tag.line,
            byte_offset=tag.start,
            record=f":{tag.name}:",
            found=found,
            expected=expected,
            hint=hint,
        )
