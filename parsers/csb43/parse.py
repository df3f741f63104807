"""CSB43 records to lines and statements."""

import re
from datetime import date, datetime

import polars as pl

from parsers.contract import Source
from parsers.csb43.layout import (
    ACCOUNT,
    CLOSING,
    DECIMALS,
    ENTRY,
    FEE_CONCEPTS,
    LEAST,
    RECORDS,
    RECORDS_DECLARED,
    SIGNS,
    TEXT,
)
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from parsers.records import cut, present, read_lines, whole_number
from parsers.report import Report
from parsers.statements import Place, Raw, StatementBook, refuse_cut
from tieout.frames.settlement import LINE_SCHEMA, empty_lines
from tieout.money import UnknownCurrency, alpha_of, exponents

_FIRST = re.compile(rb"11[0-9]{18}[0-9]{12}[12][0-9]{14}[0-9]{3}[0-9 ]")


def looks_like(data: bytes) -> bool:
    """Tell whether the file opens with an account record whose fields are all numbers."""
    return _FIRST.match(data[:200].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")) is not None


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CSB43 file."""
    lines = read_lines(source.data).filter(pl.col("text").str.strip_chars() != "")
    lines = lines.with_columns(pl.col("text").str.slice(0, 2).alias("record")).with_columns(
        (pl.col("record") == "11").cum_sum().cast(pl.Int32).alias("statement"),
        (pl.col("record") == "22").cum_sum().cast(pl.Int64).alias("record_no"),
    )
    _check_lines(lines, len(source.data), findings)
    if findings.refused:
        return Draft(empty_lines(), records=0)
    raws = _accounts(lines, findings)
    report = _entries(lines, raws, findings)
    if findings.refused:
        return Draft(empty_lines(), report.rows.height)
    book = StatementBook(findings)
    _close(lines, raws, report.rows, book)
    _check_end(lines, book)
    columns = [name for name in report.rows.columns if name in LINE_SCHEMA]
    frame = build_lines(report.rows.select(columns), sha256=source.sha256, feed=source.feed)
    return Draft(frame, frame.height, tuple(book.statements), tuple(book.totals))


def _check_lines(lines: pl.DataFrame, size: int, findings: Findings) -> None:
    least = pl.col("record").replace_strict(LEAST, default=4, return_dtype=pl.Int64)
    short = pl.col("text").str.len_chars() < least
    loose = pl.col("record").is_in(["22", "33"]) & (pl.col("statement") == 0)
    for row in (
        lines.filter(short | loose | ~pl.col("record").is_in(RECORDS))
        .head(20)
        .iter_rows(named=True)
    ):
        findings.refuse(
            "record_unreadable",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["record"],
            found=f"{len(row['text'])} columns that start with {row['record']!r}",
            expected=f"80 columns that start with {', '.join(RECORDS)}, record 11 first",
            hint="The file was cut or changed: fetch it again.",
        )
    if lines.is_empty() or lines["record"][-1] != "88":
        refuse_cut(findings, size, "an end record, 88")


def _accounts(lines: pl.DataFrame, findings: Findings) -> list[Raw]:
    raws = []
    for row in lines.filter(pl.col("record") == "11").iter_rows(named=True):
        text = {name: row["text"][first - 1 : last] for name, (first, last) in ACCOUNT.items()}
        place = Place(row["line"], row["byte_start"], "11")
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
        raw.opening = _balance(text, currency)
        raw.opening_date, raw.closing_date = _day(text["first"]), _day(text["last"])
        raws.append(raw)
    return raws


def _balance(text: dict[str, str], currency: str) -> int | None:
    sign = SIGNS.get(text["sign"])
    if sign is None or not re.fullmatch("[0-9]{14}", text["amount"]):
        return None
    more = exponents()[currency] - DECIMALS
    value = int(text["amount"]) * int(10 ** max(more, 0))
    fewer = int(10 ** max(-more, 0))
    return None if value % fewer else sign * (value // fewer)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%y%m%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def _entries(lines: pl.DataFrame, raws: list[Raw], findings: Findings) -> Report:
    """Return one row per record 22, its records 23 joined."""
    rows = lines.filter(pl.col("record") == "22").with_columns(cut(ENTRY))
    rows = rows.with_columns((pl.col("statement") - 1).alias("statement_no"))
    facts = pl.DataFrame(
        {
            "statement_no": list(range(len(raws))),
            "account": [one.account for one in raws],
            "currency": [one.currency for one in raws],
        },
        schema={"statement_no": pl.Int32(), "account": pl.String(), "currency": pl.String()},
    )
    rows = rows.join(facts, on="statement_no", how="left", maintain_order="left")
    more = lines.filter((pl.col("record") == "23") & (pl.col("record_no") > 0))
    more = more.select("record_no", *cut(TEXT)).with_columns(present(pl.col("text")))
    joined = more.group_by("record_no", maintain_order=True).agg(
        pl.col("text").drop_nulls().str.join(" ").alias("more")
    )
    report = Report(rows.join(joined, on="record_no", how="left", maintain_order="left"), findings)
    _type(report)
    return report


def _type(report: Report) -> None:
    iso = pl.col("currency").replace_strict(exponents(), default=None, return_dtype=pl.Int8)
    report.put(exponent=iso)
    ten = pl.lit(10, dtype=pl.Int64)
    more = ten.pow((pl.col("exponent") - DECIMALS).clip(0, 4).cast(pl.UInt32))
    fewer = ten.pow((DECIMALS - pl.col("exponent")).clip(0, 4).cast(pl.UInt32))
    sign = pl.col("sign").replace_strict(SIGNS, default=None, return_dtype=pl.Int64)
    value = whole_number(pl.col("amount"))
    minor = pl.when(value % fewer == 0).then(value // fewer * more * sign).cast(pl.Int64)
    report.put(amount_minor=minor)
    wrong = pl.col("amount_minor").is_null() & pl.col("exponent").is_not_null()
    report.refuse(
        "amount_unreadable",
        "amount",
        wrong,
        pl.concat_str("sign", "amount"),
        "1 or 2, then 14 digits of which the last two are decimals",
    )
    day = pl.col("booking").str.to_date("%y%m%d", strict=False)
    report.put(
        business_date=day,
        booking_date=day,
        value_date=pl.col("value").str.to_date("%y%m%d", strict=False),
    )
    dateless = pl.col("business_date").is_null()
    report.refuse("date_unreadable", "booking date", dateless, pl.col("booking"), "a date YYMMDD")
    is_fee = pl.col("concept").is_in(FEE_CONCEPTS)
    text = pl.col("more").str.replace_all(" +", " ")
    report.put(
        kind=pl.when(is_fee).then(pl.lit("fee")).otherwise(pl.lit("payout")),
        rrn=present(pl.col("document").str.strip_chars_start("0")),
        psp_ref=present(pl.col("reference_1").str.strip_chars_start("0")),
        merchant_ref=present(pl.col("reference_2")),
        narrative=pl.when(text != "").then(text),
    )


def _close(lines: pl.DataFrame, raws: list[Raw], rows: pl.DataFrame, book: StatementBook) -> None:
    """Compare each closing record with its entries."""
    closings = lines.filter(pl.col("record") == "33").unique(
        "statement", keep="first", maintain_order=True
    )
    found = {row["statement"]: row for row in closings.iter_rows(named=True)}
    for number, raw in enumerate(raws, start=1):
        mine = rows.filter(pl.col("statement") == number)
        row = found.get(number)
        text: dict[str, str] = {}
        if row is not None:
            text = {name: row["text"][a - 1 : b] for name, (a, b) in CLOSING.items()}
            raw.closing_place = Place(row["line"], row["byte_start"], "33")
            raw.closing = _balance(text, raw.currency or "")
            if raw.closing is None:
                book.warn(
                    raw.closing_place,
                    "balance_unreadable",
                    repr(text["sign"] + text["amount"]),
                    "1 or 2, then 14 digits",
                    "The entries are used; the closing balance is not known.",
                )
        net = int(mine["amount_minor"].cast(pl.Int128).sum() or 0)
        book.add(raw, net=net, entries=mine.height)
        for name, sign in (("debit", "1"), ("credit", "2")):
            if raw.closing_place is not None:
                _compare_side(name, sign, text, raw, mine, book)


def _compare_side(
    name: str, sign: str, text: dict[str, str], raw: Raw, mine: pl.DataFrame, book: StatementBook
) -> None:
    place = raw.closing_place or raw.place
    side = mine.filter(pl.col("sign") == sign)
    if re.fullmatch("[0-9]{5}", text[f"{name}s"]):
        book.compare(
            f"number of {name}s of {raw.account}", int(text[f"{name}s"]), side.height, place
        )
    total = _balance({"sign": "2", "amount": text[f"{name}_sum"]}, raw.currency or "")
    if total is not None:
        computed = abs(int(side["amount_minor"].cast(pl.Int128).sum() or 0))
        book.compare(f"sum of {name}s of {raw.account}", total, computed, place, raw.currency)


def _check_end(lines: pl.DataFrame, book: StatementBook) -> None:
    row = lines.row(-1, named=True)
    first, last = RECORDS_DECLARED
    said = row["text"][first - 1 : last]
    if re.fullmatch("[0-9]{6}", said):
        counted = lines.filter(pl.col("record") != "88").height
        book.compare("records", int(said), counted, Place(row["line"], row["byte_start"], "88"))
