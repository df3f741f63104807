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
from parsers.groups import Groups, Query
from parsers.lookups import look_up
from parsers.outcome import ControlTotal, Findings
from parsers.payouts import check_count
from parsers.records import read_whole
from parsers.report import Report, check_total
from tieout.money import exponents, format_minor

_HINT = "Rows of the transfer are missing, or its totals are those of another file; ask dLocal."
_PLACES = ("record_no", "byte_start", "byte_length")
_AMOUNTS = ("gross", "fee", "net")


class Transfers:
    """The transfers of one report: their HEADER rows, and what their other rows come to.

    Args:
        summary: the HEADER rows, shape (transfers, columns).
        findings: where differences and what is unreadable are told.
    """

    def __init__(self, summary: pl.DataFrame, findings: Findings) -> None:
        self.paid = _summary(Report(summary, findings))
        self._findings = findings
        self._sums = Groups(("transfer",), _TRANSFER)
        self._details: Report | None = None

    def lines(self, details: pl.DataFrame | None, records: slice) -> pl.DataFrame | None:
        """Return the lines of a run of records, in their order; None where one is refused.

        Args:
            details: those that are no HEADER rows; `transfer` is the place of each one's HEADER.
            records: the run, counted from 0.
        """
        rows = None if details is None else self._read(details)
        if self._findings.refused:
            return None
        numbers = self.paid["record_no"]
        first, last = (numbers.search_sorted(at, "right") for at in (records.start, records.stop))
        paid = self.paid.slice(first, last - first)
        if rows is None:
            return paid
        self._sums.add(rows)
        columns = [name for name in rows.columns if ":" not in name]
        lines = pl.concat([paid, rows.select(columns)], how="diagonal_relaxed")
        return lines if lines["record_no"].is_sorted() else lines.sort("record_no")

    def _read(self, details: pl.DataFrame) -> pl.DataFrame:
        if self._details is None:
            self._details = Report(details, self._findings)
        else:
            self._details.turn(details)
        return _read_details(self._details, self.paid)

    def in_order(self) -> None:
        """Bring what was found in all runs into the order of the checks."""
        if self._details is not None:
            self._details.complaints.in_order()

    def prove(self) -> tuple[ControlTotal, ...]:
        """Return the totals of all HEADER rows, beside what their rows come to."""
        found = {row["transfer"]: row for row in self._sums.rows()}
        totals = [
            total
            for one in self.paid.iter_rows(named=True)
            for total in _prove(one, found.get(one["transfer"], {}), self._findings)
        ]
        for transfer, row in found.items():
            if row["finer"]:
                header = self.paid.row(transfer, named=True)
                _warn_finer(row | {name: header[name] for name in _OF_HEADER}, self._findings)
        return tuple(totals)

    def left_over(self, first: int) -> pl.DataFrame | None:
        """Return one adjustment per transfer whose lines leave minor units over; None for none.

        Args:
            first: record number of the first of them.
        """
        found = {row["transfer"]: row for row in self._sums.rows()}
        units = enumerate(self.paid["unit"].to_list())
        rests = [_rest(unit, found.get(transfer)) for transfer, unit in units]
        return _left_over(self.paid, rests, first=first) if any(rests) else None


_OF_HEADER = ("currency", "exponent")
_IS_TOLD = pl.col("is_finer")
_TRANSFER = Query(
    {
        **{name: pl.col(name).cast(pl.Int128).sum() for name in (*_AMOUNTS, "net_minor")},
        "items": pl.len(),
        "finer": _IS_TOLD.sum(),
        "finer_net": pl.col("net").cast(pl.Int128).filter(_IS_TOLD).sum(),
        "finer_minor": pl.col("net_minor").cast(pl.Int128).filter(_IS_TOLD).sum(),
    },
    {name: pl.col(name).filter(_IS_TOLD).first() for name in ("line", "byte_start", "record_no")},
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
    (
        pl.col("LOCAL_CURRENCY").is_not_null()
        & pl.col("LOCAL_AMOUNT").is_not_null()
        & pl.col("local_amount").is_null()
    ).alias("is_unread"),
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


def _read_details(report: Report, paid: pl.DataFrame) -> pl.DataFrame:
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
    found = "a net that gross and fee do not give"
    report.warn_lines("line_net_differs", "is_uneven", found, "gross + fee = net")
    report.warn_lines(
        "original_unreadable",
        "is_unread",
        "a local amount that its currency cannot have",
        "an amount of a currency of ISO 4217; it was left out",
    )
    return report.rows


def _local(report: Report) -> None:
    """Add what was paid in the shopper's currency; what cannot be read of it is left out."""
    for name in ("LOCAL_AMOUNT", "LOCAL_CURRENCY"):
        report.text(name)  # takes its blanks off
    codes = each_as(report.rows["LOCAL_CURRENCY"], str.upper, pl.String())
    amounts = read_major(report.rows["LOCAL_AMOUNT"], look_up(codes, exponents(), pl.Int8()))
    report.add(codes.alias("local_currency"), amounts.alias("local_amount"))


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


def _warn_finer(row: Mapping[str, Any], findings: Findings) -> None:
    exact = format_minor(row["finer_net"], row["currency"], exponent=DECIMALS)
    minor = format_minor(row["finer_minor"], row["currency"], exponent=row["exponent"])
    findings.differs(
        "amounts_finer_than_currency",
        declared=exact,
        computed=minor,
        severity="warning",
        line=row["line"],
        byte_offset=row["byte_start"],
        record_no=row["record_no"],
        field="NET_AMOUNT",
        found=f"{row['finer']} amounts of {exact} together, {minor} in minor units",
        expected=f"{row['exponent']} decimals, as {row['currency']} has",
        hint="Each line is the nearest minor unit; the rest is the adjustment at the end.",
    )


def _rest(unit: int, found: Mapping[str, Any] | None) -> int:
    """Return the minor units that the lines of a transfer leave over."""
    if found is None:
        return 0
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
