"""Settlement breakdown to lines; the net of each payout is stated for its bank line."""

import polars as pl

from parsers.checkout.layout import KINDS, MONEY, NEEDED, PROCESSED, REVERSALS
from parsers.contract import Batches, Source
from parsers.outcome import Findings
from parsers.payouts import Periods, stream_table
from parsers.report import Report

_GROSS, _NET = pl.col("gross"), pl.col("net")


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a settlement breakdown."""
    return stream_table(source, findings, NEEDED, _read, Periods(with_payouts=True))


def _read(report: Report) -> None:
    report.kind("Type", KINDS)
    report.currency("currency", "Holding Currency")
    report.currency("paid_currency", "Processing Currency", needed=False)
    for name, column in MONEY.items():
        report.money(name, column, needed=name in ("gross", "net"))
    report.money("paid", PROCESSED, currency="paid_currency")
    report.day("business_date", "Processed On", "Available On", needed=True)
    report.day("value_date", "Available On")
    if report.findings.refused:
        return
    report.instant("event_at", "Processed On")
    report.put(
        *_AMOUNTS,
        account=report.text("Client Entity ID"),
        merchant_id=report.text("Processing Channel ID"),
        psp_ref=report.text("Payment ID"),
        merchant_ref=report.text("Reference"),
        batch_ref=report.text("Payout ID"),
        narrative=pl.concat_str(
            report.text("Type"), report.text("Payment Method"), separator=" ", ignore_nulls=True
        ),
    )
    report.warn_lines(
        "line_net_differs",
        "is_net_off",
        "a net that gross and deduction do not give",
        "gross + deduction = net",
    )


_IS_FOREIGN = (pl.col("paid_currency") != pl.col("currency")).fill_null(value=False)
# A row without gross is a charge: its money is the net, and it has no fee beside it.
_AMOUNT = pl.when((_GROSS == 0) & (pl.col("kind") == "fee")).then(_NET).otherwise(_GROSS)
_AMOUNTS = (
    _AMOUNT.alias("amount_minor"),
    (_NET - _AMOUNT).alias("fee_minor"),
    _NET.alias("net_minor"),
    pl.col("currency:exponent").alias("exponent"),
    pl.col("word").is_in(REVERSALS).alias("is_reversal"),
    pl.when(_IS_FOREIGN).then("paid").alias("original_amount_minor"),
    pl.when(_IS_FOREIGN & pl.col("paid").is_not_null())
    .then("paid_currency")
    .alias("original_currency"),
    pl.col("interchange").alias("interchange_minor"),
    pl.col("scheme").alias("scheme_fee_minor"),
    pl.col("processing").alias("markup_minor"),
    (_GROSS + pl.col("deduction").fill_null(0) != _NET).alias("is_net_off"),
)
