"""CFONB 120 records to lines and statements."""

import re

import numpy as np
import polars as pl

from parsers.bank_records import (
    Entries,
    attached,
    borders,
    gathered,
    kinds,
    read_records,
    refuse_unreadable,
    refused_draft,
    unreadable,
)
from parsers.cfonb120.layout import (
    ACCOUNT,
    AMOUNT,
    CURRENCY,
    DATE,
    FEE_OPERATIONS,
    LEAST,
    MORE,
    NUMBER,
    OPERATION,
    PLACES,
    QUALIFIER,
    RECORDS,
    REFERENCES,
    TEXTS,
    VALUE,
)
from parsers.contract import Source
from parsers.fields import compact_days, cut_raw, cut_texts, join_texts, overpunched, significant
from parsers.lookups import look_up
from parsers.outcome import Draft, Findings
from parsers.records import read_whole
from parsers.statements import Raw, StatementBook, refuse_cut
from parsers.text_records import Records
from parsers.views import Mask, Offsets, sums_between
from tieout.money import exponents

_EXPECTED = f"120 columns that start with {', '.join(RECORDS)}"
_GRAMMAR = "13 digits and a character of {A-I (plus) or }J-R (minus)"
_FIRST = re.compile(rb"0[147][0-9 ]{5}[0-9A-Z ]{4}[0-9A-Z ]{5}[A-Z ]{3}[0-9 ] ?[0-9A-Z ]{11}")


def looks_like(data: bytes) -> bool:
    """Tell whether the first line is a balance or entry of 120 columns with a signed amount."""
    line = data[:400].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").split(b"\n", 1)[0]
    signed = re.search(rb"[0-9]{13}[{}A-R]", line[88:106]) is not None
    return _FIRST.match(line) is not None and 100 <= len(line.rstrip(b"\r")) <= 122 and signed


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CFONB 120 file."""
    records = read_records(source, 2)
    refuse_unreadable(records, unreadable(records, LEAST), 2, _EXPECTED, findings)
    balances = np.flatnonzero(records.are("01", "07"))
    is_opening = (records.record.gather(balances) == "01").to_numpy()
    if not len(records) or (len(balances) and is_opening[-1]):
        refuse_cut(findings, len(source.raw), "a new balance, record 07")
    if findings.refused:
        return refused_draft(0)
    _warn_of_loose_texts(records, findings)
    rows = np.flatnonzero(records.are("04"))
    # An entry belongs to the old balance above it, until a new balance closes that.
    above = np.searchsorted(balances, rows) - 1
    is_inside = (above >= 0) & np.append(is_opening, False)[above]
    statements = np.append(np.cumsum(is_opening), 0)[above] - 1
    entries = Entries(records, rows, findings)
    _type(entries, is_inside, np.maximum(statements, 0))
    book = StatementBook(findings)
    stated = Entries(records, balances, findings, are_numbered=False)
    raws = _balances(stated, is_opening, book)
    if findings.refused:
        return refused_draft(len(entries))
    _add_texts(entries)
    _add_statements(entries, is_inside, raws, book)
    return entries.draft(book, source)


def _warn_of_loose_texts(records: Records, findings: Findings) -> None:
    texts = np.flatnonzero(records.are("05"))
    may_stand = np.append(records.are("04", "05"), False)  # the last one is above the first record
    for row in texts[~may_stand[texts - 1]][:20].tolist():
        findings.warn(
            "record_out_of_place",
            line=int(records.line[row]),
            byte_offset=int(records.byte_start[row]),
            record="05",
            found="a record 05 that follows no entry",
            expected="record 04 above it",
            hint="An entry may be missing: compare the balances, ask the bank.",
        )


def _add_money(entries: Entries) -> None:
    """Add account, currency, exponent and amount_minor; refuse what cannot be read."""
    currency = entries.raw(CURRENCY)
    exponent = look_up(currency, exponents(), pl.Int8())
    entries.put(currency=currency, exponent=exponent)
    entries.refuse_currencies("currency_unknown", "currency")
    amount, places = entries.raw(AMOUNT), read_whole(entries.raw(PLACES)).cast(pl.Int8)
    if places.null_count():
        places = places.zip_with(places.is_not_null(), exponent)
    entries.put_minor(overpunched(amount), places, (amount,), _GRAMMAR)
    account = join_texts(*entries.texts(ACCOUNT).values(), separator="")
    entries.put(account=account, day=compact_days(entries.raw(DATE), "dmy"))


def _balances(balances: Entries, is_opening: Mask, book: StatementBook) -> list[Raw]:
    _add_money(balances)
    columns = (balances.columns[one] for one in ("account", "currency", "amount_minor", "day"))
    rows = zip(*(one.to_list() for one in columns), strict=True)
    raws: list[Raw] = []
    for at, (account, currency, minor, day) in enumerate(rows):
        place = balances.records.place(int(balances.rows[at]))
        if day is None:
            book.warn(
                place,
                "date_unreadable",
                repr(balances.raw(DATE)[at]),
                "a date DDMMYY",
                "The balance is used; its day is not known.",
            )
        if is_opening[at]:
            raws.append(Raw(place, account, currency, opening=minor, opening_date=day))
        elif raws and raws[-1].closing_place is None:
            raws[-1].closing_place, raws[-1].closing = place, minor
            raws[-1].closing_date = day
        else:
            book.warn(
                place,
                "record_out_of_place",
                "a new balance without an old one",
                "record 01 above it",
                "A statement is incomplete: ask the bank.",
            )
    return raws


def _type(entries: Entries, is_inside: Mask, statements: Offsets) -> None:
    _add_money(entries)
    day = entries.columns["day"]
    entries.put(
        statement_no=pl.Series(statements.astype(np.int32)), business_date=day, booking_date=day
    )
    entries.refuse_dateless("booking date", entries.raw(DATE), "a date DDMMYY")
    entries.warn_once(
        "record_out_of_place",
        pl.Series(~is_inside),
        "an entry outside any statement",
        "record 01 above it",
    )


def _add_texts(entries: Entries) -> None:
    rows, owners = entries.below("05")
    below = entries.records.text.gather(rows)
    parts = cut_texts(below, {"more": MORE})["more"]
    named = cut_raw(below, *QUALIFIER)
    is_reference = np.logical_or.reduce([(named == one).to_numpy() for one in REFERENCES])
    reference = attached(entries.records, rows[is_reference], owners[is_reference], len(entries))
    texts = entries.texts(TEXTS)
    entries.put(
        kind=kinds(entries.raw(OPERATION), FEE_OPERATIONS),
        value_date=compact_days(entries.raw(VALUE), "dmy"),
        psp_ref=texts["reference"],
        merchant_ref=significant(entries.raw(NUMBER)),
        scheme_ref=join_texts(cut_texts(reference, {"more": MORE})["more"]),
        narrative=join_texts(texts["label"], gathered(parts, owners, len(entries))),
    )


def _add_statements(
    entries: Entries, is_inside: Mask, raws: list[Raw], book: StatementBook
) -> None:
    firsts, lasts = borders(entries.columns["statement_no"].to_numpy(), len(raws))
    sums = sums_between(entries.amounts(is_inside), firsts, lasts)
    counts = sums_between(is_inside.astype(np.int64), firsts, lasts)
    for raw, net, count in zip(raws, sums, counts, strict=True):
        book.add(raw, net=net, entries=count)
