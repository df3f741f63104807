"""CODA records to lines and statements."""

import re

import numpy as np
import polars as pl

from parsers.bank_records import (
    Entries,
    attached,
    find_minor,
    kinds,
    nets,
    read_records,
    refuse_unreadable,
    refused_draft,
    unreadable,
)
from parsers.coda.controls import check_details, check_trailers
from parsers.coda.layout import (
    AMOUNT,
    DECIMALS,
    DETAILS,
    ENTRY,
    FAMILY,
    FEE_FAMILIES,
    LENGTH,
    MOVEMENT,
    NEW,
    OLD,
    SECOND,
    SIGN,
    THIRD,
    TYPE,
    VALUE,
)
from parsers.contract import Source
from parsers.fields import compact_day, compact_days, cut_raw, cut_texts, join_texts, signed_number
from parsers.lookups import look_up
from parsers.outcome import Draft, Findings
from parsers.statements import Place, Raw, StatementBook, refuse_cut
from parsers.text_records import Records

_HEADER = re.compile(rb"0000[0-9 ][0-9]{6}[0-9 ]{3}[0-9 ]{2}.{111}[12 ]", re.DOTALL)
_CODES = ("0", "1", "2", "3", "4", "8", "9")
# Column 128 is a blank in some records, and blanks at the end get lost; of a trailer it says
# whether another file follows.
_LEAST = dict.fromkeys(_CODES, LENGTH - 1) | {"9": LENGTH}
_EXPECTED = f"{LENGTH} columns that start with {', '.join(_CODES)}"
_SIGNS = {"0": 1, "1": -1}
_IS_BOOKED = dict.fromkeys(DETAILS, False)


def looks_like(data: bytes) -> bool:
    """Tell whether the file opens with a header record of 128 columns, then a record 1 to 9."""
    head = data[:300].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if _HEADER.match(head) is None or head[LENGTH : LENGTH + 1] not in (b"\r", b"\n", b""):
        return False
    return head[LENGTH:].lstrip(b"\r\n")[:1] in (b"1", b"8", b"9", b"")


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CODA file; details of a movement are lines that are not booked."""
    records = read_records(source, 1)
    refuse_unreadable(records, unreadable(records, _LEAST), 2, _EXPECTED, findings)
    if not len(records) or records.record[-1] != "9":
        refuse_cut(findings, len(source.raw), "a trailer, record 9")
    if findings.refused:
        return refused_draft(0)
    raws = _balances(records, findings)
    entries = _movements(records, raws, findings)
    if findings.refused:
        return refused_draft(len(entries))
    book = StatementBook(findings)
    is_booked = entries.columns["is_booked"].to_numpy()
    for raw, (net, count) in zip(raws, nets(entries, is_booked, len(raws)), strict=True):
        book.add(raw, net=net, entries=count)
    check_details(entries)
    check_trailers(records, entries, raws, book)
    return entries.draft(book, source)


def _balances(records: Records, findings: Findings) -> list[Raw]:
    """Return the statements: each old balance with the new balance that follows it."""
    raws: list[Raw] = []
    for row in np.flatnonzero(records.are("1", "8")).tolist():
        place = records.place(row)
        if place.record == "1":
            text = records.fields(row, OLD)
            account, currency = _account(text["structure"], text["account"])
            raw = Raw(place, account, currency, sequence=text["number"].strip() or None)
            raw.opening = _balance(text, currency, place, findings)
            raw.opening_date = compact_day(text["date"], "dmy")
            raws.append(raw)
        elif raws and raws[-1].closing_place is None:
            _close(raws[-1], records.fields(row, NEW), place, findings)
    return raws


def _account(structure: str, text: str) -> tuple[str | None, str | None]:
    if structure == "0":
        return text[:12].strip() or None, text[13:16].strip() or None
    return text[:34].strip() or None, text[34:37].strip() or None


def _close(raw: Raw, text: dict[str, str], place: Place, findings: Findings) -> None:
    raw.closing_place = place
    raw.closing = _balance(text, raw.currency, place, findings)
    raw.closing_date = compact_day(text["date"], "dmy")
    if raw.account and text["account"].strip() and not text["account"].startswith(raw.account):
        findings.warn(
            "account_differs",
            line=place.line,
            byte_offset=place.byte_start,
            record=place.record,
            found=f"a new balance of {text['account'][:34].strip()}",
            expected=f"{raw.account}, as in record 1",
            hint="Two statements may have been mixed: ask the bank.",
        )


def _balance(
    text: dict[str, str], currency: str | None, place: Place, findings: Findings
) -> int | None:
    minor = find_minor(text["amount"], DECIMALS, currency)
    if minor is None or text["sign"] not in _SIGNS:
        findings.warn(
            "balance_unreadable",
            line=place.line,
            byte_offset=place.byte_start,
            record=place.record,
            found=repr(text["sign"] + text["amount"]),
            expected=f"0 or 1, 15 digits, the last three of them decimals that {currency} has",
            hint="The entries are used; this balance is not known.",
        )
        return None
    return minor * _SIGNS[text["sign"]]


def _movements(records: Records, raws: list[Raw], findings: Findings) -> Entries:
    """Return one row per record 21, its continuations beside it."""
    rows = np.flatnonzero(records.are("2"))
    article = cut_raw(
        records.text if len(rows) == len(records) else records.text.gather(rows), 2, 2
    )
    is_first = (article == "1").to_numpy()
    numbers = np.cumsum(is_first)
    entries = Entries(records, rows[is_first], findings)
    statements = np.cumsum(records.are("1"))[entries.rows] - 1
    entries.put_accounts(raws, statements)
    more = []
    for part in ("2", "3"):
        belongs = (article == part).to_numpy() & (numbers > 0)
        more.append(attached(records, rows[belongs], numbers[belongs] - 1, len(entries)))
    _type(entries)
    if findings.refused:
        return entries
    second, third = cut_texts(more[0], SECOND), cut_texts(more[1], THIRD)
    first = entries.texts(MOVEMENT)
    entries.put(
        psp_ref=first["bank_ref"],
        merchant_ref=second["customer_ref"],
        narrative=join_texts(
            third["name"], first["communication"], second["communication"], third["communication"]
        ),
    )
    return entries


def _type(entries: Entries) -> None:
    entries.refuse_currencies("currency_missing", "record 1")
    sign, digits = entries.raw(SIGN), entries.raw(AMOUNT)
    grammar = "0 or 1, then 15 digits of which the currency has all decimals that are not 0"
    entries.put_minor(signed_number(sign, digits, _SIGNS), DECIMALS, (sign, digits), grammar)
    entry = entries.raw(ENTRY)
    booked, value = compact_days(entry, "dmy"), compact_days(entries.raw(VALUE), "dmy")
    days = booked.zip_with(booked.is_not_null(), value) if booked.null_count() else booked
    entries.put(booking_date=booked, value_date=value, business_date=days)
    entries.refuse_dateless("entry date", entry, "a date DDMMYY")
    kind = entries.raw(TYPE)
    entries.put(
        type=kind,
        kind=kinds(entries.raw(FAMILY), FEE_FAMILIES),
        is_booked=look_up(kind, _IS_BOOKED, pl.Boolean(), default=True),
    )
