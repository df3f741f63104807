"""What a CODA file says about itself: details of a movement, counts and sums of trailers."""

import re

import numpy as np
import polars as pl

from parsers.bank_records import FAULTS_SHOWN, Entries, borders, find_minor
from parsers.coda.layout import DECIMALS, DETAILS_ABOVE, TRAILER
from parsers.lookups import look_up
from parsers.statements import Place, Raw, StatementBook
from parsers.text_records import Records
from parsers.views import Mask, Offsets, sums_between
from tieout.money import format_minor

_Sides = list[tuple[int, int]]
"""Sums of the booked debits and credits of each statement, both without signs."""


def check_details(entries: Entries) -> None:
    """Warn about movements whose details do not sum to them.

    Details of type 9 break a detail of type 7 down, the others the movement above them.
    """
    kind = entries.columns["type"]
    levels = look_up(kind, DETAILS_ABOVE, pl.Int8(), default=0).to_numpy()
    for level in sorted(set(levels[levels > 0].tolist())):
        is_head = levels == 0
        if level > 1:
            is_head |= (kind == "7").to_numpy()
        _compare_details(entries, np.flatnonzero(is_head), levels == level)


def _compare_details(entries: Entries, heads: Offsets, is_detail: Mask) -> None:
    """Compare each of `heads` with the details up to the next one."""
    ends = np.append(heads[1:], len(entries))
    sums = sums_between(entries.amounts(is_detail), heads, ends)
    counts = sums_between(is_detail.astype(np.int64), heads, ends)
    declared = entries.amounts()[heads].tolist()
    differ = [at for at, one in enumerate(sums) if counts[at] and one != declared[at]]
    for at in differ[:FAULTS_SHOWN]:
        row = int(heads[at])
        place, currency = entries.records.place(int(entries.rows[row])), entries.columns["currency"]
        entries.findings.differs(
            "details_differ",
            declared=format_minor(declared[at], currency[row]),
            computed=format_minor(sums[at], currency[row]),
            severity="warning",
            line=place.line,
            byte_offset=place.byte_start,
            record="21",
            record_no=row + 1,
            hint="A detail may be missing; only the movement itself is counted.",
        )


def check_trailers(
    records: Records, entries: Entries, raws: list[Raw], book: StatementBook
) -> None:
    """Compare what a trailer counts and sums; several logical files may follow each other."""
    ends = np.flatnonzero(records.are("9"))
    counted = np.cumsum(~records.are("0", "9"))[ends].tolist()
    opened = np.cumsum(records.are("1"))[ends].tolist()
    sides = _sides(entries, len(raws))
    counted_before = opened_before = 0
    said: dict[str, str] = {}
    for row, count, last in zip(ends.tolist(), counted, opened, strict=True):
        place, said = records.place(row), records.fields(row, TRAILER)
        if re.fullmatch("[0-9]{6}", said["records"]):
            book.compare("records", int(said["records"]), count - counted_before, place)
        else:
            _warn_unreadable(book, place, "records", said["records"], "6 digits")
        currencies = {one.currency for one in raws[opened_before:last]}
        if len(currencies) == 1:
            _compare_sums(said, sides[opened_before:last], currencies.pop(), place, book)
        counted_before, opened_before = count, last
    if said.get("follows") == "1":
        book.warn(
            records.place(int(ends[-1])),
            "file_follows",
            "a last trailer that says another file follows",
            "2 in column 128",
            "Many banks write 1 always; if yours does not, fetch the rest.",
        )


def _sides(entries: Entries, count: int) -> _Sides:
    amounts = entries.amounts(entries.columns["is_booked"].to_numpy())
    firsts, lasts = borders(entries.columns["statement_no"].to_numpy(), count)
    debits = sums_between(np.where(amounts < 0, -amounts, 0), firsts, lasts)
    credits = sums_between(np.where(amounts > 0, amounts, 0), firsts, lasts)
    return list(zip(debits, credits, strict=True))


def _compare_sums(
    said: dict[str, str],
    sums: _Sides,
    currency: str | None,
    place: Place,
    book: StatementBook,
) -> None:
    for side, name in enumerate(("debit", "credit")):
        declared = find_minor(said[name], DECIMALS, currency)
        if declared is None:
            _warn_unreadable(book, place, name, said[name], f"15 digits, 3 decimals of {currency}")
        else:
            computed = sum(one[side] for one in sums)
            book.compare(f"sum of {name}s", declared, computed, place, currency)


def _warn_unreadable(
    book: StatementBook, place: Place, name: str, found: str, expected: str
) -> None:
    hint = "The entries are used; what this total proves is not known."
    book.warn(place, "total_unreadable", repr(found), expected, hint, field=name)
