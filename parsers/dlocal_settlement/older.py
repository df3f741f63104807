"""The older transaction report: a row per transaction, in the shopper's currency and in dollars."""

import polars as pl

from parsers.contract import Batches, Source
from parsers.dlocal_settlement.layout import NOT_DONE, OLD, OLD_DEBITS, OLD_KINDS
from parsers.outcome import Findings
from parsers.payouts import Payouts, stream_table
from parsers.report import Report


def parse_older(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a transaction report; its amounts are unsigned, the type says the way."""
    return stream_table(source, findings, OLD, _read, Payouts())


def _read(report: Report) -> None:
    dollars = pl.when(pl.col("Amount (USD)").str.strip_chars() != "").then(pl.lit("USD"))
    cells = report.rows.with_columns(dollars=dollars)
    # The file's own name of the column is the one that the currency that settles takes.
    report.turn(cells.rename({"currency": "local currency"}, strict=False))
    report.kind("Type", OLD_KINDS)
    report.currency("currency", "dollars", "local currency")
    report.currency("local", "local currency", needed=False)
    report.money("settled", "Amount (USD)", "Net Amount (local)")
    missing = report.text("Amount (USD)", "Net Amount (local)").is_null()
    expected = "an amount such as 12.50"
    report.refuse("amount_missing", "Amount (USD)", missing, pl.lit("nothing"), expected)
    report.money("charge", "Fee")
    report.money("paid", "Net Amount (local)", currency="local")
    report.day("value_date", "Settlement date")
    report.day("business_date", "Settlement date", "Creation date", needed=True)
    report.instant("event_at", "Creation date")
    is_debit = pl.col("kind").is_in(OLD_DEBITS)
    is_foreign = (pl.col("local") != pl.col("currency")).fill_null(value=False)
    is_foreign &= pl.col("paid").is_not_null()
    size, paid = pl.col("settled"), pl.col("paid")
    status = report.text("Status").str.to_lowercase().fill_null("")
    report.put(
        amount_minor=pl.when(is_debit).then(-size.abs()).otherwise(size),
        fee_minor=-pl.col("charge"),
        exponent=pl.col("currency:exponent"),
        is_booked=~status.is_in(NOT_DONE),
        original_amount_minor=pl.when(is_foreign).then(
            pl.when(is_debit).then(-paid.abs()).otherwise(paid)
        ),
        original_currency=pl.when(is_foreign).then(pl.col("local")),
        account=pl.lit(None, dtype=pl.String),
        batch_ref=pl.lit(None, dtype=pl.String),
        psp_ref=report.text("Reference"),
        rrn=report.text("Transaction Reference"),
        merchant_ref=report.text("Invoice", "Transaction Invoice"),
        narrative=pl.concat_str(
            report.text("Type"),
            report.text("Payment Method Type"),
            report.text("Payment Method"),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    report.put(net_minor=pl.col("amount_minor") + pl.col("fee_minor").fill_null(0))
