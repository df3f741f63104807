"""CFONB 120 records to lines and statements."""

import re

import polars as pl

from parsers.cfonb120.layout import (
    BALANCE,
    ENTRY,
    FEE_OPERATIONS,
    MORE,
    NEGATIVE,
    POSITIVE,
    RECORDS,
)
from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from parsers.records import cut, present, read_lines, whole_number
from parsers.report import Report
from parsers.statements import Place, Raw, StatementBook, refuse_cut
from tieout.frames.settlement import LINE_SCHEMA, empty_lines
from tieout.money import exponents

_FIRST = re.compile(rb"0[147][0-9 ]{5}[0-9A-Z ]{4}[0-9A-Z ]{5}[A-Z ]{3}[0-9 ] ?[0-9A-Z ]{11}")
AMOUNT_END = 104


def looks_like(data: bytes) -> bool:
    """Tell whether the first line is a balance or entry of 120 columns with a signed amount."""
    line = data[:400].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").split(b"\n", 1)[0]
    signed = re.search(rb"[0-9]{13}[{}A-R]", line[88:106]) is not None
    return _FIRST.match(line) is not None and 100 <= len(line.rstrip(b"\r")) <= 122 and signed


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CFONB 120 file."""
    lines = read_lines(source.data).filter(pl.col("text").str.strip_chars() != "")
    lines = lines.with_columns(pl.col("text").str.slice(0, 2).alias("record"))
    # An entry belongs to the old balance above it, until a new balance closes that.
    opened = (pl.col("record") == "01").cum_sum()
    last = pl.when(pl.col("record").is_in(["01", "07"])).then(pl.col("record"))
    lines = lines.with_columns(
        opened.cast(pl.Int32).alias("statement"),
        (last.forward_fill() == "01").fill_null(False).alias("is_inside"),
    )
    _check_lines(lines, findings)
    report = _entries(lines, findings)
    book = StatementBook(findings)
    raws = _balances(lines, book, findings)
    if lines.is_empty() or (raws and raws[-1].closing_place is None):
        refuse_cut(findings, len(source.data), "a new balance, record 07")
    if findings.refused:
        return Draft(empty_lines(), report.rows.height)
    sums = (
        report.rows.filter("is_inside")
        .group_by("statement")
        .agg(pl.col("amount_minor").cast(pl.Int128).sum(), pl.len())
    )
    found = {number: (int(net), count) for number, net, count in sums.iter_rows()}
    for number, raw in enumerate(raws, start=1):
        net, count = found.get(number, (0, 0))
        book.add(raw, net=net, entries=count)
    columns = [name for name in report.rows.columns if name in LINE_SCHEMA]
    frame = build_lines(report.rows.select(columns), sha256=source.sha256, feed=source.feed)
    return Draft(frame, frame.height, tuple(book.statements), tuple(book.totals))


def _check_lines(lines: pl.DataFrame, findings: Findings) -> None:
    money = pl.col("record").is_in(["01", "04", "07"])
    short = money & (pl.col("text").str.len_chars() < AMOUNT_END)
    for row in (
        lines.filter(short | ~pl.col("record").is_in(RECORDS)).head(20).iter_rows(named=True)
    ):
        findings.refuse(
            "record_unreadable",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["record"],
            found=f"{len(row['text'])} columns that start with {row['record']!r}",
            expected=f"120 columns that start with {', '.join(RECORDS)}",
            hint="The file was cut or changed: fetch it again.",
        )
    loose = lines.filter(
        (pl.col("record") == "05")
        & (pl.col("record").shift(1) != "04")
        & (pl.col("record").shift(1) != "05")
    )
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


def _typed(rows: pl.DataFrame, findings: Findings) -> Report:
    """Add currency, exponent and amount_minor; refuse what cannot be read."""
    report = Report(rows, findings)
    iso = pl.col("currency").replace_strict(exponents(), default=None, return_dtype=pl.Int8)
    report.put(iso=iso)
    unknown = pl.col("iso").is_null()
    report.refuse("currency_unknown", "currency", unknown, pl.col("currency"), "an ISO 4217 code")
    own = pl.coalesce(whole_number(pl.col("decimals")).cast(pl.Int8), pl.col("iso"))
    signs = {one: ("", place) for place, one in enumerate(POSITIVE)}
    signs |= {one: ("-", place) for place, one in enumerate(NEGATIVE)}
    last = pl.col("amount").str.slice(13, 1)
    digit = last.replace_strict(
        {one: str(signs[one][1]) for one in signs}, default=None, return_dtype=pl.String
    )
    sign = last.replace_strict(
        {one: -1 if signs[one][0] else 1 for one in signs}, default=None, return_dtype=pl.Int64
    )
    value = whole_number(pl.concat_str(pl.col("amount").str.slice(0, 13), digit)) * sign
    more = pl.lit(10, dtype=pl.Int64).pow((own - pl.col("iso")).clip(0, 9).cast(pl.UInt32))
    fewer = pl.lit(10, dtype=pl.Int64).pow((pl.col("iso") - own).clip(0, 4).cast(pl.UInt32))
    report.put(amount_minor=pl.when(value % more == 0).then(value // more * fewer).cast(pl.Int64))
    wrong = pl.col("amount_minor").is_null() & ~unknown
    report.refuse(
        "amount_unreadable",
        "amount",
        wrong,
        pl.col("amount"),
        "13 digits and a character of {A-I (plus) or }J-R (minus)",
    )
    account = pl.concat_str(
        present(pl.col("bank")),
        present(pl.col("desk")),
        present(pl.col("account")),
        ignore_nulls=True,
    )
    report.put(
        exponent=pl.col("iso"),
        account=account,
        day=pl.col("date").str.to_date("%d%m%y", strict=False),
    )
    return report


def _balances(lines: pl.DataFrame, book: StatementBook, findings: Findings) -> list[Raw]:
    rows = lines.filter(pl.col("record").is_in(["01", "07"])).with_columns(cut(BALANCE))
    rows = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias("record_no"))
    raws: list[Raw] = []
    for row in _typed(rows, findings).rows.iter_rows(named=True):
        place = Place(row["line"], row["byte_start"], row["record"])
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
    is_reference = pl.col("qualifier").is_in(["REF", "RCN"])
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
    is_fee = pl.col("operation").is_in(FEE_OPERATIONS)
    narrative = pl.concat_str(
        present(pl.col("label")), present(pl.col("more")), separator=" ", ignore_nulls=True
    )
    report.put(
        kind=pl.when(is_fee).then(pl.lit("fee")).otherwise(pl.lit("payout")),
        statement_no=(pl.col("statement") - 1).clip(0),
        business_date=pl.col("day"),
        booking_date=pl.col("day"),
        value_date=pl.col("value").str.to_date("%d%m%y", strict=False),
        psp_ref=present(pl.col("reference")),
        merchant_ref=present(pl.col("number").str.strip_chars_start("0")),
        scheme_ref=pl.col("end_to_end").str.replace_all(" +", " "),
        narrative=pl.when(narrative != "").then(narrative.str.replace_all(" +", " ")),
    )
    return report
