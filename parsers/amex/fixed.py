"""EPRAW, EPTRN (US) and EPA (Europe): fixed width, amounts with a sign in their last digit."""

from collections.abc import Mapping

import polars as pl

from parsers.amex import layout
from parsers.amex.figures import (
    calendar_day,
    gather,
    ordinal_day,
    overpunched,
    refuse,
    with_amounts,
)
from parsers.outcome import Findings
from parsers.records import cut, present, read_lines

_SHOWN = 20


def read_records(data: bytes, findings: Findings, *, is_european: bool) -> pl.DataFrame:
    """Return all records with their code; refuse a file without the trailer of its header."""
    lines = read_lines(data).filter(pl.col("text").str.strip_chars() != "")
    first, last = layout.EPA_CODE if is_european else layout.EPTRN_CODE
    lines = lines.with_row_index("record_no", offset=1).with_columns(
        code=pl.when(pl.col("text").str.contains("^DFHDR|^DFTRL|^DFTLR"))
        .then(pl.col("text").str.slice(0, 5))
        .otherwise(pl.col("text").str.slice(first - 1, last - first + 1))
    )
    _check_frame(lines, findings)
    return lines


def _check_frame(lines: pl.DataFrame, findings: Findings) -> None:
    last = lines.row(-1, named=True)
    if last["code"] not in ("DFTRL", "DFTLR"):
        findings.refuse(
            "trailer_missing",
            line=last["line"],
            byte_offset=last["byte_start"],
            found="a file without DFTRL",
            expected="DFTRL in its last line",
            hint="The file was cut off: fetch it again.",
        )
    elif last["text"][5:23] != lines["text"][0][5:23]:
        findings.differs(
            "control_total_differs",
            declared=last["text"][5:23],
            computed=lines["text"][0][5:23],
            line=last["line"],
            byte_offset=last["byte_start"],
            record=last["code"],
            field="date, time and file id",
            expected="the ones of the header",
            hint="Two files were mixed: fetch it again.",
        )


def read_us(records: pl.DataFrame, currency: str, findings: Findings) -> pl.DataFrame:
    """Return the records of EPRAW and EPTRN with money; they name no currency."""
    # Types 40 to 50 share one layout.
    other = pl.when(pl.col("code").is_in(["240", "245"])).then(pl.lit("250"))
    found = _read(records.with_columns(code=other.otherwise("code")), layout.EPTRN, findings)
    parts = pl.sum_horizontal("asset_billing_minor", "commission_minor", "asset_tax_minor")
    is_fee, is_payment = pl.col("role") == "fee", pl.col("role") == "payment"
    found = found.with_columns(
        gross_minor=pl.when(is_fee)
        .then(parts + pl.col("gross_minor").fill_null(0))
        .otherwise("gross_minor"),
        currency=pl.lit(currency),
        booking_date=ordinal_day(pl.col("day")),
    )
    refuse(found, pl.col("booking_date").is_null(), "date", pl.col("day"), findings)
    refuse(found, pl.col("gross_minor").is_null(), "amount", pl.col("gross"), findings)
    return _with_payment_day(
        found.with_columns(net_minor=pl.when(is_payment).then("gross_minor").otherwise("net_minor"))
    )


def read_european(records: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Return the records of EPA with money; currency and day of a payment hold for its parts."""
    found = _read(records, layout.EPA, findings)
    is_payment = pl.col("role") == "payment"
    day = calendar_day(pl.col("settlement_day"))
    found = found.with_columns(
        # Deductions are negative here; elsewhere they are positive.
        charges_minor=-pl.col("charges_minor"),
        value_date=pl.when(is_payment).then(day).forward_fill(),
        payment=pl.when(is_payment).then("settlement_day").forward_fill(),
        currency=pl.col("currency").forward_fill(),
        booking_date=calendar_day(pl.col("day")),
    )
    refuse(found, pl.col("value_date").is_null(), "date", pl.col("settlement_day"), findings)
    refuse(found, pl.col("gross_minor").is_null(), "amount", pl.col("gross"), findings)
    sent = pl.when(pl.col("role") == "submission").then("sent_currency").forward_fill()
    is_charge = pl.col("role") == "charge"
    return found.with_columns(
        currency=pl.when(is_charge).then(pl.coalesce(sent, "currency")).otherwise("currency"),
        is_booked=~is_charge,
    )


def _read(
    records: pl.DataFrame, layouts: Mapping[str, layout.Positions], findings: Findings
) -> pl.DataFrame:
    is_frame = pl.col("code").is_in(["DFHDR", "DFTRL", "DFTLR"])
    for row in (
        records.filter(~is_frame & ~pl.col("code").is_in(list(layouts)))
        .head(_SHOWN)
        .iter_rows(named=True)
    ):
        findings.warn(
            "record_unsupported",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=f"record {row['code']}",
            expected=", ".join(layouts),
            hint="Its positions are in no public source; use GRRCN where it matters.",
        )
    found = gather(records, layouts, lambda code: cut(dict(layouts[code])))
    return with_amounts(found, overpunched, findings)


def _with_payment_day(found: pl.DataFrame) -> pl.DataFrame:
    """Give every record the day of its payment; its own where the file has none."""
    is_payment = pl.col("role") == "payment"
    days = found.filter(is_payment).select(
        "payee", "payment", pl.col("booking_date").alias("paid_on")
    )
    days = days.unique(["payee", "payment"], keep="first", maintain_order=True)
    found = found.join(
        days, on=["payee", "payment"], how="left", nulls_equal=True, maintain_order="left"
    )
    return found.with_columns(
        value_date=pl.coalesce("paid_on", "booking_date"),
        is_booked=pl.col("role") != "charge",
        narrative=present(pl.col("narrative")),
    )
