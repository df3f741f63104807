"""STMTTRN to rows: every value of every entry by one expression over the whole column."""

import numpy as np
import polars as pl

from parsers.amounts import exponent_column, major_to_minor
from parsers.ofx.layout import (
    CURRENCY,
    CURRENCY_END,
    ENTITIES,
    ENTRY,
    ENTRY_END,
    ENTRY_TAGS,
    FEES,
    STATEMENT,
)
from parsers.ofx.tags import Tags
from parsers.outcome import Findings
from parsers.report import Report


def read_entries(
    data: bytes, tags: Tags, statements: pl.DataFrame, findings: Findings
) -> pl.DataFrame:
    """Return one row per entry, with the columns of a line that OFX knows.

    Args:
        data: the file as received.
        tags: its tags.
        statements: columns account and currency of every statement.
        findings: told what is wrong.
    """
    report = Report(_cut(data, tags, statements), findings)
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


def _cut(data: bytes, tags: Tags, statements: pl.DataFrame) -> pl.DataFrame:
    """Return the texts of all entries and where they stand."""
    opens = tags.named(ENTRY)
    here = np.flatnonzero(opens)
    inside = tags.within(ENTRY, ENTRY_END)
    owners = np.cumsum(opens) - 1
    count = here.size
    starts = tags.starts[here]
    limits = np.append(starts[1:], tags.size)
    closing = tags.first(tags.named(ENTRY_END) & ~inside, owners, count)
    ends = np.where(closing < 0, limits, tags.ends[closing])
    feeds = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    # An entry outside of any statement counts as the first one's; its currency is not known.
    statement = np.cumsum(tags.named(STATEMENT))[here] - 1
    of = pl.Series(np.maximum(statement, 0), dtype=pl.Int64)
    of = of.set(of >= statements.height, None)
    currency = statements["currency"].gather(of)
    texts = {name: inside & tags.named(name) for name in ENTRY_TAGS}
    texts["CURSYM"] = inside & tags.named("CURSYM") & tags.within(CURRENCY, CURRENCY_END)
    return pl.DataFrame(
        {
            "byte_start": starts,
            "byte_length": ends - starts,
            "line": np.searchsorted(feeds, starts) + 1,
            "record_no": np.arange(1, count + 1, dtype=np.int64),
            "statement_no": pl.Series(np.maximum(statement, 0), dtype=pl.Int32),
            "account": statements["account"].gather(of),
            "account_currency": currency.set(pl.Series(statement < 0), None),
            **{name: tags.values(tags.first(one, owners, count)) for name, one in texts.items()},
        }
    ).with_columns(pl.col("CURSYM").str.extract("^([A-Za-z]{3})").str.to_uppercase())


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
