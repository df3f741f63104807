"""The totals of file, company and outlet headers against the transactions below them.

A number that differs is a refusal: records are missing. A sum that differs is a warning: sums run
over values of several currencies, and which of them count is not published.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from parsers.outcome import ControlTotal, Findings, Statement
from parsers.payouts import batch_statement
from parsers.views import Mask, Offsets
from parsers.worldpay_emis.layout import (
    COUNT,
    COUNT_WIDTH,
    NAME,
    PROCESSING_DATE,
    SUM_WIDTH,
    TOTALS,
    TOTALS_AT,
    TRADING_DAY,
)
from parsers.worldpay_emis.records import COMPANY, FILE, OUTLET, Records

_CODES = ("00", "05", "10")
_WHAT = ("file", "company", "outlet")
_BELOW = ("companies", "outlets")
_SLOTS = len(TOTALS)
_NAMES = (*(name for name, _, _ in TOTALS), *(f"number of {name}" for name, _, _ in TOTALS))
_WIDTHS = (SUM_WIDTH,) * _SLOTS + (COUNT_WIDTH,) * _SLOTS
_HINT = "Records may be missing, or a header counts others; ask Worldpay."


@dataclass(slots=True)
class Header:
    """One header, and what was found below it: six sums, six numbers, headers of the next level."""

    level: int
    text: str
    line: int
    byte_start: int
    name: str
    found: list[int] = field(default_factory=lambda: [0] * 2 * _SLOTS)
    below: int = 0


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet with the headers above it and its days; None where they are no days."""

    file: Header
    company: Header
    own: Header
    trading: date | None
    processed: date | None

    @property
    def day(self) -> date | None:
        """Return the trading day; without one the day of processing."""
        return self.trading or self.processed


