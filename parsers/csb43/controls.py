"""What a CSB43 file says about itself: closing records, the number of records, original amounts."""

import re

import numpy as np

from parsers.bank_records import Entries, borders, find_minor, nets
from parsers.csb43.layout import CLOSING, DECIMALS, RECORDS_DECLARED, SIGNS
from parsers.statements import Raw, StatementBook
from parsers.text_records import Records
from parsers.views import sums_between

_SIDES = (("debit", "1"), ("credit", "2"))
_UNKNOWN = "The entries are used; what this figure proves is not known."

Sides = dict[str, list[tuple[int, int]]]
"""Sign → (number of entries, their sum without sign) of each statement."""


def check_closings(entries: Entries, raws: list[Raw], book: StatementBook) -> None:
    """Add every statement, and compare its closing record with its entries."""
    records = entries.records
    closings = np.flatnonzero(records.are("33"))
    owners = np.cumsum(records.are("11"))[closings] - 1
    found = dict(zip(owners[::-1].tolist(), closings[::-1].tolist(), strict=True))
    totals, sides = nets(entries, None, len(raws)), _sides(entries, len(raws))
    for number, raw in enumerate(raws):
        net, count = totals[number]
        row = found.get(number)
        if row is None:
            book.add(raw, net=net, entries=count)
            continue
        text = records.fields(row, CLOSING)
        raw.closing_place = records.place(row)
        _close(raw, text, net, book)
        book.add(raw, net=net, entries=count)
        _compare_sides(raw, text, {sign: sides[sign][number] for sign in sides}, book)


def _sides(entries: Entries, count: int) -> Sides:
    firsts, lasts = borders(entries.columns["statement_no"].to_numpy(), count)
    found = {}
    for _, sign in _SIDES:
        is_mine = (entries.columns["sign"] == sign).to_numpy()
        numbers = sums_between(is_mine.astype(np.int64), firsts, lasts)
        sums = sums_between(np.abs(entries.amounts(is_mine)), firsts, lasts)
        found[sign] = list(zip(numbers, sums, strict=True))
    return found


def _close(raw: Raw, text: dict[str, str], net: int, book: StatementBook) -> None:
    place = raw.closing_place or raw.place
    minor, sign = find_minor(text["amount"], DECIMALS, raw.currency), SIGNS.get(text["sign"])
    if minor is not None and sign is not None:
        raw.closing = minor * sign
        return
    book.warn(
        place,
        "balance_unreadable",
        repr(text["sign"] + text["amount"]),
        "1 or 2, then 14 digits",
        "The entries are used; the closing balance is not known.",
    )
    if minor is not None and raw.opening is not None:
        # Without its sign the balance still says how far from zero the account is.
        name = f"closing balance of {raw.account} without sign"
        book.compare(name, minor, abs(raw.opening + net), place, raw.currency)


def _compare_sides(
    raw: Raw, text: dict[str, str], sides: dict[str, tuple[int, int]], book: StatementBook
) -> None:
    place = raw.closing_place or raw.place
    for name, sign in _SIDES:
        count, total = sides[sign]
        said = text[f"{name}s"]
        if re.fullmatch("[0-9]{5}", said):
            book.compare(f"number of {name}s of {raw.account}", int(said), count, place)
        else:
            _warn_unreadable(book, raw, f"number of {name}s", said, "5 digits")
        declared = find_minor(text[f"{name}_sum"], DECIMALS, raw.currency)
        if declared is None:
            _warn_unreadable(book, raw, f"sum of {name}s", text[f"{name}_sum"], "14 digits")
        else:
            book.compare(f"sum of {name}s of {raw.account}", declared, total, place, raw.currency)


def _warn_unreadable(book: StatementBook, raw: Raw, field: str, found: str, expected: str) -> None:
    place = raw.closing_place or raw.place
    book.warn(place, "total_unreadable", repr(found), expected, _UNKNOWN, field=field)


def check_originals(entries: Entries) -> None:
    """Warn where record 24 repeats the account's currency with another amount, or is unreadable."""
    if "original_code" not in entries.columns:
        return
    columns = entries.columns
    abroad, currency = columns["original_amount_minor"], columns["original_currency"]
    is_same = (currency == columns["currency"]) & (abroad != columns["amount_minor"])
    entries.warn_once(
        "original_amount_differs",
        is_same,
        "a record 24 in the account's own currency with another amount",
        "the amount of its entry",
    )
    entries.warn_once(
        "original_unreadable",
        columns["original_code"].is_not_null() & abroad.is_null(),
        "a record 24 that cannot be read",
        "a numeric currency code, then 14 digits",
    )


def check_ends(records: Records, book: StatementBook) -> None:
    """Compare each record 88 with the number of records before it; files may follow each other."""
    is_end = records.are("88")
    counts = np.cumsum(~is_end)
    before = 0
    for row in np.flatnonzero(is_end).tolist():
        place = records.place(row)
        said = records.fields(row, {"records": RECORDS_DECLARED})["records"]
        if re.fullmatch("[0-9]{6}", said):
            book.compare("records", int(said), int(counts[row]) - before, place)
        else:
            expected = "6 digits"
            book.warn(place, "total_unreadable", repr(said), expected, _UNKNOWN, field="records")
        before = int(counts[row])
