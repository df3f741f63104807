"""Fixed-width records to lines, each with its outlet, its company and its supplement."""

import re

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines, protect_pans
from parsers.outcome import Draft, Findings
from parsers.records import cut, present, read_lines, whole_number
from parsers.report import Report
from parsers.worldpay_emis.controls import prove_totals
from parsers.worldpay_emis.layout import (
    COMPANY,
    FILE,
    HOME,
    KINDS,
    LENGTHS,
    NUMBER,
    OUTLET,
    STATUSES,
    SUPPLEMENT,
    TRANSACTION,
)
from tieout.frames.settlement import LINE_SCHEMA, empty_lines
from tieout.money import MINOR_MAX

_HEADER = re.compile(rb"00[0-9]{8}[0-9A-Z ]{13}[0-9]{121}[0-9A-Z ]{6}")
BAD_ROWS_SHOWN = 25
_HINT = "Records are missing or were changed: fetch the file again."


def looks_like(data: bytes) -> bool:
    """Tell whether the first line is a file header: 150 characters, totals and all."""
    return _HEADER.fullmatch(data[: LENGTHS["00"]]) is not None and data[150:151] in b"\r\n "


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a transaction reconciliation file."""
    if source.data[:2] != b"00":
        _refuse_headless(findings)
        return Draft(empty_lines(), records=0)
    lines = read_lines(source.data, "ascii").filter(pl.col("text").str.strip_chars() != "")
    lines = lines.with_columns(
        code=pl.col("text").str.slice(0, 2),
        number=whole_number(pl.col("text").str.slice(NUMBER[0] - 1, 8)),
    )
    _check_records(lines, findings)
    if findings.refused:
        return Draft(empty_lines(), lines.height)
    _warn_unsupplemented(lines, findings)
    lines = _nested(lines)
    report = Report(_transactions(lines), findings)
    _read(report)
    if findings.refused:
        return Draft(empty_lines(), lines.height)
    statements, totals = prove_totals(lines, report.rows, findings)
    masked, fingerprints = protect_pans(report.rows["pan"].str.strip_chars(), source.pan_key)
    shown = pl.col("pan").str.extract(r"^([0-9]{6}\*+[0-9]{4}) *$")
    rows = report.rows.with_columns(fingerprints.alias("pan_fingerprint"), masked.alias("own_mask"))
    rows = rows.with_columns(pan_masked=pl.coalesce("own_mask", shown))
    columns = [name for name in rows.columns if name in LINE_SCHEMA]
    frame = build_lines(rows.select(columns), sha256=source.sha256, feed=source.feed)
    return Draft(frame, lines.height, statements, totals)


def _refuse_headless(findings: Findings) -> None:
    findings.refuse(
        "header_missing",
        byte_offset=0,
        found="no file header at the beginning",
        expected="a record that starts with 00",
        hint=_HINT,
    )


def _check_records(lines: pl.DataFrame, findings: Findings) -> None:
    """Refuse unknown records, cut ones, and numbers that do not follow each other."""
    least = pl.col("code").replace_strict(LENGTHS, default=None, return_dtype=pl.Int64)
    unknown = least.is_null()
    size = pl.col("text").str.len_chars()
    short = size < least
    checks = (
        ("record_unknown", unknown, pl.col("text").str.slice(0, 20), "00, 05, 10, 15 or 16"),
        ("record_short", short, pl.format("{} characters", size), "the whole record"),
    )
    for code, wrong, found, expected in checks:
        bad = lines.with_columns(wrong=wrong, was=found).filter("wrong")
        for row in bad.head(BAD_ROWS_SHOWN).iter_rows(named=True):
            findings.refuse(
                code,
                line=row["line"],
                byte_offset=row["byte_start"],
                record=row["code"],
                found=repr(row["was"]),
                expected=expected,
                hint=_HINT,
            )
    _check_numbers(lines, findings)


def _check_numbers(lines: pl.DataFrame, findings: Findings) -> None:
    """Refuse the first record whose number does not follow the one before it."""
    follows = pl.col("number").shift(1) + 1
    starts = pl.int_range(0, pl.len()) == 0
    gaps = lines.with_columns(follows=pl.when(starts).then(pl.col("number")).otherwise(follows))
    gaps = gaps.filter(~pl.col("number").eq_missing(pl.col("follows")) | pl.col("number").is_null())
    for row in gaps.head(1).iter_rows(named=True):
        findings.differs(
            "message_number",
            declared=row["text"][2:10],
            computed=row["follows"],
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            hint=_HINT,
        )


def _warn_unsupplemented(lines: pl.DataFrame, findings: Findings) -> None:
    """Warn where the last transaction has no supplement and others have: no total counts them."""
    last = lines.row(-1, named=True)
    if last["code"] == "15" and (lines["code"] == "16").any():
        findings.warn(
            "file_cut_off",
            line=last["line"],
            byte_offset=last["byte_start"],
            record="15",
            found="a last transaction without its supplement (16)",
            expected="a supplement, as other transactions have",
            hint="Its reference is not known; fetch the file again.",
        )


def _nested(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the numbers of file, company and outlet that each record belongs to, from 0."""
    return lines.with_columns(
        *(
            ((pl.col("code") == code).cum_sum().cast(pl.Int32) - 1).alias(name)
            for code, name in (("00", "file_no"), ("05", "company_no"), ("10", "outlet_no"))
        )
    )


