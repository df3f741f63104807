"""Settlement breakdown to lines; the net of each payout is stated for its bank line."""

import polars as pl

from parsers.checkout.layout import KINDS, MONEY, NEEDED, PROCESSED, REVERSALS
from parsers.contract import Source
from parsers.outcome import Draft, Findings, Statement
from parsers.payouts import batch_statement, draft_of
from parsers.report import Report, read_report
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a settlement breakdown."""
    table = read_report(source.data, NEEDED, findings)
    if table is None:
        return Draft(empty_lines(), records=0)
    report = Report(table.cells, findings)
    _read(report)
    if findings.refused:
        return Draft(empty_lines(), report.rows.height)
    statements = _payouts(report)
    return draft_of(report, source, statements=statements)


def _read(report: Report) -> None:
    report.kind("Type", KINDS)
    report.currency("currency", "Holding Currency")
    report.currency("paid_currency", "Processing Currency", needed=False)
    for name, column in MONEY.items():
        report.money(name, column)
    for name in ("gross", "net"):
        missing = report.text(MONEY[name]).is_null()
        report.refuse(
            "amount_missing", MONEY[name], missing, pl.lit("nothing"), "an amount such as 12.50"
        )
    report.money("paid", PROCESSED, currency="paid_currency")
    report.day("business_date", "Processed On", "Available On", needed=True)
    report.day("value_date", "Available On")
    report.instant("event_at", "Processed On")
    is_foreign = (pl.col("paid_currency") != pl.col("currency")).fill_null(False)
    report.put(
        # A row without gross is a charge: its money is the net, and it has no fee beside it.
        amount_minor=pl.when((pl.col("gross") == 0) & (pl.col("kind") == "fee"))
        .then(pl.col("net"))
        .otherwise(pl.col("gross")),
        net_minor=pl.col("net"),
        exponent=pl.col("currency:exponent"),
        is_reversal=pl.col("word").is_in(REVERSALS),
        original_amount_minor=pl.when(is_foreign).then(pl.col("paid")),
        original_currency=pl.when(is_foreign & pl.col("paid").is_not_null()).then(
            pl.col("paid_currency")
        ),
        interchange_minor=pl.col("interchange"),
        scheme_fee_minor=pl.col("scheme"),
        markup_minor=pl.col("processing"),
        account=report.text("Client Entity ID"),
        merchant_id=report.text("Processing Channel ID"),
        psp_ref=report.text("Payment ID"),
        merchant_ref=report.text("Reference"),
        batch_ref=report.text("Payout ID"),
        narrative=pl.concat_str(
            report.text("Type"), report.text("Payment Method"), separator=" ", ignore_nulls=True
        ),
    )
    report.put(fee_minor=pl.col("net") - pl.col("amount_minor"))
    differs = pl.col("gross") + pl.col("deduction").fill_null(0) != pl.col("net")
    report.warn_lines(
        "line_net_differs",
        differs,
        "a net that gross and deduction do not give",
        "gross + deduction = net",
    )


def _payouts(report: Report) -> tuple[Statement, ...]:
    groups = report.number_statements(("account", "batch_ref", "currency")).agg(
        pl.col("net_minor").cast(pl.Int128).sum().alias("net"), pl.len().alias("entries")
    )
    return tuple(batch_statement(row) for row in groups.iter_rows(named=True))
