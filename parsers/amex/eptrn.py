"""EPRAW and EPTRN: records of fixed width, amounts with an overpunched sign in their last digit."""

import polars as pl

from parsers.amex import layout
from parsers.outcome import Findings
from parsers.records import cut, present, read_lines, whole_number


def read_lines_of(data: bytes, currency: str, findings: Findings) -> tuple[pl.DataFrame, int]:
    """Return columns of settlement lines, and the number of records in the file."""
    lines = read_lines(data).filter(pl.col("text").str.strip_chars() != "")
    lines = lines.with_row_index("record_no", offset=1)
    _check_frame(lines, findings)
    found = lines.filter(~pl.col("text").str.contains("^DFHDR|^DFTRL|^DFTLR"))
    found = found.with_columns(cut(layout.FIXED)).with_columns(
        pl.concat_str("type", "detail").alias("code")
    )
    known = (layout.PAYMENT, layout.SUBMISSION_DETAIL, layout.CHARGE)
    for row in found.filter(~pl.col("code").is_in(known)).head(20).iter_rows(named=True):
        _report(findings.warn, row, "record_unsupported", f"record {row['type']}/{row['detail']}")
    found = found.filter(pl.col("code").is_in(known))
    text = (
        pl.when(pl.col("code") == layout.PAYMENT)
        .then("payment_amount")
        .when(pl.col("code") == layout.CHARGE)
        .then("charge_amount")
        .otherwise("amount")
    )
    is_submission = pl.col("code") == layout.SUBMISSION_DETAIL
    charges = _minor(pl.col("discount")) + _minor(pl.col("service_fee"))
    stated = _day(pl.coalesce(pl.when(pl.col("code") != layout.PAYMENT).then("process_day"), "day"))
    found = found.with_columns(
        _minor(text).alias("amount_minor"),
        pl.when(is_submission).then(-charges).alias("fee_minor"),
        stated.alias("booking_date"),
        pl.lit(currency).alias("currency"),
        present(pl.col("merchant_id")).alias("merchant_id"),
        present(pl.col("payee")).alias("payee"),
        present(pl.col("payment")).alias("payment"),
        present(pl.when(pl.col("code") != layout.PAYMENT).then("reference")).alias("reference"),
    )
    bad = pl.any_horizontal(pl.col("amount_minor", "booking_date").is_null())
    bad = bad | (is_submission & pl.col("fee_minor").is_null())
    for row in found.filter(bad).head(20).iter_rows(named=True):
        _report(findings.refuse, row, "record_unreadable", row["text"][:80])
    days = found.filter(pl.col("code") == layout.PAYMENT).select(
        "payee", "payment", pl.col("booking_date").alias("value_date")
    )
    days = days.unique(["payee", "payment"], keep="first", maintain_order=True)
    found = found.join(days, on=["payee", "payment"], how="left", maintain_order="left")
    sale = pl.when(pl.col("amount_minor") < 0).then(pl.lit("refund")).otherwise(pl.lit("sale"))
    is_payment = pl.col("code") == layout.PAYMENT
    found = found.with_columns(
        pl.when(is_payment).then(pl.lit("payout")).otherwise(sale).alias("kind"),
        (pl.col("code") != layout.CHARGE).alias("is_booked"),
        (pl.col("amount_minor") + pl.col("fee_minor")).alias("net_minor"),
        pl.coalesce("value_date", "booking_date").alias("value_date"),
    )
    return found, lines.height


def _check_frame(lines: pl.DataFrame, findings: Findings) -> None:
    last = lines.row(-1, named=True)
    if not last["text"].startswith(("DFTRL", "DFTLR")):
        findings.refuse(
            "trailer_missing",
            line=last["line"],
            byte_offset=last["byte_start"],
            found="a file without DFTRL",
            expected="DFTRL in its last line",
            hint="The file was cut off: fetch it again.",
        )
    elif last["text"][5:23] != lines["text"][0][5:23]:
        findings.refuse(
            "control_total_differs",
            line=last["line"],
            byte_offset=last["byte_start"],
            record="DFTRL",
            field="date, time and file id",
            found=f"{last['text'][5:23]} in the trailer",
            expected=f"{lines['text'][0][5:23]}, as in the header",
            hint="Two files were mixed: fetch it again.",
        )


def _report(add: object, row: dict[str, object], code: str, found: str) -> None:
    add(  # type: ignore[operator]
        code,
        line=row["line"],
        byte_offset=row["byte_start"],
        record=str(row["code"]),
        found=found,
        expected="a payment (1/00), a submission (2/10) or a charge (3/11)",
        hint="Its positions are in no public source; use GRRCN where it matters.",
    )


def _minor(text: pl.Expr) -> pl.Expr:
    """Return minor units of digits whose last one carries the sign."""
    body = text.str.strip_chars()
    last = body.str.slice(-1)
    digits = {sign: str(digit) for sign, (digit, _) in layout.OVERPUNCH.items()}
    signs = {sign: factor for sign, (_, factor) in layout.OVERPUNCH.items()}
    number = body.str.head(-1) + last.replace_strict(digits, default=None)
    return whole_number(number) * last.replace_strict(signs, default=None).cast(pl.Int64)


def _day(text: pl.Expr) -> pl.Expr:
    """Return the day of YYYYDDD; null when it is none."""
    digits = pl.when(text.str.contains("^[12][0-9]{6}$")).then(text.cast(pl.Int32, strict=False))
    day = pl.date(digits // 1000, 1, 1) + pl.duration(days=digits % 1000 - 1)
    return pl.when((digits % 1000).is_between(1, 366)).then(day)
