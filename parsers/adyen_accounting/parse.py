"""Payments accounting report to lines: booked where our payable changes, kept where it does not."""

import polars as pl

from parsers.adyen_accounting.layout import CHARGES, KINDS, NEEDED, REVERSALS, STEPS
from parsers.contract import Source
from parsers.outcome import Draft, Findings
from parsers.payouts import draft_of, prove_payouts
from parsers.report import Report, read_report
from tieout.frames.settlement import empty_lines

_DEBITS = ("refund", "chargeback", "reversal")


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a payments accounting report.

    A booked line is in the currency that settles: its gross is the payable plus the charges. A
    step that moves no money is not booked, and in the main currency.
    """
    table = read_report(source.data, NEEDED, findings)
    if table is None:
        return Draft(empty_lines(), records=0)
    report = Report(table.cells, findings)
    _read(report)
    if findings.refused:
        return Draft(empty_lines(), report.rows.height)
    _amounts(report)
    _references(report)
    statements, totals = prove_payouts(report, findings)
    return draft_of(report, source, statements=statements, totals=totals)


def _read(report: Report) -> None:
    report.kind("Record Type", KINDS)
    report.put(is_booked=~pl.col("word").is_in(list(STEPS)))
    report.currency("main", "Main Currency", "Payment Currency")
    report.currency("paid", "Payment Currency", "Main Currency")
    report.currency("settled", "Settlement Currency", "Main Currency")
    report.money("main_amount", "Main Amount", currency="main")
    report.money("captured", "Captured (PC)", currency="paid")
    report.money("first_amount", "Original Amount", currency="paid")
    for name, column in ("payable", "Payable (SC)"), *CHARGES.items():
        report.money(name, column, currency="settled")
        # A step may show what it will settle; only the row that settles it counts.
        report.put(**{name: pl.when("is_booked").then(pl.col(name))})
    booked = pl.col("is_booked")
    report.put(
        currency=pl.when(booked).then(pl.col("settled")).otherwise(pl.col("main")),
        exponent=pl.when(booked)
        .then(pl.col("settled:exponent"))
        .otherwise(pl.col("main:exponent")),
    )
    missing = booked & report.text("Payable (SC)").is_null()
    expected = "an amount such as 12.50"
    report.refuse("amount_missing", "Payable (SC)", missing, pl.lit("nothing"), expected)
    report.day("business_date", "Booking Date", "Creation Date", needed=True)
    report.instant("event_at", "Booking Date", zone=report.text("TimeZone"))
    report.day("value_date", "Payout Date")


def _amounts(report: Report) -> None:
    charges = [-pl.col(name) for name in CHARGES]
    has_charges = pl.any_horizontal(pl.col(name).is_not_null() for name in CHARGES)
    is_payout = pl.col("kind") == "payout"
    booked = pl.col("is_booked")
    report.put(
        fee_minor=pl.when(booked & has_charges).then(pl.sum_horizontal(charges)),
        net=pl.col("payable"),
    )
    gross = pl.col("net") - pl.col("fee_minor").fill_null(0)
    # A step has no direction of its own: it has that of what it is a step of.
    step = pl.col("main_amount").fill_null(0).abs()
    step = pl.when(pl.col("kind").is_in(_DEBITS)).then(-step).otherwise(step)
    own = pl.when(is_payout).then(-pl.col("net")).otherwise(gross)
    # What the shopper paid: where nothing was captured by this row, the amount of the payment.
    shopper = pl.coalesce("captured", "first_amount").abs() * pl.col("net").sign()
    is_foreign = booked & (pl.col("paid") != pl.col("currency")) & shopper.is_not_null()
    report.put(
        amount_minor=pl.when(booked).then(own).otherwise(step),
        net_minor=pl.when(booked).then(pl.when(is_payout).then(-pl.col("net")).otherwise("net")),
        interchange_minor=-pl.col("interchange"),
        scheme_fee_minor=-pl.col("scheme_fee"),
        markup_minor=pl.when(
            pl.col("markup").is_not_null() | pl.col("commission").is_not_null()
        ).then(-(pl.col("markup").fill_null(0) + pl.col("commission").fill_null(0))),
        original_amount_minor=pl.when(is_foreign).then(shopper),
        original_currency=pl.when(is_foreign).then(pl.col("paid")),
        is_reversal=pl.col("word").is_in(REVERSALS),
        kind=pl.when((pl.col("kind") == "reserve") & (pl.col("net") > 0))
        .then(pl.lit("release"))
        .otherwise(pl.col("kind")),
    )
    same = booked & ~is_payout & (pl.col("paid") == pl.col("currency"))
    report.warn_lines(
        "line_net_differs",
        same & (pl.col("captured").abs() != gross.abs()),
        "a captured amount that payable and charges do not give",
        "payable + charges = captured",
    )


def _references(report: Report) -> None:
    arn = report.text("ARN", "Acquirer Reference Number")
    report.put(
        account=report.text("Merchant Account"),
        merchant_id=report.text("Merchant Account"),
        psp_ref=report.text("Psp Reference"),
        merchant_ref=report.text("Merchant Reference"),
        batch_ref=pl.when("is_booked").then(report.text("Payable Batch", "Batch Number")),
        scheme_ref=pl.when(arn.str.contains("^[0-9]{23}$")).then(arn),
        auth_code=report.text("Acquirer Auth Code"),
        booking_date=pl.when("is_booked").then(pl.col("business_date")),
        narrative=pl.concat_str(
            report.text("Record Type"),
            report.text("Payment Method"),
            report.text("Modification Psp Reference"),
            separator=" ",
            ignore_nulls=True,
        ),
    )
