"""Itemised Stripe report to lines; each payout is compared with the rows that it pays."""

import polars as pl

from parsers.contract import Batches, Source
from parsers.outcome import Findings
from parsers.payouts import Payouts, stream_table
from parsers.report import Report
from parsers.stripe_payout.layout import (
    AVAILABLE,
    CREATED,
    KINDS,
    MERCHANT_REFS,
    NEEDED,
    PAYOUT_IDS,
    REVERSALS,
)

_IS_PAYOUT = pl.col("kind") == "payout"
_GROSS, _FEE, _NET = (pl.col(f"{name}:minor") for name in ("gross", "fee", "net"))


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of an itemised payout reconciliation or balance change report."""
    return stream_table(source, findings, NEEDED, _read, Payouts(("batch_ref", "currency")))


def _read(report: Report) -> None:
    report.kind("reporting_category", KINDS)
    report.currency("currency", "currency")
    for name in ("gross", "fee", "net"):
        report.money(f"{name}:minor", name, needed=True)
    report.currency("paid_currency", "customer_facing_currency", needed=False)
    report.money("paid", "customer_facing_amount", currency="paid_currency")
    report.day("business_date", *CREATED, *AVAILABLE, needed=True)
    report.day("value_date", *AVAILABLE)
    if report.findings.refused:
        return
    report.instant("event_at", *CREATED)
    # The itemised rows of a payout carry its id; the payout itself is the source of its own row.
    own = pl.when(_IS_PAYOUT).then(report.text(*PAYOUT_IDS, "source_id"))
    report.put(
        *_AMOUNTS,
        psp_ref=report.text("charge_id", "source_id", "balance_transaction_id"),
        rrn=report.text("balance_transaction_id"),
        merchant_ref=report.text(*MERCHANT_REFS),
        batch_ref=pl.coalesce(own, report.text(*PAYOUT_IDS)),
        account=report.text("gateway_account", "connected_account"),
        narrative=report.text("description"),
    )
    report.warn_lines(
        "line_net_differs",
        "is_net_off",
        "a net that gross and fee do not give",
        "gross - fee = net",
    )


# A payout leaves Stripe's books and comes into ours; a failed one goes back.
_PAID_OUT = _NET.abs() * pl.when(pl.col("word") == "payoutreversal").then(-1).otherwise(1)
_IS_FOREIGN = pl.col("paid_currency") != pl.col("currency")
_AMOUNTS = (
    pl.when(_IS_PAYOUT).then(_PAID_OUT).otherwise(_GROSS).alias("amount_minor"),
    (-_FEE).alias("fee_minor"),
    pl.when(_IS_PAYOUT).then(_PAID_OUT).otherwise(_NET).alias("net_minor"),
    pl.when(_IS_FOREIGN).then("paid").alias("original_amount_minor"),
    pl.when(_IS_FOREIGN & pl.col("paid").is_not_null())
    .then("paid_currency")
    .alias("original_currency"),
    pl.col("currency:exponent").alias("exponent"),
    pl.col("word").is_in(REVERSALS).alias("is_reversal"),
    pl.lit(value=True).alias("is_booked"),
    pl.col("business_date").alias("booking_date"),
    (~_IS_PAYOUT & (_GROSS - _FEE != _NET)).alias("is_net_off"),
)