class Book:
    """All headers of one file, in its order, and what the transactions below them come to."""

    def __init__(self) -> None:
        self.headers: tuple[list[Header], ...] = ([], [], [])
        self.outlets: list[Outlet] = []
        self._nets: dict[tuple[int, str], list[int]] = {}

    def open(self, records: Records) -> Offsets:
        """Take in the headers of a piece; return the outlet of each record, from 0."""
        is_outlet = records.types == OUTLET
        ordinals = np.cumsum(is_outlet) + (len(self.outlets) - 1)
        for index in np.flatnonzero((records.types >= FILE) & (records.types <= OUTLET)).tolist():
            self._add(records, index)
        return ordinals

    def _add(self, records: Records, index: int) -> None:
        level, text = int(records.types[index]), records.text(index)
        start = int(records.starts[index]) + records.origin
        name = text[NAME[0] - 1 : NAME[1]].strip()
        one = Header(level, text, int(records.lines[index]), start, name)
        if level > FILE:
            self.headers[level - 1][-1].below += 1
        self.headers[level].append(one)
        if level == OUTLET:
            file, company = self.headers[FILE][-1], self.headers[COMPANY][-1]
            days = (_day(text, TRADING_DAY, "%d%m%y"), _day(text, PROCESSING_DATE, "%y%m%d"))
            self.outlets.append(Outlet(file, company, one, *days))

    def count(self, outlets: Offsets, slots: Offsets, amounts: Offsets) -> None:
        """Add transactions to their headers.

        Args:
            outlets: of each transaction.
            slots: place in TOTALS; -1 for one that no total counts.
            amounts: signed minor units.
        """
        first = int(outlets[0])
        keys = ((outlets - first) * _SLOTS + slots)[slots >= 0]
        size = (int(outlets[-1]) - first + 1) * _SLOTS
        sums = exact_sums(keys, np.abs(amounts[slots >= 0]), size)
        numbers = np.bincount(keys, minlength=size).tolist()
        for place, (total, number) in enumerate(zip(sums, numbers, strict=True)):
            if number:
                one = self.outlets[first + place // _SLOTS]
                for header in (one.file, one.company, one.own):
                    header.found[place % _SLOTS] += total
                    header.found[place % _SLOTS + _SLOTS] += number

    def state(
        self, outlets: Offsets, currencies: Sequence[str], currency_of: Offsets, booked: Offsets
    ) -> None:
        """Add transactions to the statements of their outlets, in the order in which they come.

        Args:
            outlets: of each transaction.
            currencies: their names.
            currency_of: each transaction's place among them.
            booked: signed minor units; 0 for what is not booked.
        """
        width = len(currencies)
        keys, firsts, places = np.unique(
            outlets * width + currency_of, return_index=True, return_inverse=True
        )
        nets, entries = exact_sums(places, booked, len(keys)), np.bincount(places).tolist()
        for at in np.argsort(firsts).tolist():
            outlet, currency = divmod(int(keys[at]), width)
            kept = self._nets.setdefault((outlet, currencies[currency]), [0, 0])
            kept[0] += nets[at]
            kept[1] += entries[at]

    def statements(self) -> tuple[Statement, ...]:
        """Return a statement per outlet and currency."""
        return tuple(
            batch_statement(
                {
                    "account": self.outlets[outlet].own.name or None,
                    "batch_ref": self.outlets[outlet].file.name or None,
                    "currency": currency,
                    "net": net,
                    "entries": entries,
                }
            )
            for (outlet, currency), (net, entries) in self._nets.items()
        )

    def prove(self, findings: Findings) -> tuple[ControlTotal, ...]:
        """Return every total that a header declares; differences are told to `findings`."""
        return tuple(
            total
            for headers in self.headers
            for header in headers
            for total in _compare(header, findings)
        )


def exact_sums(keys: Offsets, values: Offsets, size: int) -> list[int]:
    """Return the sum of the values of each key from 0 to `size`, whatever its digits."""
    high, low = np.zeros(size, np.int64), np.zeros(size, np.int64)
    np.add.at(high, keys, values >> 32)
    np.add.at(low, keys, values & 0xFFFFFFFF)
    pairs = zip(high.tolist(), low.tolist(), strict=True)
    return [(one << 32) + more for one, more in pairs]


def slots_of(statuses: Sequence[Mask], is_credit: Mask) -> Offsets:
    """Return the place of each transaction in TOTALS; -1 where its status is not known."""
    slots = np.full(len(is_credit), -1)
    for place, is_so in enumerate(statuses):
        slots[is_so] = place
    slots[is_credit & (slots >= 0)] += len(statuses)
    return slots


def _day(text: str, place: tuple[int, int], pattern: str) -> date | None:
    digits = text[place[0] - 1 : place[1]]
    if not digits.isdigit():
        return None
    try:
        return datetime.strptime(digits, pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _compare(header: Header, findings: Findings) -> list[ControlTotal]:
    place, totals = TOTALS_AT[_CODES[header.level]] - 1, []
    what = f"of {_WHAT[header.level]} {header.name}"
    for name, width, found in zip(_NAMES, _WIDTHS, header.found, strict=True):
        declared = header.text[place : place + width]
        place += width
        # What is zero on both sides says nothing.
        if found or declared.strip("0"):
            totals.append(_total(f"{name} {what}", declared, found, header, findings))
    if header.level < OUTLET:
        declared = header.text[COUNT[0] - 1 : COUNT[1]]
        name = f"{_BELOW[header.level]} {what}"
        totals.append(_total(name, declared, header.below, header, findings))
    return totals


def _total(name: str, text: str, computed: int, header: Header, findings: Findings) -> ControlTotal:
    declared = str(int(text)) if text.isdigit() else repr(text)
    total = ControlTotal(name, declared, str(computed), declared == str(computed))
    if not total.agrees:
        is_number = name.startswith(("number", "companies", "outlets"))
        findings.differs(
            "control_total_differs",
            declared=declared,
            computed=computed,
            severity="refusal" if is_number else "warning",
            line=header.line,
            byte_offset=header.byte_start,
            record=_CODES[header.level],
            field=name,
            hint=_HINT,
        )
    return total
