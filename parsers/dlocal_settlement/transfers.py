"""Transfers and their rows to lines: exact in millionths, then brought to minor units openly.

Every sum is proved in millionths, as the report writes it. A line's gross and net are then brought
to the nearest minor unit (halves away from zero), its fee is the difference of both, and what all
lines of a transfer leave over becomes one `adjustment`: nothing is lost, and nothing is hidden.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from parsers.amounts import exponent_column, major_to_minor
from parsers.dlocal_settlement.layout import DECIMALS, KINDS, MARK, REVERSALS
from parsers.outcome import ControlTotal, Findings
from parsers.payouts import check_count
from parsers.report import Report, check_total
from tieout.money import format_minor

_HINT = "Rows of the transfer are missing, or its totals are those of another file; ask dLocal."
_PLACES = ("record_no", "byte_start", "byte_length")
_AMOUNTS = ("gross", "fee", "net")


def read_transfers(
    summary: pl.DataFrame, details: pl.DataFrame, findings: Findings
) -> tuple[pl.DataFrame | None, tuple[ControlTotal, ...]]:
    """Return all lines in the order of the file, left-over lines last, and the totals proved.

    None (and refusals) where a value is unreadable.
    """
    paid = _summary(Report(summary, findings))
    rows = _details(Report(details, findings), paid)
    if findings.refused:
        return None, ()
    sums = rows.group_by("transfer", maintain_order=True).agg(
        *(pl.col(name).cast(pl.Int128).sum() for name in _AMOUNTS),
        pl.len().alias("items"),
        pl.col("net_minor").cast(pl.Int128).sum().alias("net_minor"),
    )
    found = {one["transfer"]: one for one in sums.iter_rows(named=True)}
    totals = [
        total
        for one in paid.iter_rows(named=True)
        for total in _prove(one, found.get(one["transfer"], {}), findings)
    ]
    _warn_finer(rows, findings)
    columns = [name for name in rows.columns if ":" not in name]
    lines = pl.concat([paid, rows.select(columns)], how="diagonal_relaxed").sort("record_no")
    left = _left_over(paid, sums, first=lines["record_no"][-1] + 1)
    return pl.concat([lines, left], how="diagonal_relaxed"), tuple(totals)


def _summary(report: Report) -> pl.DataFrame:
    """Return one payout per HEADER row; millionths in gross, fee, net."""
    report.currency("currency", "SETTLEMENT_CURRENCY")
    report.put(exponent=pl.col("currency:exponent"))
    _millionths(report, "TOTAL_AMOUNT")
    report.day("business_date", "TRANSFER_DATE", needed=True)
    items = report.text("NUMBER_OF_ITEMS")
    report.put(
        items=pl.when(items.str.contains("^[0-9]{1,9}$")).then(items.cast(pl.Int64, strict=False))
    )
    wrong = pl.col("items").is_null()
    report.refuse("count_unreadable", "NUMBER_OF_ITEMS", wrong, items, "a number of items")
    if report.findings.refused:
        return report.rows
    report.put(
        kind=pl.lit("payout"),
        is_reversal=pl.lit(value=False),
        is_booked=pl.lit(value=True),
        batch_ref=report.text("TRANSFER_ID"),
        account=pl.lit(None, dtype=pl.String),
        value_date=pl.col("business_date"),
        booking_date=pl.col("business_date"),
        amount_minor=_nearest("net"),
        net_minor=_nearest("net"),
        narrative=pl.lit("transfer"),
    )
    names = ("transfer", "items", "currency", "exponent", "batch_ref", "account", "kind")
    others = (
        "is_booked",
        "is_reversal",
        "business_date",
        "value_date",
        "booking_date",
        "narrative",
    )
    minor = ("amount_minor", "net_minor")
    return report.rows.select(*names, *others, *minor, *_AMOUNTS, *_PLACES)


def _millionths(report: Report, suffix: str) -> None:
    report.put(**{"micro:exponent": pl.lit(DECIMALS, dtype=pl.Int8)})
    for name in _AMOUNTS:
        column = f"{name.upper()}_{suffix}"
        report.money(name, column, currency="micro")
        missing = report.text(column).is_null()
        expected = "an amount such as 3.287193"
        report.refuse("amount_missing", column, missing, pl.lit("nothing"), expected)


def _nearest(name: str) -> pl.Expr:
    """Return millionths as minor units of `exponent`, halves away from zero, without a float."""
    unit = _unit()
    size = (pl.col(name).abs() + unit // 2) // unit
    return pl.when(pl.col(name) < 0).then(size * -1).otherwise(size)


def _unit() -> pl.Expr:
    powers = {digits: 10 ** (DECIMALS - digits) for digits in range(DECIMALS + 1)}
    return pl.col("exponent").replace_strict(powers, return_dtype=pl.Int64)


def _details(report: Report, paid: pl.DataFrame) -> pl.DataFrame:
    _millionths(report, "AMOUNT")
    report.day("day", "APPROVED_DATE", "CREATION_DATE")
    if report.findings.refused:
        return report.rows
    of_transfer = paid.select("transfer", "currency", "exponent", "batch_ref", "value_date")
    report.rows = report.rows.join(of_transfer, on="transfer", how="left", maintain_order="left")
    report.kind(MARK, KINDS)
    report.instant("event_at", "CREATION_DATE")
    _local(report)
    net, gross = _nearest("net"), _nearest("gross")
    # A charge without gross has its net as amount, and no fee beside it.
    is_charge = (pl.col("gross") == 0) & (pl.col("kind") == "fee")
    finer = pl.any_horizontal(pl.col(name) % _unit() != 0 for name in _AMOUNTS)
    texts = (MARK, "PAYMENT_TYPE", "PAYMENT_METHOD_CODE", "STATUS_DETAILS", "DESCRIPTION")
    exact = pl.concat_str(
        pl.lit("exact"), *(report.text(f"{one.upper()}_AMOUNT") for one in _AMOUNTS), separator=" "
    )
    report.put(
        is_booked=pl.lit(value=True),
        is_reversal=pl.col("word").is_in(REVERSALS),
        is_finer=finer,
        amount_minor=pl.when(is_charge).then(net).otherwise(gross),
        fee_minor=pl.when(~is_charge).then(net - gross),
        net_minor=net,
        account=pl.lit(None, dtype=pl.String),
        business_date=pl.coalesce("day", "value_date"),
        booking_date=pl.col("value_date"),
        merchant_id=report.text("MID"),
        psp_ref=report.text("DLOCAL_TRANSACTION_ID"),
        merchant_ref=report.text("TRANSACTION_ID"),
        narrative=pl.concat_str(
            *(report.text(one) for one in texts),
            pl.when(finer).then(exact),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    parts = pl.col("gross") + pl.col("fee") != pl.col("net")
    report.warn_lines(
        "line_net_differs", parts, "a net that gross and fee do not give", "gross + fee = net"
    )
    return report.rows


def _local(report: Report) -> None:
    """Add what was paid in the shopper's currency; what cannot be read of it is left out."""
    text, currency = report.text("LOCAL_AMOUNT"), report.text("LOCAL_CURRENCY").str.to_uppercase()
    report.put(local=currency)
    report.put(local_amount=major_to_minor(text, exponent_column("local")))
    has_local = currency.is_not_null() & text.is_not_null()
    known = has_local & pl.col("local_amount").is_not_null()
    report.put(
        original_amount_minor=pl.when(known).then(pl.col("local_amount")),
        original_currency=pl.when(known).then(pl.col("local")),
    )
    report.warn_lines(
        "original_unreadable",
        has_local & ~known,
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


def _left_over(paid: pl.DataFrame, sums: pl.DataFrame, *, first: int) -> pl.DataFrame:
    """Return one adjustment per transfer whose lines leave minor units over."""
    both = paid.drop("net", "net_minor", "amount_minor").join(
        sums.select("transfer", "net", lines_minor="net_minor"),
        on="transfer",
        maintain_order="left",
    )
    rest = _nearest("net") - pl.col("lines_minor")
    left = both.with_columns(amount_minor=rest.cast(pl.Int64)).filter(pl.col("amount_minor") != 0)
    return left.with_columns(
        kind=pl.lit("adjustment"),
        net_minor=pl.col("amount_minor"),
        narrative=pl.lit("what bringing the lines to minor units left over"),
        record_no=pl.int_range(first, first + pl.len(), dtype=pl.Int64),
    )
