"""Statements made of fixed-width records: what CODA, CFONB 120 and CSB43 do alike.

Each of them says itself what its records are and which figures it declares; here are the steps
between: lines to records, implied decimals to minor units, entries to their statement's account,
sums per statement, frames to the contract. All of it a column at a time.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from parsers.records import read_lines, whole_number
from parsers.report import Report
from parsers.statements import Place, Raw, StatementBook
from tieout.frames.settlement import LINE_SCHEMA, empty_lines
from tieout.money import MINOR_MAX, exponents

FAULTS_SHOWN = 20
_PLACES_MAX = 9

Fields = Mapping[str, tuple[int, int]]
"""Name → (first, last) position in a record, from 1."""


def read_records(source: Source, width: int) -> pl.DataFrame:
    """Return the lines that are not blank, with `record`: their first `width` characters."""
    lines = read_lines(source.data).filter(pl.col("text").str.strip_chars() != "")
    return lines.with_columns(pl.col("text").str.slice(0, width).alias("record"))


def refuse_unreadable(
    lines: pl.DataFrame, wrong: pl.Expr, expected: str, findings: Findings
) -> None:
    """Refuse the records where `wrong` holds; the first FAULTS_SHOWN of them are listed."""
    for row in lines.filter(wrong).head(FAULTS_SHOWN).iter_rows(named=True):
        findings.refuse(
            "record_unreadable",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["record"],
            found=f"{len(row['text'])} columns that start with {row['record']!r}",
            expected=expected,
            hint="The file was cut or changed: fetch it again.",
        )


def texts_of(row: Mapping[str, object], fields: Fields) -> dict[str, str]:
    """Return the fields of one record as they stand."""
    text = str(row["text"])
    return {name: text[first - 1 : last] for name, (first, last) in fields.items()}


def place_of(row: Mapping[str, object]) -> Place:
    """Return where a record stands."""
    return Place(int(str(row["line"])), int(str(row["byte_start"])), str(row["record"]))


def find_day(text: str, form: str) -> date | None:
    """Return the date of a text; None where it is none."""
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def find_minor(digits: str, decimals: int, currency: str | None) -> int | None:
    """Return minor units of digits of which the last `decimals` are decimals.

    None where they are no digits, the currency is unknown, or it lacks a decimal that is not 0.
    """
    places = exponents().get(currency or "")
    if places is None or not (digits.isascii() and digits.isdigit()):
        return None
    minor, lost = divmod(int(digits) * 10**places, 10**decimals)
    return None if lost or minor > MINOR_MAX else int(minor)


def exact_minor(value: pl.Expr, decimals: pl.Expr, exponent: pl.Expr) -> pl.Expr:
    """Return Int64 minor units of whole numbers whose last `decimals` digits are decimals.

    Null where the currency, with `exponent` decimals, lacks one that is not 0.
    """
    more = _power(decimals - exponent)
    fewer = _power(exponent - decimals)
    minor = value // more * fewer
    fits = (value % more == 0) & (value // more <= MINOR_MAX // fewer)
    return pl.when(fits).then(minor).cast(pl.Int64)


def _power(places: pl.Expr) -> pl.Expr:
    clipped = places.clip(0, _PLACES_MAX).cast(pl.UInt32)
    return pl.lit(10, dtype=pl.Int64).pow(clipped)


def with_accounts(rows: pl.DataFrame, raws: Iterable[Raw]) -> pl.DataFrame:
    """Add account, currency and exponent of the statement that `statement_no` (from 0) names."""
    facts = pl.DataFrame(
        [
            (number, one.account, one.currency, exponents().get(one.currency or ""))
            for number, one in enumerate(raws)
        ],
        schema={
            "statement_no": pl.Int32(),
            "account": pl.String(),
            "currency": pl.String(),
            "exponent": pl.Int8(),
        },
        orient="row",
    )
    return rows.join(facts, on="statement_no", how="left", maintain_order="left")


def refuse_currencies(report: Report, code: str, field: str) -> None:
    """Refuse entries without `exponent`: ISO 4217 does not list their currency."""
    unknown = pl.col("exponent").is_null()
    report.refuse(code, field, unknown, pl.col("currency"), "an ISO 4217 code")


def put_minor(report: Report, minor: pl.Expr, found: pl.Expr, expected: str) -> None:
    """Add `amount_minor`; refuse entries without it, unless their currency is the reason."""
    report.put(amount_minor=minor.cast(pl.Int64))
    wrong = pl.col("amount_minor").is_null() & pl.col("exponent").is_not_null()
    report.refuse("amount_unreadable", "amount", wrong, found, expected)


def put_signed(report: Report, decimals: int, signs: Mapping[str, int], expected: str) -> None:
    """Add `amount_minor` of the columns sign and amount (`decimals` of its digits implied)."""
    sign = pl.col("sign").replace_strict(signs, default=None, return_dtype=pl.Int64)
    minor = exact_minor(whole_number(pl.col("amount")), pl.lit(decimals), pl.col("exponent"))
    put_minor(report, minor * sign, pl.concat_str("sign", "amount"), expected)


def is_fee_or_payout(is_fee: pl.Expr) -> pl.Expr:
    """Return the kind of a bank's entry: its own charge, or money that came or went."""
    return pl.when(is_fee).then(pl.lit("fee")).otherwise(pl.lit("payout"))


def one_spaced(text: pl.Expr) -> pl.Expr:
    """Return text without runs of blanks; null when nothing is left."""
    return pl.when(text != "").then(text.str.replace_all(" +", " "))


def net_by_statement(rows: pl.DataFrame) -> dict[int, tuple[int, int]]:
    """Return statement_no → (sum of the booked amounts, number of entries)."""
    amount = pl.col("amount_minor").cast(pl.Int128)
    sums = rows.group_by("statement_no").agg(amount.filter("is_booked").sum(), pl.len())
    return {number: (int(net or 0), count) for number, net, count in sums.iter_rows()}


def draft_of(report: Report, book: StatementBook, source: Source) -> Draft:
    """Return what `parsers.parse` is handed: the entries as lines, statements, totals."""
    columns = [name for name in report.rows.columns if name in LINE_SCHEMA]
    frame = build_lines(report.rows.select(columns), sha256=source.sha256, feed=source.feed)
    return Draft(frame, frame.height, tuple(book.statements), tuple(book.totals))


def refused_draft(records: int) -> Draft:
    """Return what remains of a refused file: how many entries it had."""
    return Draft(empty_lines(), records)
