"""CODA records to lines and statements."""

import re

import polars as pl

from parsers.bank_records import (
    draft_of,
    find_day,
    find_minor,
    is_fee_or_payout,
    net_by_statement,
    one_spaced,
    put_signed,
    read_records,
    refuse_currencies,
    refuse_unreadable,
    refused_draft,
    texts_of,
    with_accounts,
)
from parsers.coda.controls import check_details, check_trailers
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
)
from parsers.contract import Source
from parsers.outcome import Draft, Findings
from parsers.records import cut, present
from parsers.report import Report
from parsers.statements import Place, Raw, StatementBook, refuse_cut

_HEADER = re.compile(rb"0000[0-9 ][0-9]{6}[0-9 ]{3}[0-9 ]{2}.{111}[12 ]", re.DOTALL)
_CODES = ("0", "1", "2", "3", "4", "8", "9")
_SIGNS = {"0": 1, "1": -1}


def looks_like(data: bytes) -> bool:
    """Tell whether the file opens with a header record of 128 columns, then a record 1 to 9."""
    head = data[:300].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if _HEADER.match(head) is None or head[LENGTH : LENGTH + 1] not in (b"\r", b"\n", b""):
        return False
    return head[LENGTH:].lstrip(b"\r\n")[:1] in (b"1", b"8", b"9", b"")


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a CODA file; details of a movement are lines that are not booked."""
    code = pl.col("text").str.slice(0, 1)
    lines = read_records(source, 2).with_columns(code.alias("code"))
    lines = lines.with_columns((pl.col("code") == "1").cum_sum().cast(pl.Int32).alias("statement"))
    if not _is_whole(lines, len(source.data), findings):
        return refused_draft(0)
    raws = _balances(lines, findings)
    report = _movements(lines, raws, findings)
    if findings.refused:
        return refused_draft(report.rows.height)
    book = StatementBook(findings)
    sums = net_by_statement(report.rows)
    for number, raw in enumerate(raws):
        net, count = sums.get(number, (0, 0))
        book.add(raw, net=net, entries=count)
    check_details(report)
    check_trailers(lines, report.rows, raws, book)
    return draft_of(report, book, source)


def _is_whole(lines: pl.DataFrame, size: int, findings: Findings) -> bool:
    """Refuse unreadable records and a file without its last one; tell whether it is whole."""
    # Column 128 is a blank in some records, and blanks at the end get lost; of a trailer it says
    # whether another file follows.
    least = pl.when(pl.col("code") == "9").then(LENGTH).otherwise(LENGTH - 1)
    short = pl.col("text").str.len_chars() < least
    expected = f"{LENGTH} columns that start with {', '.join(_CODES)}"
    refuse_unreadable(lines, short | ~pl.col("code").is_in(_CODES), expected, findings)
    if lines.is_empty() or lines["code"][-1] != "9":
        refuse_cut(findings, size, "a trailer, record 9")
    return not findings.refused


def _balances(lines: pl.DataFrame, findings: Findings) -> list[Raw]:
    """Return the statements: each old balance with the new balance that follows it."""
    raws: list[Raw] = []
    for row in lines.filter(pl.col("code").is_in(["1", "8"])).iter_rows(named=True):
        place = Place(row["line"], row["byte_start"], row["code"])
        if row["code"] == "1":
            text = texts_of(row, OLD)
            account, currency = _account(text["structure"], text["account"])
            raw = Raw(place, account, currency, sequence=text["number"].strip() or None)
            raw.opening = _balance(text, currency, place, findings)
            raw.opening_date = find_day(text["date"], "%d%m%y")
            raws.append(raw)
        elif raws and raws[-1].closing_place is None:
            _close(raws[-1], texts_of(row, NEW), place, findings)
    return raws


def _account(structure: str, text: str) -> tuple[str | None, str | None]:
    if structure == "0":
        return text[:12].strip() or None, text[13:16].strip() or None
    return text[:34].strip() or None, text[34:37].strip() or None


def _close(raw: Raw, text: dict[str, str], place: Place, findings: Findings) -> None:
    raw.closing_place = place
    raw.closing = _balance(text, raw.currency, place, findings)
    raw.closing_date = find_day(text["date"], "%d%m%y")
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


def _movements(lines: pl.DataFrame, raws: list[Raw], findings: Findings) -> Report:
    """Return one row per record 21, its continuations joined."""
    numbered = lines.with_columns(
        (pl.col("record") == "21").cum_sum().cast(pl.Int64).alias("record_no")
    )
    rows = numbered.filter(pl.col("record") == "21").with_columns(cut(MOVEMENT))
    rows = with_accounts(rows.with_columns((pl.col("statement") - 1).alias("statement_no")), raws)
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
    refuse_currencies(report, "currency_missing", "record 1")
    expected = "0 or 1, then 15 digits of which the currency has all decimals that are not 0"
    put_signed(report, DECIMALS, _SIGNS, expected)
    entry = pl.col("entry").str.to_date("%d%m%y", strict=False)
    value = pl.col("value").str.to_date("%d%m%y", strict=False)
    report.put(booking_date=entry, value_date=value, business_date=pl.coalesce(entry, value))
    dateless = pl.col("business_date").is_null()
    report.refuse("date_unreadable", "entry date", dateless, pl.col("entry"), "a date DDMMYY")
    texts = ("23:name", "communication", "22:communication", "23:communication")
    narrative = pl.concat_str(
        [present(pl.col(one)) for one in texts], separator=" ", ignore_nulls=True
    )
    report.put(
        kind=is_fee_or_payout(pl.col("family").is_in(FEE_FAMILIES)),
        is_booked=~pl.col("type").is_in(DETAILS),
        psp_ref=present(pl.col("bank_ref")),
        merchant_ref=present(pl.col("22:customer_ref")),
        narrative=one_spaced(narrative),
    )
