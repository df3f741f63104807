"""CSB43 records to lines and statements."""

import re

import polars as pl

from parsers.bank_records import (
    draft_of,
    exact_minor,
    find_day,
    find_minor,
    is_fee_or_payout,
    one_spaced,
    place_of,
    put_signed,
    read_records,
    refuse_currencies,
    refuse_unreadable,
    refused_draft,
    texts_of,
    with_accounts,
)
from parsers.contract import Source
from parsers.csb43.controls import check_closings, check_ends, check_originals
from parsers.csb43.layout import (
    ACCOUNT,
    DECIMALS,
    ENTRY,
    FEE_CONCEPTS,
    LEAST,
    ORIGINAL,
    RECORDS,
    SIGNS,
    TEXT,
)
from parsers.outcome import Draft, Findings
from parsers.records import cut, present, whole_number
from parsers.report import Report
from parsers.statements import Raw, StatementBook, refuse_cut
from tieout.money import UnknownCurrency, alpha_of, exponents, numeric_of

_FIRST = re.compile(rb"11[0-9]{18}[0-9]{12}[12][0-9]{14}[0-9]{3}[0-9 ]")


def looks_like(data: bytes) -> bool:
    """Tell whether the file opens with an account record whose fields are all numbers."""
    return _FIRST.match(data[:200].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")) is not None


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CSB43 file."""
    lines = read_records(source, 2).with_columns(
        (pl.col("record") == "11").cum_sum().cast(pl.Int32).alias("statement"),
        (pl.col("record") == "22").cum_sum().cast(pl.Int64).alias("record_no"),
    )
    _check_lines(lines, len(source.data), findings)
    if findings.refused:
        return refused_draft(0)
    raws = _accounts(lines, findings)
    report = _entries(lines, raws, findings)
    if findings.refused:
        return refused_draft(report.rows.height)
    book = StatementBook(findings)
    check_closings(lines, raws, report.rows, book)
    check_originals(report)
    check_ends(lines, book)
    return draft_of(report, book, source)


def _check_lines(lines: pl.DataFrame, size: int, findings: Findings) -> None:
    least = pl.col("record").replace_strict(LEAST, default=4, return_dtype=pl.Int64)
    short = pl.col("text").str.len_chars() < least
    loose = pl.col("record").is_in(["22", "33"]) & (pl.col("statement") == 0)
    expected = f"80 columns that start with {', '.join(RECORDS)}, record 11 first"
    wrong = short | loose | ~pl.col("record").is_in(RECORDS)
    refuse_unreadable(lines, wrong, expected, findings)
    if lines.is_empty() or lines["record"][-1] != "88":
        refuse_cut(findings, size, "an end record, 88")


def _accounts(lines: pl.DataFrame, findings: Findings) -> list[Raw]:
    raws = []
    for row in lines.filter(pl.col("record") == "11").iter_rows(named=True):
        text, place = texts_of(row, ACCOUNT), place_of(row)
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
        raw.opening_date = find_day(text["first"], "%y%m%d")
        raw.closing_date = find_day(text["last"], "%y%m%d")
        raws.append(raw)
    return raws


def _entries(lines: pl.DataFrame, raws: list[Raw], findings: Findings) -> Report:
    """Return one row per record 22, its records 23 and 24 joined."""
    rows = lines.filter(pl.col("record") == "22").with_columns(cut(ENTRY))
    rows = with_accounts(rows.with_columns((pl.col("statement") - 1).alias("statement_no")), raws)
    below = lines.filter(pl.col("record_no") > 0)
    texts = below.filter(pl.col("record") == "23").select("record_no", *cut(TEXT))
    joined = texts.group_by("record_no", maintain_order=True).agg(
        present(pl.col("text")).drop_nulls().str.join(" ").alias("more")
    )
    originals = below.filter(pl.col("record") == "24").select("record_no", *cut(ORIGINAL))
    originals = originals.unique("record_no", keep="first", maintain_order=True)
    for more in (joined, originals):
        rows = rows.join(more, on="record_no", how="left", maintain_order="left")
    report = Report(rows, findings)
    _type(report)
    return report


def _type(report: Report) -> None:
    refuse_currencies(report, "currency_unknown", "record 11")
    expected = "1 or 2, then 14 digits of which the last two are decimals"
    put_signed(report, DECIMALS, SIGNS, expected)
    day = pl.col("booking").str.to_date("%y%m%d", strict=False)
    report.put(
        business_date=day,
        booking_date=day,
        value_date=pl.col("value").str.to_date("%y%m%d", strict=False),
    )
    codes = {numeric_of(one): alpha_of(numeric_of(one)) for one in exponents()}
    original = pl.col("original_code").replace_strict(codes, default=None, return_dtype=pl.String)
    report.put(original_currency=original)
    places = pl.col("original_currency").replace_strict(
        exponents(), default=None, return_dtype=pl.Int8
    )
    sign = pl.col("sign").replace_strict(SIGNS, default=None, return_dtype=pl.Int64)
    abroad = exact_minor(whole_number(pl.col("original_digits")), pl.lit(DECIMALS), places)
    report.put(original_amount_minor=abroad * sign)
    dateless = pl.col("business_date").is_null()
    report.refuse("date_unreadable", "booking date", dateless, pl.col("booking"), "a date YYMMDD")
    report.put(
        is_booked=pl.lit(True),
        kind=is_fee_or_payout(pl.col("concept").is_in(FEE_CONCEPTS)),
        rrn=present(pl.col("document").str.strip_chars_start("0")),
        psp_ref=present(pl.col("reference_1").str.strip_chars_start("0")),
        merchant_ref=present(pl.col("reference_2")),
        narrative=one_spaced(pl.col("more")),
    )
