"""CSB43 records to lines and statements."""

import re

import numpy as np
import polars as pl

from parsers.bank_records import (
    Entries,
    attached,
    find_minor,
    gathered,
    kinds,
    read_records,
    refuse_unreadable,
    refused_draft,
    unreadable,
)
from parsers.contract import Source
from parsers.csb43.controls import check_closings, check_ends, check_originals
from parsers.csb43.layout import (
    ACCOUNT,
    AMOUNT,
    BOOKING,
    CONCEPT,
    DECIMALS,
    DOCUMENT,
    FEE_CONCEPTS,
    FIRST_REFERENCE,
    LEAST,
    ORIGINAL_AMOUNT,
    ORIGINAL_CODE,
    RECORDS,
    SECOND_REFERENCE,
    SIGN,
    SIGNS,
    TEXT,
    VALUE,
)
from parsers.fields import (
    compact_day,
    compact_days,
    cut_raw,
    cut_texts,
    implied_minor,
    join_texts,
    signed_number,
    significant,
)
from parsers.lookups import look_up
from parsers.outcome import Draft, Findings
from parsers.statements import Raw, StatementBook, refuse_cut
from parsers.text_records import Records
from tieout.money import UnknownCurrency, alpha_of, exponents, numeric_of

_EXPECTED = f"80 columns that start with {', '.join(RECORDS)}, record 11 first"
_FIRST = re.compile(rb"11[0-9]{18}[0-9]{12}[12][0-9]{14}[0-9]{3}[0-9 ]")


def looks_like(data: bytes) -> bool:
    """Tell whether the file opens with an account record whose fields are all numbers."""
    return _FIRST.match(data[:200].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")) is not None


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CSB43 file."""
    records = read_records(source, 2)
    statements = np.cumsum(records.are("11"))
    wrong = unreadable(records, LEAST) | (records.are("22", "33") & (statements == 0))
    refuse_unreadable(records, wrong, 2, _EXPECTED, findings)
    if not len(records) or records.record[-1] != "88":
        refuse_cut(findings, len(source.raw), "an end record, 88")
    if findings.refused:
        return refused_draft(0)
    raws = _accounts(records, findings)
    rows = np.flatnonzero(records.are("22"))
    entries = Entries(records, rows, findings)
    if not findings.refused:
        entries.put_accounts(raws, statements[rows] - 1)
        _type(entries)
    if findings.refused:
        return refused_draft(len(entries))
    _add_texts(entries)
    _add_originals(entries)
    book = StatementBook(findings)
    check_closings(entries, raws, book)
    check_originals(entries)
    check_ends(records, book)
    return entries.draft(book, source)


def _accounts(records: Records, findings: Findings) -> list[Raw]:
    raws = []
    for row in np.flatnonzero(records.are("11")).tolist():
        text, place = records.fields(row, ACCOUNT), records.place(row)
        try:
            currency = alpha_of(text["currency"])
        except UnknownCurrency:
            findings.refuse(
                "currency_unknown",
                line=place.line,
                byte_offset=place.byte_start,
                record="11",
                found=repr(text["currency"]),
                expected="the numeric code of a currency, such as 978",
                hint="Ask the bank for the file again.",
            )
            continue
        raw = Raw(place, text["account"].strip() or None, currency)
        minor, sign = find_minor(text["amount"], DECIMALS, currency), SIGNS.get(text["sign"])
        raw.opening = None if minor is None or sign is None else minor * sign
        raw.opening_date = compact_day(text["first"], "ymd")
        raw.closing_date = compact_day(text["last"], "ymd")
        raws.append(raw)
    return raws


def _type(entries: Entries) -> None:
    sign, digits, booking = entries.raw(SIGN), entries.raw(AMOUNT), entries.raw(BOOKING)
    grammar = "1 or 2, then 14 digits of which the last two are decimals"
    entries.put_minor(signed_number(sign, digits, SIGNS), DECIMALS, (sign, digits), grammar)
    day = compact_days(booking, "ymd")
    entries.put(sign=sign, business_date=day, booking_date=day)
    entries.refuse_dateless("booking date", booking, "a date YYMMDD")


def _add_texts(entries: Entries) -> None:
    texts = entries.texts({"second": SECOND_REFERENCE})
    rows, owners = entries.below("23")
    parts = cut_texts(entries.records.text.gather(rows), {"text": TEXT})["text"]
    entries.put(
        value_date=compact_days(entries.raw(VALUE), "ymd"),
        kind=kinds(entries.raw(CONCEPT), FEE_CONCEPTS),
        rrn=significant(entries.raw(DOCUMENT)),
        psp_ref=significant(entries.raw(FIRST_REFERENCE)),
        merchant_ref=texts["second"],
        narrative=join_texts(gathered(parts, owners, len(entries))),
    )


def _add_originals(entries: Entries) -> None:
    """Add the currency and amount of records 24."""
    rows, owners = entries.below("24")
    if not len(rows):
        return
    texts = attached(entries.records, rows, owners, len(entries))
    code, digits = cut_raw(texts, *ORIGINAL_CODE), cut_raw(texts, *ORIGINAL_AMOUNT)
    alpha = {numeric_of(one): alpha_of(numeric_of(one)) for one in exponents()}
    currency = look_up(code, alpha, pl.String())
    number = signed_number(entries.columns["sign"], digits, SIGNS)
    places = look_up(currency, exponents(), pl.Int8())
    entries.put(
        original_code=code,
        original_currency=currency,
        original_amount_minor=implied_minor(number, DECIMALS, places),
    )
