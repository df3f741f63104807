"""Transfers and their rows to lines: exact in millionths, then brought to minor units openly.

Every sum is proved in millionths, as the report writes it. A line's gross and net are then brought
to the nearest minor unit (halves away from zero), its fee is the difference of both, and what all
lines of a transfer leave over becomes one `adjustment`: nothing is lost, and nothing is hidden.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from parsers.amounts import read_major
from parsers.columns import each_as
from parsers.dlocal_settlement.layout import DECIMALS, KINDS, MARK, REVERSALS
from parsers.lookups import look_up
from parsers.outcome import ControlTotal, Findings
from parsers.payouts import check_count
from parsers.records import read_whole
from parsers.report import Report, check_total
from tieout.money import exponents, format_minor

_HINT = "Rows of the transfer are missing, or its totals are those of another file; ask dLocal."
_PLACES = ("record_no", "byte_start", "byte_length")
_AMOUNTS = ("gross", "fee", "net")


def read_transfers(
    summary: pl.DataFrame, details: pl.DataFrame, findings: Findings
) -> tuple[pl.DataFrame | None, tuple[ControlTotal, ...]]:
    """Return all lines in the order of the file, left-over lines last, and the totals proved.

    Args:
        summary: the HEADER rows, one per transfer.
        details: the others; `transfer` is the place of each one's HEADER row.
        findings: where differences and what is unreadable are told.

    Returns:
        None as lines (and refusals) where a value is unreadable.
    """
    paid = _summary(Report(summary, findings))
    rows = _details(Report(details, findings), paid)
    if findings.refused:
        return None, ()
    found = {
        one["transfer"]: one
        for one in rows.group_by("transfer", maintain_order=True).agg(_SUMS).iter_rows(named=True)
    }
    headers = list(paid.iter_rows(named=True))
    totals = [
        total for one in headers for total in _prove(one, found.get(one["transfer"], {}), findings)
    ]
    if rows["is_finer"].any():
        _warn_finer(rows, findings)
    columns = [name for name in rows.columns if ":" not in name]
    lines = pl.concat([paid, rows.select(columns)], how="diagonal_relaxed")
    if not lines["record_no"].is_sorted():
        lines = lines.sort("record_no")
    rests = [_rest(one, found.get(one["transfer"])) for one in headers]
    if any(rests):
        left = _left_over(paid, rests, first=lines["record_no"][-1] + 1)
        lines = pl.concat([lines, left], how="diagonal_relaxed")
    return lines, tuple(totals)


_SUMS = (
    *(pl.col(name).cast(pl.Int128).sum() for name in _AMOUNTS),
    pl.len().alias("items"),
    pl.col("net_minor").cast(pl.Int128).sum(),
)
_UNITS = {digits: 10 ** (DECIMALS - digits) for digits in range(DECIMALS + 1)}
"""Decimals of a currency → how many millionths its minor unit has."""
_GROSS, _FEE, _NET, _UNIT = (pl.col(name) for name in (*_AMOUNTS, "unit"))


def _nearest(amount: pl.Expr) -> pl.Expr:
    """Return millionths as minor units, halves away from zero, without a float."""
    size = (amount.abs() + _UNIT // 2) // _UNIT
    return pl.when(amount < 0).then(size * -1).otherwise(size)


_PAYOUT = (
    pl.lit("payout").alias("kind"),
    pl.lit(value=False).alias("is_reversal"),
    pl.lit(value=True).alias("is_booked"),
    pl.col("currency:exponent").alias("exponent"),
    pl.lit(None, dtype=pl.String).alias("account"),
    pl.col("TRANSFER_ID").alias("batch_ref"),
    pl.col("business_date").alias("value_date"),
    pl.col("business_date").alias("booking_date"),
    _nearest(_NET).alias("amount_minor"),
    _nearest(_NET).alias("net_minor"),
    pl.lit("transfer").alias("narrative"),
)
_KEPT = (
    *("transfer", "items", "currency", "exponent", "batch_ref", "account", "kind", "is_booked"),
    *("is_reversal", "business_date", "value_date", "booking_date", "narrative"),
    *("amount_minor", "net_minor", *_AMOUNTS, "unit", *_PLACES),
)


def _summary(report: Report) -> pl.DataFrame:
    """Return one payout per HEADER row; millionths in gross, fee, net."""
    report.currency("currency", "SETTLEMENT_CURRENCY")
    _millionths(report, "TOTAL_AMOUNT")
    report.day("business_date", "TRANSFER_DATE", needed=True)
    text = report.text("NUMBER_OF_ITEMS")
    items = read_whole(report.rows["NUMBER_OF_ITEMS"]).alias("items")
    report.add(items)
    if items.null_count():
        wrong = pl.col("items").is_null()
        report.refuse("count_unreadable", "NUMBER_OF_ITEMS", wrong, text, "a number of items")
    if report.findings.refused:
        return report.rows
    report.text("TRANSFER_ID")  # takes its blanks off
    report.add(look_up(report.rows["currency:exponent"], _UNITS, pl.Int64()).alias("unit"))
    report.put(*_PAYOUT)
    return report.rows.select(_KEPT)


def _millionths(report: Report, suffix: str) -> None:
    exponents_ = pl.Series("micro:exponent", [DECIMALS], dtype=pl.Int8)
    report.add(exponents_.new_from_index(0, report.rows.height))
    for name in _AMOUNTS:
        column = f"{name.upper()}_{suffix}"
        report.money(name, column, currency="micro")
        text = report.text(column)
        if report.rows[column].null_count():
            expected = "an amount such as 3.287193"
            found = pl.lit("nothing")
            report.refuse("amount_missing", column, text.is_null(), found, expected)


# A charge without gross has its net as amount, and no fee beside it.
_IS_CHARGE = (_GROSS == 0) & (pl.col("kind") == "fee")
_IS_FINER = pl.any_horizontal(one % _UNIT != 0 for one in (_GROSS, _FEE, _NET))
_LINE = (
    pl.lit(value=True).alias("is_booked"),
    pl.col("word").is_in(REVERSALS).alias("is_reversal"),
    _IS_FINER.alias("is_finer"),
    (_GROSS + _FEE != _NET).alias("is_uneven"),
    pl.when(_IS_CHARGE).then(_nearest(_NET)).otherwise(_nearest(_GROSS)).alias("amount_minor"),
    pl.when(~_IS_CHARGE).then(_nearest(_NET) - _nearest(_GROSS)).alias("fee_minor"),
    _nearest(_NET).alias("net_minor"),
    pl.lit(None, dtype=pl.String).alias("account"),
    pl.coalesce("day", "value_date").alias("business_date"),
    pl.col("value_date").alias("booking_date"),
    pl.when(pl.col("local_amount").is_not_null())
    .then(pl.col("local_currency"))
    .alias("original_currency"),
    pl.col("local_amount").alias("original_amount_minor"),
)


def _details(report: Report, paid: pl.DataFrame) -> pl.DataFrame:
    _millionths(report, "AMOUNT")
    report.day("day", "APPROVED_DATE", "CREATION_DATE")
    if report.findings.refused:
        return report.rows
    header = report.rows["transfer"].to_numpy()
    of_transfer = ("currency", "exponent", "unit", "batch_ref", "value_date")
    report.add(*(paid[name][header] for name in of_transfer))
    report.kind(MARK, KINDS)
    report.instant("event_at", "CREATION_DATE")
    _local(report)
    texts = (MARK, "PAYMENT_TYPE", "PAYMENT_METHOD_CODE", "STATUS_DETAILS", "DESCRIPTION")
    exact = (report.text(f"{one.upper()}_AMOUNT") for one in _AMOUNTS)
    report.put(
        *_LINE,
        merchant_id=report.text("MID"),
        psp_ref=report.text("DLOCAL_TRANSACTION_ID"),
        merchant_ref=report.text("TRANSACTION_ID"),
        narrative=pl.concat_str(
            *(report.text(one) for one in texts),
            pl.when(_IS_FINER).then(pl.concat_str(pl.lit("exact"), *exact, separator=" ")),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    if report.rows["is_uneven"].any():
        found = "a net that gross and fee do not give"
        report.warn_lines("line_net_differs", pl.col("is_uneven"), found, "gross + fee = net")
    return report.rows


def _local(report: Report) -> None:
    """Add what was paid in the shopper's currency; what cannot be read of it is left out."""
    text, currency = report.text("LOCAL_AMOUNT"), report.text("LOCAL_CURRENCY")
    codes = each_as(report.rows["LOCAL_CURRENCY"], str.upper, pl.String())
    digits = look_up(codes, exponents(), pl.Int8())
    amounts = read_major(report.rows["LOCAL_AMOUNT"], digits)
    report.add(codes.alias("local_currency"), amounts.alias("local_amount"))
    if amounts.null_count():
        report.warn_lines(
            "original_unreadable",
            currency.is_not_null() & text.is_not_null() & pl.col("local_amount").is_null(),
            "a local amount that its currency cannot have",
            "an amount of a currency of ISO 4217; it was left out",
        )


