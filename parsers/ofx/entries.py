"""STMTTRN to rows: every value of every entry by one expression over the whole column."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

import polars as pl

from parsers.amounts import exponent_column, major_to_minor
from parsers.ofx.layout import ENTITIES, ENTRY_CLOSE, ENTRY_OPEN, ENTRY_TAGS, FEES
from parsers.outcome import Findings
from parsers.report import Report


@dataclass(frozen=True, slots=True)
class Region:
    """One statement in the bytes; `currency` is None where it names none that ISO lists."""

    start: int
    end: int
    account: str | None
    currency: str | None
    body: bytes = field(repr=False)
    encoding: str = "utf-8"


def read_entries(
    data: bytes, encoding: str, regions: list[Region], findings: Findings
) -> pl.DataFrame:
    """Return one row per entry, with the columns of a line that OFX knows."""
    report = Report(_cut(data, encoding, regions), findings)
    _amounts(report)
    _dates(report)
    _texts(report)
    _check_ids(report)
    return report.rows


def amount_text(text: pl.Expr) -> pl.Expr:
    """Return amounts with a point: a comma is a decimal mark, the last of two marks is it."""
    plain = text.str.strip_chars().str.strip_prefix("+")
    comma_last = plain.str.contains(r"\.[0-9]{3},[0-9]+$")
    point_last = plain.str.contains(r",[0-9]{3}\.[0-9]+$")
    plain = (
        pl.when(comma_last)
        .then(plain.str.replace_all(".", "", literal=True))
        .when(point_last)
        .then(plain.str.replace_all(",", "", literal=True))
        .otherwise(plain)
    )
    plain = plain.str.replace(",", ".", literal=True)
    return plain.str.replace(r"^(-?)\.", "${1}0.").str.replace(r"\.$", "")


def _cut(data: bytes, encoding: str, regions: list[Region]) -> pl.DataFrame:
    opens = [found.start() for found in re.finditer(ENTRY_OPEN, data)]
    closes = [found.end() for found in re.finditer(ENTRY_CLOSE, data)]
    limits = [*opens[1:], len(data)] if opens else []
    ends = []
    for start, limit in zip(opens, limits, strict=True):
        place = bisect_right(closes, start)
        ends.append(min(closes[place], limit) if place < len(closes) else limit)
    starts = [one.start for one in regions]
    numbers = [max(bisect_right(starts, start) - 1, 0) for start in opens]
    feeds = [found.start() for found in re.finditer(rb"\n", data)]
    currencies = [
        regions[number].currency if regions and start >= starts[0] else None
        for number, start in zip(numbers, opens, strict=True)
    ]
    accounts = [regions[number].account if regions else None for number in numbers]
    blocks = [
        data[start:end].decode(encoding, "replace") for start, end in zip(opens, ends, strict=True)
    ]
    rows = pl.DataFrame(
        {
            "block": blocks,
            "byte_start": opens,
            "byte_length": [end - start for start, end in zip(opens, ends, strict=True)],
            "line": [bisect_left(feeds, start) + 1 for start in opens],
            "statement_no": numbers,
            "account": accounts,
            "account_currency": currencies,
        },
        schema_overrides={
            "block": pl.String(),
            "byte_start": pl.Int64(),
            "byte_length": pl.Int64(),
            "line": pl.Int64(),
            "statement_no": pl.Int32(),
            "account": pl.String(),
            "account_currency": pl.String(),
        },
    )
    values = [_value(tag).alias(tag) for tag in ENTRY_TAGS]
    own = pl.col("block").str.extract(r"(?is)<CURRENCY>.*?<CURSYM>\s*([A-Za-z]{3})")
    return rows.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("record_no"),
        own.str.to_uppercase().alias("CURSYM"),
        *values,
    ).drop("block")


def _value(tag: str) -> pl.Expr:
    text = pl.col("block").str.extract(rf"(?i)<{tag}>\s*([^<]*)").str.strip_chars()
    return pl.when(text != "").then(text)


def _amounts(report: Report) -> None:
    # An entry with <CURRENCY> is in that currency, not in the account's.
    report.put(currency=pl.coalesce("CURSYM", "account_currency"))
    report.put(exponent=exponent_column("currency"))
    wrong = pl.col("exponent").is_null()
    report.refuse(
        "currency_missing",
        "CURDEF",
        wrong,
        pl.col("currency"),
        "a currency of the statement, or option `currency` of the feed",
    )
    text = report.text("TRNAMT")
    report.put(amount_minor=major_to_minor(amount_text(text), pl.col("exponent")))
    wrong = pl.col("amount_minor").is_null() & pl.col("exponent").is_not_null()
    expected = "an amount such as -20.50, with no more decimals than its currency has"
    report.refuse("amount_unreadable", "TRNAMT", wrong, text, expected)


def _dates(report: Report) -> None:
    for name, tags in {
        "business_date": ("DTPOSTED",),
        "value_date": ("DTAVAIL", "DTPOSTED"),
    }.items():
        text = report.text(*tags)
        day = text.str.extract("^([0-9]{8})").str.to_date("%Y%m%d", strict=False)
        report.put(**{name: day})
    missing = pl.col("business_date").is_null()
    expected = "a date such as 20260302"
    report.refuse("date_unreadable", "DTPOSTED", missing, report.text("DTPOSTED"), expected)
    parts = (
        report.text("DTPOSTED")
        .str.extract_groups(r"^([0-9]{14})(?:\.[0-9]+)?\[([+-]?)([0-9]{1,2})(?::.*)?\]")
        .struct
    )
    sign = pl.when(parts.field("2") == "-").then(pl.lit("-")).otherwise(pl.lit("+"))
    zone = pl.concat_str(sign, parts.field("3").str.zfill(2), pl.lit("00"))
    moment = pl.concat_str(parts.field("1"), zone)
    event = moment.str.to_datetime("%Y%m%d%H%M%S%z", strict=False, time_unit="us")
    report.put(booking_date=pl.col("business_date"), event_at=event.cast(pl.Datetime("us", "UTC")))


def _texts(report: Report) -> None:
    is_fee = report.text("TRNTYPE").str.to_uppercase().is_in(FEES).fill_null(False)
    narrative = pl.concat_str(
        report.text("NAME"), report.text("MEMO"), separator=" ", ignore_nulls=True
    )
    for entity, character in ENTITIES.items():
        narrative = narrative.str.replace_all(entity, character, literal=True)
    narrative = narrative.str.replace_all(r"\s+", " ")
    report.put(
        kind=pl.when(is_fee).then(pl.lit("fee")).otherwise(pl.lit("payout")),
        psp_ref=report.text("FITID"),
        rrn=report.text("CHECKNUM"),
        merchant_ref=report.text("REFNUM"),
        narrative=pl.when(narrative != "").then(narrative),
    )


def _check_ids(report: Report) -> None:
    twice = pl.struct("account", "psp_ref").is_duplicated() & pl.col("psp_ref").is_not_null()
    report.warn_lines(
        "reference_repeated",
        twice,
        "an FITID that another entry of the account has",
        "FITID once in an account",
    )
