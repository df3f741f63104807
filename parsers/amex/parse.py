"""American Express files to lines and payments."""

import polars as pl

from parsers.amex import eptrn, grrcn, layout
from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from parsers.records import present
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_MASKED = r"^([0-9]{6})[X*x]+([0-9]{4})$"


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of an American Express file.

    Option `currency` (default USD) is that of EPRAW and EPTRN, which name none.

    Raises:
        UsageError: the option is no currency.
    """
    currency = str(source.options.get("currency", "USD"))
    if currency not in exponents():
        raise UsageError(f"Option currency = {currency!r} is no currency.", hint="For example USD.")
    totals: list[ControlTotal] = []
    if layout.is_fixed(source.data):
        found, records = eptrn.read_lines_of(source.data, currency, findings)
    else:
        rows = grrcn.read_records(source.data, findings)
        totals = grrcn.check_frame(rows, findings)
        found, records = grrcn.shape_lines(grrcn.read_money(rows, findings)), rows.height
    _check_currency(found, findings)
    statements, footings = _payments(found, findings)
    frame = empty_lines() if findings.refused else _lines(found, source)
    return Draft(frame, records, statements, (*totals, *footings))


def _check_currency(found: pl.DataFrame, findings: Findings) -> None:
    known = pl.col("currency").is_in(list(exponents())).fill_null(False)
    for row in found.filter(~known).head(20).iter_rows(named=True):
        findings.refuse(
            "currency_unknown",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["code"],
            found=row["currency"],
            expected="a code of ISO 4217",
            hint="Ask American Express for a corrected file.",
        )


def _lines(found: pl.DataFrame, source: Source) -> pl.DataFrame:
    for name in ("card", "day", "auth_code", "scheme_ref", "narrative"):
        if name not in found.columns:
            found = found.with_columns(pl.lit(None).alias(name))
    booking = "booking_date" if "booking_date" in found.columns else "day"
    card = pl.col("card").cast(pl.String).str.extract_groups(_MASKED).struct
    frame = found.with_columns(
        pl.lit(0).alias("statement_no"),
        pl.col("payee").alias("account"),
        pl.col("payment").alias("batch_ref"),
        present(pl.col("reference")).alias("merchant_ref"),
        pl.col("currency").replace_strict(exponents(), default=None).alias("exponent"),
        pl.col("value_date").alias("business_date"),
        pl.col(booking).cast(pl.Date).alias("booking_date"),
        (card.field("1") + pl.lit("******") + card.field("2")).alias("pan_masked"),
    )
    return build_lines(frame, sha256=source.sha256, feed=source.feed)


def _payments(
    found: pl.DataFrame, findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    """Return one statement per payment; its parts should sum to what is paid."""
    is_payment = pl.col("kind") == "payout"
    worth = pl.coalesce("net_minor", "amount_minor").cast(pl.Int128)
    parts = (
        found.filter(~is_payment & pl.col("is_booked"))
        .group_by("payee", "payment")
        .agg(worth.sum().alias("sum"), pl.len().alias("entries"))
    )
    rows = found.filter(is_payment).join(
        parts, on=["payee", "payment"], how="left", nulls_equal=True, maintain_order="left"
    )
    statements, totals = [], []
    for row in rows.iter_rows(named=True):
        has_parts = row["entries"] is not None
        net, declared = int(row["sum"] or 0), row["amount_minor"]
        agrees = net == declared if has_parts else None
        if agrees is not None:
            name = f"payment {row['payment']}"
            totals.append(ControlTotal(name, str(declared), str(net), agrees))
        if agrees is False:
            findings.warn(
                "payment_total_differs",
                line=row["line"],
                byte_offset=row["byte_start"],
                record=row["code"],
                found=f"paid {declared}, parts {net}",
                expected="submissions, chargebacks and adjustments that sum to the payment",
                hint="Records may be missing, or an older debit balance was taken; ask.",
            )
        day = row["value_date"].isoformat() if row["value_date"] else None
        statements.append(
            Statement(
                account=row["payee"],
                reference=row["payment"],
                currency=row["currency"],
                opening_minor=None,
                closing_minor=None,
                net_minor=net,
                entries=int(row["entries"] or 0),
                consistent=agrees,
                closing_date=day,
            )
        )
    return tuple(statements), tuple(totals)
