"""What a CSB43 file says about itself: closing records, the number of records, original amounts."""

import re
from collections.abc import Mapping

import polars as pl

from parsers.bank_records import find_minor, net_by_statement, place_of, texts_of
from parsers.csb43.layout import CLOSING, DECIMALS, RECORDS_DECLARED, SIGNS
from parsers.report import Report
from parsers.statements import Raw, StatementBook

_SIDES = (("debit", "1"), ("credit", "2"))
_UNKNOWN = "The entries are used; what this figure proves is not known."

Sides = Mapping[tuple[int, str], tuple[int, int]]
"""(Statement from 1, sign) → (number of entries, their sum without sign)."""


def check_closings(
    lines: pl.DataFrame, raws: list[Raw], rows: pl.DataFrame, book: StatementBook
) -> None:
    """Add every statement, and compare its closing record with its entries."""
    closings = lines.filter(pl.col("record") == "33").unique(
        "statement", keep="first", maintain_order=True
    )
    found = {row["statement"]: row for row in closings.iter_rows(named=True)}
    nets = net_by_statement(rows)
    sides = _sides(rows)
    for number, raw in enumerate(raws, start=1):
        net, count = nets.get(number - 1, (0, 0))
        row = found.get(number)
        if row is None:
            book.add(raw, net=net, entries=count)
            continue
        text = texts_of(row, CLOSING)
        raw.closing_place = place_of(row)
        _close(raw, text, net, book)
        book.add(raw, net=net, entries=count)
        _compare_sides(number, raw, text, sides, book)


def _sides(rows: pl.DataFrame) -> Sides:
    amount = pl.col("amount_minor").cast(pl.Int128).abs()
    found = rows.group_by("statement", "sign").agg(pl.len(), amount.sum().alias("sum"))
    return {(number, sign): (count, int(total)) for number, sign, count, total in found.iter_rows()}


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
    number: int, raw: Raw, text: dict[str, str], sides: Sides, book: StatementBook
) -> None:
    place = raw.closing_place or raw.place
    for name, sign in _SIDES:
        count, total = sides.get((number, sign), (0, 0))
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


def check_originals(report: Report) -> None:
    """Warn where record 24 repeats the account's currency with another amount, or is unreadable."""
    differs = pl.col("original_amount_minor") != pl.col("amount_minor")
    report.warn_lines(
        "original_amount_differs",
        differs & (pl.col("original_currency") == pl.col("currency")),
        "a record 24 in the account's own currency with another amount",
        "the amount of its entry",
    )
    report.warn_lines(
        "original_unreadable",
        pl.col("original_code").is_not_null() & pl.col("original_amount_minor").is_null(),
        "a record 24 that cannot be read",
        "a numeric currency code, then 14 digits",
    )


def check_ends(lines: pl.DataFrame, book: StatementBook) -> None:
    """Compare each record 88 with the number of records before it; files may follow each other."""
    is_end = pl.col("record") == "88"
    parts = lines.with_columns((is_end.cum_sum() - is_end.cast(pl.UInt32)).alias("part"))
    counts = dict(parts.group_by("part").agg((~is_end).sum()).iter_rows())
    first, last = RECORDS_DECLARED
    for row in parts.filter(is_end).iter_rows(named=True):
        place, said = place_of(row), row["text"][first - 1 : last]
        if re.fullmatch("[0-9]{6}", said):
            book.compare("records", int(said), counts[row["part"]], place)
        else:
            expected = "6 digits"
            book.warn(place, "total_unreadable", repr(said), expected, _UNKNOWN, field="records")
