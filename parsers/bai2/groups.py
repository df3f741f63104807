"""The frame around the details: files, groups and accounts, and what their trailers declare.

These records are few (a handful per account), so they are walked one by one; the details between
them are only counted and summed, which parse.py does a column at a time.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from parsers.bai2.layout import CLOSING, OPENING
from parsers.outcome import ControlTotal, Findings
from tieout.money import exponents

_NUMBER = re.compile(r"\s*[+-]?[0-9]+\s*")
_HINT = "Fetch the file again; if it stays so, ask the bank."


@dataclass(slots=True)
class Record:
    """One record that is no detail, with its fields."""

    code: str
    fields: list[str]
    line: int
    start: int
    ordinal: int

    def get(self, place: int) -> str:
        """Return a field by its place (the code is 0), "" when it is not there."""
        return self.fields[place].strip() if place < len(self.fields) else ""


def make_record(code: str, text: str, line: int, start: int, ordinal: int) -> Record:
    """Return a record with its text cut into fields."""
    fields = text.replace("\n", ",").split(",") if "\n" in text else text.split(",")
    return Record(code, fields, line, start, ordinal)


@dataclass(slots=True)
class Group:
    """What a group header says."""

    as_of: date | None
    currency: str
    status: str
    modifier: str


@dataclass(slots=True)
class Account:
    """One account: its header, status amounts, and the group that it stands in.

    `total` is the sum of all amounts as its trailer counts, `net` the signed one of booked details.
    """

    number: str
    currency: str
    group: Group
    record: Record
    amounts: dict[str, int] = field(default_factory=dict)
    total: int = 0
    net: int = 0
    entries: int = 0

    @property
    def opening(self) -> int | None:
        """Return the opening ledger balance."""
        return self.amounts.get(OPENING)

    @property
    def closing(self) -> int | None:
        """Return the closing ledger balance."""
        return self.amounts.get(CLOSING)


def _is_number(text: str) -> bool:
    return (text.isascii() and text.isdigit()) or _NUMBER.fullmatch(text) is not None


def read_day(text: str) -> date | None:
    """Return the day of YYMMDD."""
    try:
        return datetime.strptime(text, "%y%m%d").date() if len(text) == 6 else None  # noqa: DTZ007 - a day only
    except ValueError:
        return None


_TRAILERS = {"49": "03", "98": "02", "99": "01"}
_INSIDE = {"49": (), "98": ("03",), "99": ("03", "02")}
_NAMES = {"49": "account", "98": "group", "99": "file"}


class Walker:
    """Walks the records between the details; collects accounts, totals and contradictions."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.detail_sums: Mapping[int, int] = {}
        self.accounts: list[Account] = []
        self.totals: list[ControlTotal] = []
        self.open: dict[str, Record] = {}
        self.header: Record | None = None
        self.group: Group | None = None
        self.sums = {"02": 0, "01": 0}
        self.counts = {"02": 0, "01": 0}

    def walk(self, records: Iterable[Record], detail_sums: Mapping[int, int]) -> None:
        """Read the records of one block, in their order.

        Args:
            records: all that are no details.
            detail_sums: number of an account (from 0) → sum of its details in this block.
        """
        self.detail_sums = detail_sums
        if self.accounts:
            self.accounts[-1].total += detail_sums.get(len(self.accounts) - 1, 0)
        steps = {"01": self._file, "02": self._group, "03": self._account}
        trailer = self._trailer
        for record in records:
            steps.get(record.code, trailer)(record)

    @property
    def has_open_account(self) -> bool:
        """Return whether a detail may follow."""
        return "03" in self.open

    def finish(self) -> None:
        """Complain about what is still open at the end of the file."""
        for code in ("49", "98", "99"):
            self._still_open(_TRAILERS[code])

    def _file(self, record: Record) -> None:
        for code in ("03", "02", "01"):
            self._still_open(code)
        self.open["01"] = self.header = record
        self.group = None
        self.sums = {"02": 0, "01": 0}
        self.counts = {"02": 0, "01": 0}

    def _group(self, record: Record) -> None:
        for code in ("03", "02"):
            self._still_open(code)
        self.open["02"] = record
        self.sums["02"] = self.counts["02"] = 0
        as_of = read_day(record.get(4))
        if as_of is None:
            self._refuse(record, "date_unreadable", "as-of date", record.get(4), "YYMMDD")
        self.group = Group(as_of, record.get(6) or "USD", record.get(3), record.get(7))

    def _account(self, record: Record) -> None:
        self._still_open("03")
        self.open["03"] = record
        group = self.group or self._missing_group(record)
        currency = record.get(2) or group.currency
        if currency not in exponents():
            self._refuse(record, "currency_unknown", "currency", currency, "a code of ISO 4217")
        account = Account(record.get(1), currency, group, record)
        self._amounts(account)
        account.total += self.detail_sums.get(len(self.accounts), 0)
        self.accounts.append(account)

    def _missing_group(self, record: Record) -> Group:
        day = read_day(self.header.get(3)) if self.header else None
        self.findings.warn(
            "group_missing",
            line=record.line,
            byte_offset=record.start,
            record="03",
            found="an account outside any group",
            expected="a group header 02 before it",
            hint="The file's date and US dollars were taken.",
        )
        if day is None:
            self._refuse(record, "date_unreadable", "as-of date", "", "a group, or a file date")
        self.group = Group(day, "USD", "1", "")
        return self.group

    def _amounts(self, account: Account) -> None:
        """Read type, amount, count and funds type, repeated; sum every amount."""
        record, place = account.record, 3
        while place < len(record.fields):
            kind, amount = record.get(place), record.get(place + 1)
            if amount and not _is_number(amount):
                self._refuse(record, "amount_unreadable", kind, amount, "digits")
            elif amount:
                minor = int(amount)
                account.total += minor
                account.amounts.setdefault(kind, minor)
            funds = record.get(place + 3)
            place += 4 + (_funds_fields(funds, record.get(place + 4)) if funds else 0)

    def _trailer(self, record: Record) -> None:
        opener = _TRAILERS[record.code]
        for inner in _INSIDE[record.code]:
            self._still_open(inner)
        name = _NAMES[record.code]
        first = self.open.pop(opener, None)
        if first is None:
            if opener != "02":
                found = f"trailer {record.code} without its header"
                self._refuse(record, "header_missing", name, found, f"record {opener} before it")
                return
            first = self.open.get("01", record)
        if record.code == "49":
            computed, children = self.accounts[-1].total, None
            name = f"account {self.accounts[-1].number}"
        else:
            computed, children = self.sums[opener], self.counts[opener]
        declared = self._compare(record, f"sum of {name}", 1, computed)
        if children is not None:
            inside = "accounts" if record.code == "98" else "groups"
            self._compare(record, f"{inside} of {name}", 2, children)
        count_place = 2 if record.code == "49" else 3
        self._compare(record, f"records of {name}", count_place, record.ordinal - first.ordinal + 1)
        if record.code != "99":
            parent = "02" if record.code == "49" else "01"
            self.sums[parent] += computed if declared is None else declared
            self.counts[parent] += 1

    def _compare(self, record: Record, name: str, place: int, computed: int) -> int | None:
        """Compare one declared figure; return it, None when the trailer leaves it blank."""
        text = record.get(place)
        if not text:
            self.findings.warn(
                "control_total_blank",
                line=record.line,
                byte_offset=record.start,
                record=record.code,
                field=name,
                found="nothing",
                expected=str(computed),
                hint="The bank declares no such total; nothing could be compared.",
            )
            return None
        if not _is_number(text):
            self._refuse(record, "control_total_unreadable", name, text, str(computed))
            return None
        declared = int(text)
        agrees = declared == computed
        self.totals.append(ControlTotal(name, str(declared), str(computed), agrees))
        if not agrees:
            self.findings.differs(
                "control_total_differs",
                declared=declared,
                computed=computed,
                line=record.line,
                byte_offset=record.start,
                record=record.code,
                field=name,
                hint=_HINT,
            )
        return declared

    def _still_open(self, code: str) -> None:
        record = self.open.pop(code, None)
        if record is not None:
            trailer = next(one for one, opener in _TRAILERS.items() if opener == code)
            found = f"a record {code} without its trailer"
            self._refuse(record, "trailer_missing", _NAMES[trailer], found, f"record {trailer}")

    def _refuse(self, record: Record, code: str, name: str, found: str, expected: str) -> None:
        self.findings.refuse(
            code,
            line=record.line,
            byte_offset=record.start,
            record=record.code,
            field=name,
            found=found or "nothing",
            expected=expected,
            hint=_HINT,
        )


def _funds_fields(funds: str, count: str) -> int:
    """Return how many fields belong to a funds type, after the type itself."""
    if funds == "D":
        return 1 + 2 * int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 1
    return {"S": 3, "V": 2}.get(funds, 0)