def _prove(
    declared: Mapping[str, Any], found: Mapping[str, Any], findings: Findings
) -> list[ControlTotal]:
    """Compare the totals of one HEADER row with its rows, in millionths.

    A total that is written in whole minor units is compared with the nearest minor unit.
    """
    at, unit = declared["byte_start"], 10 ** (DECIMALS - declared["exponent"])
    what = f"of transfer {declared['batch_ref']}"
    totals = [
        check_total(
            findings,
            f"{name} {what} {declared['currency']}",
            declared[name],
            _as_fine_as(declared[name], found.get(name, 0), unit),
            currency=declared["currency"],
            exponent=DECIMALS,
            hint=_HINT,
            code="control_total_differs",
            byte_offset=at,
        )
        for name in _AMOUNTS
    ]
    count = check_count(
        findings,
        f"items {what}",
        declared["items"],
        found.get("items", 0),
        byte_offset=at,
        hint=_HINT,
    )
    return [*totals, count]


def _as_fine_as(declared: int, exact: int, unit: int) -> int:
    if declared % unit:
        return exact
    size = (abs(exact) + unit // 2) // unit * unit
    return size if exact >= 0 else -size


def _warn_finer(rows: pl.DataFrame, findings: Findings) -> None:
    for row in (
        rows.filter("is_finer")
        .group_by("transfer", "currency", "exponent", maintain_order=True)
        .agg(
            pl.len(),
            pl.col("net").cast(pl.Int128).sum(),
            pl.col("net_minor").cast(pl.Int128).sum(),
            pl.col("line", "byte_start", "record_no").first(),
        )
        .iter_rows(named=True)
    ):
        exact = format_minor(row["net"], row["currency"], exponent=DECIMALS)
        minor = format_minor(row["net_minor"], row["currency"], exponent=row["exponent"])
        findings.differs(
            "amounts_finer_than_currency",
            declared=exact,
            computed=minor,
            severity="warning",
            line=row["line"],
            byte_offset=row["byte_start"],
            record_no=row["record_no"],
            field="NET_AMOUNT",
            found=f"{row['len']} amounts of {exact} together, {minor} in minor units",
            expected=f"{row['exponent']} decimals, as {row['currency']} has",
            hint="Each line is the nearest minor unit; the rest is the adjustment at the end.",
        )


def _rest(header: Mapping[str, Any], found: Mapping[str, Any] | None) -> int:
    """Return the minor units that the lines of a transfer leave over."""
    if found is None:
        return 0
    unit = header["unit"]
    return int(_as_fine_as(0, found["net"], unit) // unit - found["net_minor"])


def _left_over(paid: pl.DataFrame, rests: Sequence[int], *, first: int) -> pl.DataFrame:
    """Return one adjustment per transfer whose lines leave minor units over."""
    left = paid.with_columns(amount_minor=pl.Series(rests, dtype=pl.Int64))
    return left.filter(pl.col("amount_minor") != 0).with_columns(
        kind=pl.lit("adjustment"),
        net_minor=pl.col("amount_minor"),
        narrative=pl.lit("what bringing the lines to minor units left over"),
        record_no=pl.int_range(first, first + pl.len(), dtype=pl.Int64),
    )
