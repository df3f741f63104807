"""CFONB 120 records to lines and statements."""

import re

import polars as pl

from parsers.amounts import exponent_column
from parsers.bank_records import (
    draft_of,
    exact_minor,
    is_fee_or_payout,
    net_by_statement,
    one_spaced,
    place_of,
    put_minor,
    read_records,
    refuse_currencies,
    refuse_unreadable,
    refused_draft,
)
from parsers.cfonb120.layout import (
    AMOUNT_END,
    BALANCE,
    ENTRY,
    FEE_OPERATIONS,
    MORE,
    NEGATIVE,
    POSITIVE,
    RECORDS,
    REFERENCES,
)
from parsers.contract import Source
from parsers.outcome import Draft, Findings
from parsers.records import cut, present, whole_number
from parsers.report import Report
from parsers.statements import Raw, StatementBook, refuse_cut

_FIRST = re.compile(rb"0[147][0-9 ]{5}[0-9A-Z ]{4}[0-9A-Z ]{5}[A-Z ]{3}[0-9 ] ?[0-9A-Z ]{11}")
_LAST = {one: (1, place) for place, one in enumerate(POSITIVE)} | {
    one: (-1, place) for place, one in enumerate(NEGATIVE)
}


def looks_like(data: bytes) -> bool:
    """Tell whether the first line is a balance or entry of 120 columns with a signed amount."""
    line = data[:400].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").split(b"\n", 1)[0]
    signed = re.search(rb"[0-9]{13}[{}A-R]", line[88:106]) is not None
    return _FIRST.match(line) is not None and 100 <= len(line.rstrip(b"\r")) <= 122 and signed


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CFONB 120 file."""
    lines = _placed(read_records(source, 2))
    if not _is_whole(lines, len(source.data), findings):
        return refused_draft(0)
    report = _entries(lines, findings)
    book = StatementBook(findings)
    raws = _balances(lines, book, findings)
    if findings.refused:
        return refused_draft(report.rows.height)
    sums = net_by_statement(report.rows.filter("is_inside"))
    for number, raw in enumerate(raws):
        net, count = sums.get(number, (0, 0))
        book.add(raw, net=net, entries=count)
    return draft_of(report, book, source)


def _placed(lines: pl.DataFrame) -> pl.DataFrame:
    """Add which statement a record belongs to, and whether that is open.

    An entry belongs to the old balance above it, until a new balance closes that.
    """
    opened = (pl.col("record") == "01").cum_sum()
    last = pl.when(pl.col("record").is_in(["01", "07"])).then(pl.col("record"))
    return lines.with_columns(
        opened.cast(pl.Int32).alias("statement"),
        (last.forward_fill() == "01").fill_null(False).alias("is_inside"),
    )


def _is_whole(lines: pl.DataFrame, size: int, findings: Findings) -> bool:
    """Refuse records that cannot be read and an open statement; tell whether the file is whole."""
    money = pl.col("record").is_in(["01", "04", "07"])
    short = money & (pl.col("text").str.len_chars() < AMOUNT_END)
    expected = f"120 columns that start with {', '.join(RECORDS)}"
    refuse_unreadable(lines, short | ~pl.col("record").is_in(RECORDS), expected, findings)
    if lines.is_empty() or (lines["record"].is_in(["01", "07"]).any() and lines["is_inside"][-1]):
        refuse_cut(findings, size, "a new balance, record 07")
    if findings.refused:
        return False
    above = pl.col("record").shift(1).fill_null("")
    loose = lines.filter((pl.col("record") == "05") & ~above.is_in(["04", "05"]))
    for row in loose.head(20).iter_rows(named=True):
        findings.warn(
            "record_out_of_place",
            line=row["line"],
            byte_offset=row["byte_start"],
            record="05",
            found="a record 05 that follows no entry",
            expected="record 04 above it",
            hint="An entry may be missing: compare the balances, ask the bank.",
        )
    return True


def _typed(rows: pl.DataFrame, findings: Findings) -> Report:
    """Add account, day, currency, exponent and amount_minor; refuse what cannot be read."""
    report = Report(rows, findings)
    report.put(exponent=exponent_column("currency"))
    refuse_currencies(report, "currency_unknown", "currency")
    last = pl.col("amount").str.slice(13, 1)
    digits, signs = ({one: values[part] for one, values in _LAST.items()} for part in (1, 0))
    digit = last.replace_strict(digits, default=None, return_dtype=pl.Int64)
    sign = last.replace_strict(signs, default=None, return_dtype=pl.Int64)
    value = (whole_number(pl.col("amount").str.slice(0, 13)) * 10 + digit) * sign
    own = pl.coalesce(whole_number(pl.col("decimals")).cast(pl.Int8), pl.col("exponent"))
    expected = "13 digits and a character of {A-I (plus) or }J-R (minus)"
    minor = exact_minor(value, own, pl.col("exponent"))
    put_minor(report, minor, pl.col("amount"), expected)
    parts = (present(pl.col(one)) for one in ("bank", "desk", "account"))
    report.put(
        account=pl.concat_str(*parts, ignore_nulls=True),
        day=pl.col("date").str.to_date("%d%m%y", strict=False),
    )
    return report


def _balances(lines: pl.DataFrame, book: StatementBook, findings: Findings) -> list[Raw]:
    rows = lines.filter(pl.col("record").is_in(["01", "07"])).with_columns(cut(BALANCE))
    rows = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias("record_no"))
    raws: list[Raw] = []
    for row in _typed(rows, findings).rows.iter_rows(named=True):
        place = place_of(row)
        if row["day"] is None:
            book.warn(
                place,
                "date_unreadable",
                repr(row["date"]),
                "a date DDMMYY",
                "The balance is used; its day is not known.",
            )
        if row["record"] == "01":
            raw = Raw(place, row["account"], row["currency"])
            raw.opening, raw.opening_date = row["amount_minor"], row["day"]
            raws.append(raw)
        elif raws and raws[-1].closing_place is None:
            raws[-1].closing_place, raws[-1].closing = place, row["amount_minor"]
            raws[-1].closing_date = row["day"]
        else:
            book.warn(
                place,
                "record_out_of_place",
                "a new balance without an old one",
                "record 01 above it",
                "A statement is incomplete: ask the bank.",
            )
    return raws


def _entries(lines: pl.DataFrame, findings: Findings) -> Report:
    """Return one row per record 04, its records 05 joined."""
    numbered = lines.with_columns(
        (pl.col("record") == "04").cum_sum().cast(pl.Int64).alias("record_no")
    )
    rows = numbered.filter(pl.col("record") == "04").with_columns(cut(ENTRY))
    more = numbered.filter((pl.col("record") == "05") & (pl.col("record_no") > 0))
    more = more.with_columns(cut(MORE)).with_columns(present(pl.col("more")))
    is_reference = pl.col("qualifier").is_in(REFERENCES)
    joined = more.group_by("record_no", maintain_order=True).agg(
        pl.col("more").drop_nulls().str.join(" "),
        pl.col("more").filter(is_reference).first().alias("end_to_end"),
    )
    rows = rows.join(joined, on="record_no", how="left", maintain_order="left")
    report = _typed(rows, findings)
    dateless = pl.col("day").is_null()
    report.refuse("date_unreadable", "booking date", dateless, pl.col("date"), "a date DDMMYY")
    outside = ~pl.col("is_inside")
    report.warn_lines(
        "record_out_of_place", outside, "an entry outside any statement", "record 01 above it"
    )
    narrative = pl.concat_str(
        present(pl.col("label")), present(pl.col("more")), separator=" ", ignore_nulls=True
    )
    report.put(
        kind=is_fee_or_payout(pl.col("operation").is_in(FEE_OPERATIONS)),
        is_booked=pl.lit(True),
        statement_no=(pl.col("statement") - 1).clip(0),
        business_date=pl.col("day"),
        booking_date=pl.col("day"),
        value_date=pl.col("value").str.to_date("%d%m%y", strict=False),
        psp_ref=present(pl.col("reference")),
        merchant_ref=present(pl.col("number").str.strip_chars_start("0")),
        scheme_ref=pl.col("end_to_end").str.replace_all(" +", " "),
        narrative=one_spaced(narrative),
    )
    return report
