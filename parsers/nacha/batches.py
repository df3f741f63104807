"""Batches: what their headers say, and what has been counted in them so far.

Headers and controls are few beside entries, so they are objects; sums arrive a block at a time.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from parsers.nacha import layout
from parsers.nacha.physical import Records

FIGURES = ("count", "hash", "debit", "credit")


@dataclass(slots=True)
class Sums:
    """Entries and addenda, hash of bank numbers (not yet reduced), debits and credits in cents."""

    count: int = 0
    hash: int = 0
    debit: int = 0
    credit: int = 0

    def add(self, other: "Sums") -> None:
        """Add what another part of the file holds."""
        for name in FIGURES:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def figure(self, name: str) -> int:
        """Return one figure as controls declare it."""
        value: int = getattr(self, name)
        return value % layout.HASH_MODULUS if name == "hash" else value


@dataclass(slots=True)
class Batch:
    """One batch; `number` None stands for entries before any header."""

    number: str | None = None
    sec: str = ""
    company: str = ""
    company_name: str = ""
    description: str = ""
    business: date | None = None
    value: date | None = None
    sums: Sums = field(default_factory=Sums)
    net: int = 0
    entries: int = 0
    is_wrong: bool = False

    @property
    def is_advice(self) -> bool:
        """Return whether the batch holds advices, whose records are laid out otherwise."""
        return self.sec == layout.ADVICE

    @property
    def is_international(self) -> bool:
        """Return whether the batch holds international entries."""
        return self.sec == layout.IAT

    @property
    def is_reversal(self) -> bool:
        """Return whether the batch undoes an earlier one."""
        return self.description.strip().upper() == layout.REVERSAL_DESCRIPTION


def read_batch(records: Records, row: int, file_day: date | None) -> Batch:
    """Return the batch whose header is one record; `file_day` is the date of the file header."""
    text = records.record(row)
    found = {name: text[first - 1 : last] for name, (first, last) in layout.BATCH_HEADER.items()}
    effective = read_day(found["effective"])
    business = file_day or effective
    is_international = found["sec"] == layout.IAT
    return Batch(
        number=found["batch_number"],
        sec=found["sec"],
        company=found["company"].strip(),
        # An international header says here whether it holds corrections.
        company_name="" if is_international else found["company_name"].strip(),
        description=found["description"],
        business=business,
        value=_settled(found["settlement"], business) or effective,
    )


def read_day(text: str) -> date | None:
    """Return the day of YYMMDD."""
    if not (text.isascii() and text.isdigit() and len(text) == 6):
        return None
    try:
        return datetime.strptime(text, "%y%m%d").date()  # noqa: DTZ007 - a day only
    except ValueError:
        return None


def _settled(text: str, near: date | None) -> date | None:
    """Return the day of the year that three digits name, in the year nearest to a date."""
    plain = text.strip()
    if near is None or not (plain.isascii() and plain.isdigit()) or not 1 <= int(plain) <= 366:
        return None
    for shift in (0, -1, 1):
        day = date(near.year + shift, 1, 1) + timedelta(days=int(plain) - 1)
        if abs((day - near).days) <= 183:
            return day
    return None
