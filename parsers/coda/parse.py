"""CODA records to lines and statements."""

import re
from datetime import date, datetime

import polars as pl

from parsers.coda.layout import (
    DECIMALS,
    DETAILS,
    FEE_FAMILIES,
    LENGTH,
    MOVEMENT,
    NEW,
    OLD,
    SECOND,
    THIRD,
    TRAILER,
)
from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from parsers.records import cut, present, read_lines, whole_number
from parsers.report import Report
from parsers.statements import Place, Raw, StatementBook, refuse_cut
from tieout.frames.settlement import LINE_SCHEMA, empty_lines
from tieout.money import exponents

_HEADER = re.compile(rb"0000[0-9 ][0-9]{6}[0-9 ]{3}[0-9 ]{2}.{111}[12 ]", re.DOTALL)


def looks_like(data: bytes) -> bool:
    """Tell whether the file opens with a header record of 128 columns, then a record 1 to 9."""
    head = data[:300].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if _HEADER.match(head) is None or head[LENGTH : LENGTH + 1] not in (b"\r", b"\n", b""):
        return False
    return head[LENGTH:].lstrip(b"\r\n")[:1] in (b"1", b"8", b"9", b"")


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CODA file; details of a movement are lines that are not booked."""
    lines = read_lines(source.data).filter(pl.col("text").str.strip_chars() != "")
    lines = lines.with_columns(
        pl.col("text").str.slice(0, 1).alias("code"), pl.col("text").str.slice(0, 2).alias("record")
    ).with_columns((pl.col("code") == "1").cum_sum().cast(pl.Int32).alias("statement"))
    _check_lines(lines, len(source.data), findings)
    raws = _balances(lines, findings)
    report = _movements(lines, raws, findings)
    if findings.refused:
        return Draft(empty_lines(), report.rows.height)
    book = StatementBook(findings)
    for number, raw in enumerate(raws):
        mine = report.rows.filter(pl.col("statement_no") == number)
        booked = mine.filter("is_booked")["amount_minor"].cast(pl.Int128).sum()
        book.add(raw, net=int(booked or 0), entries=mine.height)
    _check_trailers(lines, report.rows, raws, book)
    columns = [name for name in report.rows.columns if name in LINE_SCHEMA]
    frame = build_lines(report.rows.select(columns), sha256=source.sha256, feed=source.feed)
    return Draft(frame, frame.height, tuple(book.statements), tuple(book.totals))


def _check_lines(lines: pl.DataFrame, size: int, findings: Findings) -> None:
    short = lines.filter(
        (pl.col("text").str.len_chars() < LENGTH - 1)
        | ~pl.col("code").is_in(["0", "1", "2", "3", "4", "8", "9"])
    )
    for row in short.head(20).iter_rows(named=True):
        findings.refuse(
            "record_unreadable",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["record"],
            found=f"a record of {len(row['text'])} columns that starts with {row['record']!r}",
            expected=f"{LENGTH} columns that start with 0, 1, 2, 3, 4, 8 or 9",
            hint="The file was cut or changed: fetch it again.",
        )
    if lines.is_empty() or lines["code"][-1] != "9":
        refuse_cut(findings, size, "a trailer, record 9")


def _balances(lines: pl.DataFrame, findings: Findings) -> list[Raw]:
    """Return the statements: each old balance with the new balance that follows it."""
    raws: list[Raw] = []
    for row in lines.filter(pl.col("code").is_in(["1", "8"])).iter_rows(named=True):
        place = Place(row["line"], row["byte_start"], row["code"])
        fields = OLD if row["code"] == "1" else NEW
        text = {name: row["text"][first - 1 : last] for name, (first, last) in fields.items()}
        if row["code"] == "1":
            account, currency = _account(text["structure"], text["account"])
            raw = Raw(place, account, currency, sequence=text["number"].strip() or None)
            raw.opening = _balance(text, currency, place, findings)
            raw.opening_date = _day(text["date"])
            raws.append(raw)
        elif raws and raws[-1].closing_place is None:
            raws[-1].closing_place = place
            raws[-1].closing = _balance(text, raws[-1].currency, place, findings)
            raws[-1].closing_date = _day(text["date"])
    return raws


def _account(structure: str, text: str) -> tuple[str | None, str | None]:
    if structure == "0":
        return text[:12].strip() or None, text[13:16].strip() or None
    return text[:34].strip() or None, text[34:37].strip() or None


def _balance(
    text: dict[str, str], currency: str | None, place: Place, findings: Findings
) -> int | None:
    digits = text["amount"]
    places = exponents().get(currency or "")
    surplus = 10 ** (DECIMALS - places) if places is not None and places <= DECIMALS else 0
    if not re.fullmatch("[0-9]{15}", digits) or not surplus or int(digits) % surplus:
        findings.warn(
            "balance_unreadable",
            line=place.line,
            byte_offset=place.byte_start,
            record=place.record,
            found=repr(digits),
            expected=f"15 digits, the last three of them decimals that {currency} has",
            hint="The entries are used; this balance is not known.",
        )
        return None
    minor = int(digits) // surplus
    return -minor if text["sign"] == "1" else minor


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d%m%y").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def _movements(lines: pl.DataFrame, raws: list[Raw], findings: Findings) -> Report:
    """Return one row per record 21, its continuations joined."""
    numbered = lines.with_columns(
        (pl.col("record") == "21").cum_sum().cast(pl.Int64).alias("record_no")
    )
    rows = numbered.filter(pl.col("record") == "21").with_columns(cut(MOVEMENT))
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
    for record, fields in (("22", SECOND), ("23", THIRD)):
        more = numbered.filter((pl.col("record") == record) & (pl.col("record_no") > 0))
        more = more.unique("record_no", keep="first", maintain_order=True).select(
            "record_no", *[one.name.prefix(f"{record}:") for one in cut(fields)]
        )
        rows = rows.join(more, on="record_no", how="left", maintain_order="left")
    report = Report(rows, findings)
    _type(report)
    return report


def _type(report: Report) -> None:
    exponent = pl.col("currency").replace_strict(exponents(), default=None, return_dtype=pl.Int8)
    report.put(exponent=exponent)
    missing = pl.col("exponent").is_null()
    report.refuse("currency_missing", "record 1", missing, pl.col("currency"), "an ISO 4217 code")
    surplus = pl.lit(10, dtype=pl.Int64).pow((DECIMALS - pl.col("exponent")).cast(pl.UInt32))
    digits = whole_number(pl.col("amount"))
    sign = pl.col("sign").replace_strict({"0": 1, "1": -1}, default=None, return_dtype=pl.Int64)
    exact = pl.when(digits % surplus == 0).then(digits // surplus)
    report.put(amount_minor=(exact * sign).cast(pl.Int64))
    wrong = pl.col("amount_minor").is_null() & ~missing
    found = pl.concat_str("sign", "amount")
    expected = "0 or 1, then 15 digits of which the currency has all decimals that are not 0"
    report.refuse("amount_unreadable", "amount", wrong, found, expected)
    entry = pl.col("entry").str.to_date("%d%m%y", strict=False)
    value = pl.col("value").str.to_date("%d%m%y", strict=False)
    report.put(booking_date=entry, value_date=value, business_date=pl.coalesce(entry, value))
    dateless = pl.col("business_date").is_null()
    report.refuse("date_unreadable", "entry date", dateless, pl.col("entry"), "a date DDMMYY")
    texts = ("23:name", "communication", "22:communication", "23:communication")
    narrative = pl.concat_str(
        [present(pl.col(one)) for one in texts], separator=" ", ignore_nulls=True
    )
    is_fee = pl.col("family").is_in(FEE_FAMILIES)
    reference = present(pl.col("22:customer_ref"))
    report.put(
        kind=pl.when(is_fee).then(pl.lit("fee")).otherwise(pl.lit("payout")),
        is_booked=~pl.col("type").is_in(DETAILS),
        psp_ref=present(pl.col("bank_ref")),
        merchant_ref=reference,
        narrative=pl.when(narrative != "").then(narrative.str.replace_all(" +", " ")),
    )


def _check_trailers(
    lines: pl.DataFrame, rows: pl.DataFrame, raws: list[Raw], book: StatementBook
) -> None:
    """Compare what a trailer counts and sums; several logical files may follow each other."""
    parts = lines.with_columns((pl.col("code") == "9").cum_sum().alias("part"))
    parts = parts.with_columns(
        pl.when(pl.col("code") == "9")
        .then(pl.col("part") - 1)
        .otherwise(pl.col("part"))
        .alias("part")
    )
    for row in parts.filter(pl.col("code") == "9").iter_rows(named=True):
        mine = parts.filter(pl.col("part") == row["part"])
        place = Place(row["line"], row["byte_start"], "9")
        said = {name: row["text"][first - 1 : last] for name, (first, last) in TRAILER.items()}
        if re.fullmatch("[0-9]{6}", said["records"]):
            counted = mine.filter(~pl.col("code").is_in(["0", "9"])).height
            book.compare("records", int(said["records"]), counted, place)
        numbers = mine["statement"].unique().to_list()
        booked = rows.filter(pl.col("statement").is_in(numbers) & pl.col("is_booked"))
        currencies = {raws[number - 1].currency for number in numbers if number}
        if len(currencies) != 1:
            continue
        currency = currencies.pop()
        surplus = 10 ** (DECIMALS - exponents().get(currency or "", DECIMALS))
        for name, sign in (("debit", -1), ("credit", 1)):
            if re.fullmatch("[0-9]{15}", said[name]) and int(said[name]) % surplus == 0:
                side = booked.filter(pl.col("amount_minor") * sign > 0)
                total = abs(int(side["amount_minor"].cast(pl.Int128).sum() or 0))
                declared = int(said[name]) // surplus
                book.compare(f"sum of {name}s", declared, total, place, currency)