def _transactions(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one row per 15 record, with the fields of its supplement and of its outlet."""
    supplement = pl.when(pl.col("code").shift(-1) == "16").then(pl.col("text").shift(-1))
    rows = lines.with_columns(supplement=supplement).filter(pl.col("code") == "15")
    companies = lines.filter(pl.col("code") == "05").select("company_no", *cut(COMPANY))
    outlets = lines.filter(pl.col("code") == "10").select("outlet_no", *cut(OUTLET))
    files = lines.filter(pl.col("code") == "00").select("file_no", *cut(FILE)).drop("count")
    rows = rows.with_columns(*cut(TRANSACTION)).rename({"type": "code_of_type"})
    extra = {f"supplement_{name}": place for name, place in SUPPLEMENT.items()}
    rows = rows.with_columns(*cut(extra, "supplement"))
    for other, key in ((companies.drop("count"), "company_no"), (outlets, "outlet_no")):
        rows = rows.join(other, on=key, how="left", maintain_order="left")
    rows = rows.join(files, on="file_no", how="left", maintain_order="left")
    return rows.with_columns(record_no=pl.col("number"))


def _read(report: Report) -> None:
    report.kind("code_of_type", KINDS)
    _money(report)
    day, other = _day("trading_day", "%d%m%y"), _day("processing_date", "%y%m%d")
    report.put(trading=day, processed=other, bought=_day("date", "%d%m%y"))
    report.put(business_date=pl.coalesce("trading", "processed", "bought"))
    wrong = pl.col("business_date").is_null()
    report.refuse("date_unreadable", "trading day", wrong, pl.col("trading_day"), "a date DDMMYY")
    known = present(pl.col("status")).is_in(STATUSES).fill_null(value=False)
    report.warn_lines("status_unknown", ~known, "a status that is not known", "A, R or P")
    report.put(
        is_booked=pl.col("status") == "A",
        booking_date=pl.col("processed"),
        statement_no=pl.col("outlet_no"),
        account=present(pl.col("company")),
        merchant_id=present(pl.col("merchant")),
        batch_ref=present(pl.col("reference")),
        merchant_ref=present(pl.col("supplement_reference")),
        psp_ref=present(pl.col("receipt")),
        auth_code=present(pl.col("supplement_auth_code")),
        narrative=present(pl.col("card_type")),
    )


def _day(column: str, pattern: str) -> pl.Expr:
    text = pl.col(column)
    return pl.when(text.str.contains("^[0-9]{6}$")).then(text.str.to_date(pattern, strict=False))


def _money(report: Report) -> None:
    """Add the amount that settles: its own field, else the value in pounds; then the local one."""
    for name in ("local", "settled"):
        named = present(pl.col(f"{name}_currency"))
        digits = pl.col(f"{name}_exponent")
        own = pl.when(digits.str.contains("^[0-6]$")).then(digits.cast(pl.Int64, strict=False))
        report.put(
            **{
                f"{name}:named": named,
                f"{name}:own": whole_number(present(pl.col(f"{name}_value"))),
                f"{name}:digits": own.fill_null(2),
            }
        )
    report.put(home=whole_number(pl.col("value")))
    wrong = pl.col("home").is_null()
    report.refuse("amount_unreadable", "value", wrong, pl.col("value"), "11 digits")
    has_settled = pl.col("settled:own").is_not_null() & pl.col("settled:named").is_not_null()
    report.rows = report.rows.with_columns(
        ccy=pl.when(has_settled).then(pl.col("settled:named")).otherwise(pl.lit(HOME)),
        size=pl.when(has_settled).then(pl.col("settled:own")).otherwise(pl.col("home")),
        digits=pl.when(has_settled).then(pl.col("settled:digits")).otherwise(2),
    )
    report.put(currency_text=pl.col("ccy"))
    _currencies(report)
    is_refund = pl.col("kind") == "refund"
    sign = pl.when(is_refund).then(-1).otherwise(1)
    foreign = (pl.col("local:named") != pl.col("currency")).fill_null(value=False)
    report.put(
        amount_minor=pl.col("settled_minor") * sign,
        exponent=pl.col("currency:exponent"),
        original_amount_minor=pl.when(foreign).then(pl.col("local_minor") * sign),
        original_currency=pl.when(foreign & pl.col("local_minor").is_not_null()).then(
            pl.col("local:named")
        ),
    )


def _currencies(report: Report) -> None:
    """Bring both values from their own exponents to those of ISO 4217; refuse what is not exact."""
    named = Report(report.rows, report.findings)
    named.currency("currency", "ccy")
    named.currency("local_iso", "local:named", needed=False)
    report.rows = named.rows
    for name, size, digits, iso in (
        ("settled_minor", "size", "digits", "currency:exponent"),
        ("local_minor", "local:own", "local:digits", "local_iso:exponent"),
    ):
        places = pl.col(iso).cast(pl.Int64) - pl.col(digits)
        up, down = _power(pl.max_horizontal(places, 0)), _power(pl.max_horizontal(-places, 0))
        exact = (pl.col(size) % down == 0) & (pl.col(size) <= MINOR_MAX // up)
        report.put(**{name: pl.when(exact).then(pl.col(size) * up // down)})
        wrong = pl.col(name).is_null() & pl.col(size).is_not_null() & pl.col(iso).is_not_null()
        expected = "an amount that is whole in the minor units of its currency"
        report.refuse("exponent_differs", name, wrong, pl.col(size).cast(pl.String), expected)


def _power(places: pl.Expr) -> pl.Expr:
    powers = {place: 10**place for place in range(7)}
    return places.replace_strict(powers, default=1, return_dtype=pl.Int64)
