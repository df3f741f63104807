"""Payments accounting report to lines: booked where our payable changes, kept where it does not."""

import polars as pl

from parsers.adyen_accounting.layout import CHARGES, KINDS, NEEDED, REVERSALS, SHOPPER, STEPS
from parsers.contract import Batches, Source
from parsers.outcome import Findings
from parsers.payouts import Payouts, stream_table
from parsers.report import Report

_DEBITS = ("refund", "chargeback", "reversal")
_KIND, _BOOKED = pl.col("kind"), pl.col("is_booked")
_IS_PAYOUT = _KIND == "payout"
_CHARGES = [pl.col(name) for name in CHARGES]
_ARN = pl.col("arn")


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a payments accounting report.

    A booked line is in the currency that settles: its gross is the payable plus the charges. A
    step that moves no money is not booked, and in the main currency.
    """
    return stream_table(source, findings, NEEDED, _read, Payouts())


def _read(report: Report) -> None:
    report.kind("Record Type", KINDS)
    report.currency("main", "Main Currency", "Payment Currency")
    report.currency("paid", "Payment Currency", "Main Currency")
    report.currency("settled", "Settlement Currency", "Main Currency")
    report.money("main_amount", "Main Amount", currency="main")
    for name, column in SHOPPER.items():
        report.money(name, column, currency="paid")
    report.money("first_amount", "Original Amount", currency="paid")
    for name, column in ("payable", "Payable (SC)"), *CHARGES.items():
        report.money(name, column, currency="settled")
    report.put(*_BOOKED_ONLY)
    report.put(*_CURRENCIES)
    missing = _BOOKED & report.text("Payable (SC)").is_null()
    expected = "an amount such as 12.50"
    report.refuse("amount_missing", "Payable (SC)", missing, pl.lit("nothing"), expected)
    report.day("business_date", "Booking Date", "Creation Date", needed=True)
    report.day("value_date", "Payout Date")
    if not report.findings.refused:
        report.instant("event_at", "Booking Date", zone="TimeZone")
        _complete(report)


_BOOKED_ONLY = (
    (~pl.col("word").is_in(list(STEPS))).alias("is_booked"),
    # A step may show what it will settle; only the row that settles it counts.
    *(
        pl.when(~pl.col("word").is_in(list(STEPS))).then(pl.col(name)).alias(name)
        for name in ("payable", *CHARGES)
    ),
)
_CURRENCIES = tuple(
    pl.when(_BOOKED).then(f"settled{part}").otherwise(f"main{part}").alias(name)
    for name, part in (("currency", ""), ("exponent", ":exponent"))
)


def _complete(report: Report) -> None:
    report.put(
        _FEE,
        _GROSS,
        arn=report.text("ARN", "Acquirer Reference Number"),
        account=report.text("Merchant Account"),
        merchant_id=report.text("Merchant Account"),
        psp_ref=report.text("Psp Reference"),
        merchant_ref=report.text("Merchant Reference"),
        batch_ref=pl.when(_BOOKED).then(report.text("Payable Batch", "Batch Number")),
        auth_code=report.text("Acquirer Auth Code"),
        narrative=pl.concat_str(
            report.text("Record Type"),
            report.text("Payment Method"),
            report.text("Modification Psp Reference"),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    report.put(*_AMOUNTS)
    report.warn_lines(
        "original_amount_differs",
        "is_step_off",
        "a step whose main amount is none of what was received, authorised or captured",
        "the main amount of a step in one of its other columns",
    )
    report.warn_lines(
        "line_net_differs",
        "is_captured_off",
        "a captured amount that payable and charges do not give",
        "payable + charges = captured",
    )


_HAS_CHARGES = pl.any_horizontal(one.is_not_null() for one in _CHARGES)
_FEE = pl.when(_BOOKED & _HAS_CHARGES).then(-pl.sum_horizontal(_CHARGES)).alias("fee_minor")
_NET = pl.col("payable")
_GROSS = (_NET + pl.when(_HAS_CHARGES).then(pl.sum_horizontal(_CHARGES)).otherwise(0)).alias(
    "gross"
)
# A step has no direction of its own: it has that of what it is a step of.
_SIZE = pl.col("main_amount").fill_null(0).abs()
_STEP = pl.when(_KIND.is_in(_DEBITS)).then(-_SIZE).otherwise(_SIZE)
_OWN = pl.when(_IS_PAYOUT).then(-_NET).otherwise("gross")
# What the shopper paid: where nothing was captured by this row, the amount of the payment.
_SHOPPER = pl.coalesce("captured", "first_amount").abs() * _NET.sign()
_IS_FOREIGN = _BOOKED & (pl.col("paid") != pl.col("currency")) & _SHOPPER.is_not_null()
_SHOWN = [pl.col(name) for name in SHOPPER]
_AMOUNTS = (
    (
        (~_BOOKED & (pl.col("main") == pl.col("paid")))
        & pl.any_horizontal(one.is_not_null() for one in _SHOWN)
        & ~pl.any_horizontal((one.abs() == _SIZE).fill_null(value=False) for one in _SHOWN)
    ).alias("is_step_off"),
    pl.when(_BOOKED).then(_OWN).otherwise(_STEP).alias("amount_minor"),
    pl.when(_BOOKED).then(pl.when(_IS_PAYOUT).then(-_NET).otherwise(_NET)).alias("net_minor"),
    (-pl.col("interchange")).alias("interchange_minor"),
    (-pl.col("scheme_fee")).alias("scheme_fee_minor"),
    pl.when(pl.col("markup").is_not_null() | pl.col("commission").is_not_null())
    .then(-(pl.col("markup").fill_null(0) + pl.col("commission").fill_null(0)))
    .alias("markup_minor"),
    pl.when(_IS_FOREIGN).then(_SHOPPER).alias("original_amount_minor"),
    pl.when(_IS_FOREIGN).then("paid").alias("original_currency"),
    pl.col("word").is_in(REVERSALS).alias("is_reversal"),
    pl.when((_KIND == "reserve") & (_NET > 0))
    .then(pl.lit("release"))
    .otherwise(_KIND)
    .alias("kind"),
    pl.when(_ARN.str.contains("^[0-9]{23}$")).then(_ARN).alias("scheme_ref"),
    pl.when(_BOOKED).then("business_date").alias("booking_date"),
    (
        (_BOOKED & ~_IS_PAYOUT & (pl.col("paid") == pl.col("currency")))
        & (pl.col("captured").abs() != pl.col("gross").abs())
    ).alias("is_captured_off"),
)
