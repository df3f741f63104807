"""GRRCN: quoted, comma-separated records; a payment, its submissions and their charges."""

import polars as pl

from parsers.amex import layout
from parsers.outcome import ControlTotal, Findings
from parsers.records import present, read_lines, whole_number

_AMOUNTS = ("gross", "discount", "service_fee", "tax", "net", "adjustments")
_TEXTS = (
    *("payee", "payment", "payment_day", "currency", "merchant_id", "day", "reference"),
    *("card", "auth_code", "scheme_ref", "narrative"),
)
_HINT = "Fetch the file again; if it stays so, ask American Express."


def read_records(data: bytes, findings: Findings) -> pl.DataFrame:
    """Return the records: code, fields, line, byte_start, byte_length; refuse unknown ones."""
    lines = read_lines(data).with_columns(pl.col("text").str.strip_chars())
    lines = lines.filter(pl.col("text") != "").with_columns(
        pl.col("text").str.replace('^"', "").str.replace('"$', "").str.split('","').alias("fields")
    )
    records = lines.with_columns(pl.col("fields").list.first().alias("code"))
    for row in records.filter(~pl.col("code").is_in(layout.RECORDS)).head(20).iter_rows(named=True):
        findings.refuse(
            "record_unknown",
            line=row["line"],
            byte_offset=row["byte_start"],
            found=row["text"],
            expected=", ".join(layout.RECORDS),
            hint="Only the delimited GRRCN is read; ask for it, or report the record.",
        )
    return records.with_row_index("record_no", offset=1)


def check_frame(records: pl.DataFrame, findings: Findings) -> list[ControlTotal]:
    """Compare header and trailer: sequence number and number of records."""
    headers = records.filter(pl.col("code") == layout.HEADER)
    trailers = records.filter(pl.col("code") == layout.TRAILER)
    if headers.is_empty() and trailers.is_empty():
        findings.warn(
            "header_missing",
            byte_offset=0,
            found="neither HEADER nor TRAILER",
            expected="both",
            hint="Whether anything is missing cannot be told from such a file.",
        )
        return []
    if headers.height != 1 or trailers.height != 1:
        code = "trailer_missing" if trailers.height < headers.height else "header_missing"
        findings.refuse(
            code,
            byte_offset=0,
            found=f"{headers.height} HEADER and {trailers.height} TRAILER",
            expected="one of both",
            hint=_HINT,
        )
        return []
    trailer = trailers.row(0, named=True)
    declared = [*trailer["fields"], "", ""]
    header = [*headers["fields"][0].to_list(), "", "", ""]
    pairs = [
        ("sequence number", declared[1], header[3]),
        ("number of records", declared[2], str(records.height)),
    ]
    totals = []
    for name, said, computed in pairs:
        agrees = said.strip().lstrip("0") == computed.strip().lstrip("0")
        totals.append(ControlTotal(name, said, computed, agrees))
        if not agrees:
            findings.refuse(
                "control_total_differs",
                line=trailer["line"],
                byte_offset=trailer["byte_start"],
                record=layout.TRAILER,
                field=name,
                found=f"declared {said or 'nothing'}, computed {computed}",
                expected="equal figures",
                hint=_HINT,
            )
    return totals


def read_money(records: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Return one row per record with money: texts, and amounts in minor units (null if absent)."""
    frames = []
    for code, places in layout.MONEY.items():
        mine = records.filter(pl.col("code") == code)
        texts = [
            present(pl.col("fields").list.get(place, null_on_oob=True)).alias(name)
            for name, place in {"payee": 1, **places}.items()
        ]
        frames.append(mine.select("record_no", "code", "line", "byte_start", "byte_length", *texts))
    found = pl.concat(frames, how="diagonal").sort("record_no")
    absent = [name for name in (*_AMOUNTS, *_TEXTS) if name not in found.columns]
    found = found.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    bad = pl.lit(False)
    for name in _AMOUNTS:
        text = pl.col(name)
        minor = _minor(text)
        bad = bad | (text.is_not_null() & minor.is_null())
        found = found.with_columns(minor.alias(f"{name}_minor"))
    day = pl.col("payment_day").str.to_date("%Y%m%d", strict=False)
    missing = pl.col("gross_minor").is_null() | pl.col("currency").is_null() | day.is_null()
    missing = missing | ((pl.col("code") == layout.SUMMARY) & pl.col("net_minor").is_null())
    for row in found.filter(bad | missing).head(20).iter_rows(named=True):
        findings.refuse(
            "record_unreadable",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=f"amount {row['gross']}, {row['currency']}, payment date {row['payment_day']}",
            expected="a sign or blank and digits, a currency, a date YYYYMMDD",
            hint="Ask American Express for a corrected file.",
        )
    return found.with_columns(
        day.alias("value_date"), pl.col("day").str.to_date("%Y%m%d", strict=False)
    )


def _minor(text: pl.Expr) -> pl.Expr:
    magnitude = whole_number(text.str.strip_chars_start(" +-"))
    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    return pl.when(text.str.contains(r"^[ +-]?[0-9]+$")).then(magnitude * sign)


def shape_lines(found: pl.DataFrame) -> pl.DataFrame:
    """Return columns of settlement lines.

    Where the file lists the charges of a submission, the submission itself is only its fees; else
    it is the sale, with its fees beside it.
    """
    key = ["payment", "merchant_id", "day"]
    listed = found.filter(pl.col("code") == "TRANSACTN").select(key).unique(maintain_order=True)
    found = found.join(
        listed.with_columns(pl.lit(True).alias("is_listed")),
        on=key,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    code, gross = pl.col("code"), pl.col("gross_minor")
    charges = pl.sum_horizontal("discount_minor", "service_fee_minor", "tax_minor")
    is_fees_only = (code == layout.SUBMISSION) & pl.col("is_listed").fill_null(False)
    amount = pl.when(code == layout.SUMMARY).then("net_minor").when(is_fees_only).then(-charges)
    has_fee = code.is_in([layout.SUBMISSION, "CHARGEBACK", "ADJUSTMENT"]) & ~is_fees_only
    kinds = {"CHARGEBACK": "chargeback", "ADJUSTMENT": "adjustment", "FEEREVENUE": "fee"}
    sale = pl.when(gross < 0).then(pl.lit("refund")).otherwise(pl.lit("sale"))
    return found.with_columns(
        amount.otherwise(gross).alias("amount_minor"),
        pl.when(has_fee).then(-charges).alias("fee_minor"),
        pl.when(has_fee).then(gross - charges).alias("net_minor"),
        pl.when(code == layout.SUMMARY)
        .then(pl.lit("payout"))
        .when(is_fees_only)
        .then(pl.lit("fee"))
        .otherwise(code.replace_strict(kinds, default=None))
        .fill_null(sale)
        .alias("kind"),
        # Published samples leave it out of the payment's sum.
        (code != "FEEREVENUE").alias("is_booked"),
    )
