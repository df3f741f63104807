"""Entries and addenda as columns: amounts, banks, codes, references, and what notices say."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.nacha import layout
from parsers.nacha.physical import Records
from parsers.nacha.place import Place
from parsers.views import Mask, Offsets, digits, texts, trimmed

_ENTRY, _ADDENDA = ord("6"), ord("7")
_DEBIT_UNITS_OF_ADVICE = (1, 3, 5, 7)
_TENS = np.isin(np.arange(256), list(b"23458"))
_UNITS = np.isin(np.arange(256), list(b"123456789"))
_CREDITS = np.isin(np.arange(256), [ord(one) for one in layout.CREDIT_UNITS])
_MONEYLESS = np.isin(np.arange(256), list(layout.MONEYLESS_UNITS.encode()))
_ADVICE_CREDITS = np.isin(np.arange(256), list(b"1357"))


@dataclass(slots=True)
class Entries:
    """One row per entry.

    Attributes:
        rows: its record in the block.
        cents: amount without sign, 0 where it is unreadable.
        bank_no: receiving bank, 0 where it is unreadable.
        is_credit: whether the receiver's account is credited.
        ends: byte behind its last addenda, in the block.
        addenda: record of each addenda, and `owners` its entry; -1 in front of the first entry.
        notices: record of the first return or change of each entry, -1 without one.
        notice_types: its type (98, 99), 0 without one.
    """

    rows: Offsets
    cents: Offsets
    bank_no: Offsets
    is_credit: Mask
    ends: Offsets
    addenda: Offsets
    owners: Offsets
    addenda_types: Offsets
    notices: Offsets
    notice_types: Offsets


def field_places(
    records: Records, rows: Offsets, place: tuple[int, int]
) -> tuple[Offsets, Offsets]:
    """Return start and length of a field, positions counted from 1."""
    return records.starts[rows] + place[0] - 1, np.full(len(rows), place[1] - place[0] + 1)


def column_at(
    records: Records, rows: Offsets, first: int | Offsets, last: int | Offsets
) -> pl.Series:
    """Return fields as text without blanks around them, null where nothing is left.

    Args:
        records: the block.
        rows: record of each value, -1 for none.
        first: position of the field in its record, from 1; or one for each value.
        last: the same of its last character.
    """
    starts = records.starts[rows] + first - 1
    sizes = np.where(rows >= 0, last - np.asarray(first) + 1, 0)
    found = texts(records.text, *trimmed(records.codes, starts, sizes))
    if records.own:
        odd = np.flatnonzero(np.isin(rows, list(records.own)) & (sizes > 0))
        begins = starts - records.starts[rows]
        values = [
            records.record(int(rows[one]))[begins[one] : begins[one] + sizes[one]].strip() or None
            for one in odd.tolist()
        ]
        found = found.scatter(odd, values)
    return found


def read_entries(records: Records, is_advice: Mask, place: Place, first: int) -> Entries:
    """Return the entries of a block; refuse those whose code, bank or amount is unreadable.

    Args:
        records: the block.
        is_advice: per record of the block, whether its batch holds advices.
        place: where the block stands.
        first: number of entries before the block.
    """
    rows = np.flatnonzero(records.kinds == _ENTRY)
    starts, advice = records.starts[rows], is_advice[rows]
    tens, units = records.codes[starts + 1], records.codes[starts + 2]
    is_loan = (tens == ord(layout.LOAN_REVERSAL[0])) & (units == ord(layout.LOAN_REVERSAL[1]))
    is_credit = np.where(
        tens == ord(layout.ADV_TENS), _ADVICE_CREDITS[units], _CREDITS[units] & ~is_loan
    )
    bank_no, is_bank = digits(records.words, *field_places(records, rows, layout.ENTRY["bank"]))
    begins, sizes = field_places(records, rows, layout.ENTRY["amount"])
    wide = field_places(records, rows, layout.ENTRY["adv_amount"])
    begins, sizes = np.where(advice, wide[0], begins), np.where(advice, wide[1], sizes)
    cents, is_amount = digits(records.words, *trimmed(records.codes, begins, sizes))
    bad = ~(_TENS[tens] & _UNITS[units] & is_bank & is_amount)
    for row in np.flatnonzero(bad)[: place.left("entry_unreadable")].tolist():
        expected = "code, bank and amount in digits"
        refuse_entry("entry_unreadable", records, int(rows[row]), first + row + 1, place, expected)
    _warn_entries(records, rows, bank_no, is_bank, advice, place, first)
    paid = _MONEYLESS[units] & (tens != ord(layout.ADV_TENS)) & (cents != 0) & ~bad
    _warn_amounts(records, rows, paid, place, first)
    addenda = np.flatnonzero(records.kinds == _ADDENDA)
    owners = _owners(records, rows, addenda)
    ends = records.raw_starts[rows] + records.raw_lengths[rows]
    mine = owners >= 0
    ends[owners[mine]] = (records.raw_starts + records.raw_lengths)[addenda[mine]]
    types, is_type = digits(
        records.words, *field_places(records, addenda, layout.ADDENDA["addenda_type"])
    )
    types = np.where(is_type, types, 0)
    is_notice = mine & np.isin(types, [int(layout.RETURN), int(layout.CHANGE)])
    notices, notice_types = np.full(len(rows), -1), np.zeros(len(rows), np.int64)
    back = np.flatnonzero(is_notice)[::-1]  # of several the first one stays
    notices[owners[back]], notice_types[owners[back]] = addenda[back], types[back]
    return Entries(
        rows, np.where(is_amount, cents, 0), np.where(is_bank, bank_no, 0), is_credit, ends,
        addenda, owners, types, notices, notice_types,
    )  # fmt: skip


def _owners(records: Records, rows: Offsets, addenda: Offsets) -> Offsets:
    """Return the entry of each addenda: that before it, with nothing but addenda between them."""
    others = np.flatnonzero(records.kinds != _ADDENDA)
    owners = np.searchsorted(rows, addenda) - 1
    before = np.searchsorted(others, addenda) - 1
    is_next = (owners >= 0) & (before >= 0)
    is_next[is_next] = rows[owners[is_next]] == others[before[is_next]]
    return np.where(is_next, owners, -1)


def refuse_entry(
    code: str, records: Records, row: int, number: int, place: Place, expected: str
) -> None:
    """Refuse one entry for what it says."""
    line, offset = int(records.lines[row]), int(records.raw_starts[row])
    place.refuse_entry(code, line, offset, number, records.record(row), expected)


def _warn_entries(
    records: Records,
    rows: Offsets,
    bank_no: Offsets,
    is_bank: Mask,
    advice: Mask,
    place: Place,
    first: int,
) -> None:
    starts = records.starts[rows]
    weighted = sum(
        (records.codes[starts + 3 + at] & 15) * np.int64(weight)
        for at, weight in enumerate(layout.CHECK_WEIGHTS)
    )
    right = (10 - weighted % 10) % 10 + ord("0")
    wrong = is_bank & (right != records.codes[starts + 11])
    _, is_trace = digits(records.words, *field_places(records, rows, layout.ENTRY["trace"]))
    for mask, code, what in (
        (wrong, "check_digit_wrong", "the check digit of the receiving bank"),
        (~is_trace & ~advice, "trace_unreadable", "a trace number of 15 digits"),
    ):
        for row in np.flatnonzero(mask)[: place.left(code)].tolist():
            at = int(rows[row])
            bank = records.field(at, (4, 12))
            trace = None if advice[row] else records.field(at, layout.ENTRY["trace"])
            place.warn(
                code,
                int(records.lines[at]),
                int(records.raw_starts[at]),
                record="6",
                number=first + row + 1,
                found=f"bank {bank}, trace {trace}",
                expected=what,
                hint="The bank that gets the entry will probably return it.",
            )


def _warn_amounts(records: Records, rows: Offsets, paid: Mask, place: Place, first: int) -> None:
    """Warn of entries whose code says that they carry no money, and whose amount does."""
    for row in paid.nonzero()[0][: place.left("amount_unexpected")].tolist():
        at = int(rows[row])
        place.warn(
            "amount_unexpected",
            int(records.lines[at]),
            int(records.raw_starts[at]),
            record="6",
            number=first + row + 1,
            field="amount",
            found=f"code {records.field(at, layout.ENTRY['code'])}, "
            f"amount {records.field(at, layout.ENTRY['amount'])}",
            expected="amount 0: a prenotification, or a remittance without money",
            hint="The controls count it, so it is kept; the bank that gets it may return it.",
        )
