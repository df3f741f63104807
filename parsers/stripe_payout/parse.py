"""Itemised Stripe report to lines; each payout is compared with the rows that it pays."""

import polars as pl

from parsers.contract import Source
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from parsers.payouts import draft_of
from parsers.report import Report, check_total, read_report
from parsers.stripe_payout.layout import (
    AVAILABLE,
    CREATED,
    KINDS,
    MERCHANT_REFS,
    NEEDED,
    PAYOUT_IDS,
    REVERSALS,
)
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of an itemised payout reconciliation or balance change report."""
    table = read_report(source.data, NEEDED, findings)
    if table is None:
        return Draft(empty_lines(), records=0)
    report = Report(table.cells, findings)
    _read(report)
    if findings.refused:
        return Draft(empty_lines(), report.rows.height)
    statements, totals = _payouts(report, findings)
    return draft_of(report, source, statements=statements, totals=totals)


def _read(report: Report) -> None:
    report.kind("reporting_category", KINDS)
    report.currency("currency", "currency")
    for name in ("gross", "fee", "net"):
        report.money(f"{name}:minor", name)
        missing = report.text(name).is_null()
        report.refuse("amount_missing", name, missing, pl.lit("nothing"), "an amount such as 12.50")
    report.currency("paid_currency", "customer_facing_currency", needed=False)
    report.money("paid", "customer_facing_amount", currency="paid_currency")
    report.day("business_date", *CREATED, *AVAILABLE, needed=True)
    report.day("value_date", *AVAILABLE)
    report.instant("event_at", *CREATED)
    is_payout = pl.col("kind") == "payout"
    is_foreign = pl.col("paid_currency") != pl.col("currency")
    # A payout leaves Stripe's books and comes into ours; a failed one goes back.
    paid_out = pl.col("net:minor").abs() * pl.when(pl.col("word") == "payoutreversal").then(
        -1
    ).otherwise(1)
    # The itemised rows of a payout carry its id; the payout itself is the source of its own row.
    own = pl.when(is_payout).then(report.text(*PAYOUT_IDS, "source_id"))
    report.put(
        amount_minor=pl.when(is_payout).then(paid_out).otherwise(pl.col("gross:minor")),
        fee_minor=-pl.col("fee:minor"),
        net_minor=pl.when(is_payout).then(paid_out).otherwise(pl.col("net:minor")),
        original_amount_minor=pl.when(is_foreign).then(pl.col("paid")),
        original_currency=pl.when(is_foreign & pl.col("paid").is_not_null()).then(
            pl.col("paid_currency")
        ),
        exponent=pl.col("currency:exponent"),
        is_reversal=pl.col("word").is_in(REVERSALS),
        booking_date=pl.col("business_date"),
        psp_ref=report.text("charge_id", "source_id", "balance_transaction_id"),
        rrn=report.text("balance_transaction_id"),
        merchant_ref=report.text(*MERCHANT_REFS),
        batch_ref=pl.coalesce(own, report.text(*PAYOUT_IDS)),
        account=report.text("gateway_account", "connected_account"),
        narrative=report.text("description"),
    )
    differs = ~is_payout & (pl.col("gross:minor") - pl.col("fee:minor") != pl.col("net:minor"))
    report.warn_lines(
        "line_net_differs", differs, "a net that gross and fee do not give", "gross - fee = net"
    )


def _payouts(
    report: Report, findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    """Return one statement per payout and currency, and a control where its row is there too."""
    keys = ("batch_ref", "currency")
    paid = pl.col("kind") == "payout"
    net = pl.col("net_minor").cast(pl.Int128)
    groups = report.number_statements(keys).agg(
        net.filter(~paid).sum().alias("earned"),
        net.filter(paid).sum().alias("paid"),
        paid.any().alias("is_paid"),
        (~paid).any().alias("is_itemised"),
        (~paid).sum().alias("entries"),
        pl.col("byte_start").first(),
        pl.col("exponent").first(),
    )
    statements, totals = [], []
    for row in groups.iter_rows(named=True):
        is_compared = row["batch_ref"] is not None and row["is_paid"] and row["is_itemised"]
        statements.append(
            Statement(
                account=None,
                reference=row["batch_ref"],
                currency=row["currency"],
                opening_minor=None,
                closing_minor=None,
                net_minor=row["earned"],
                entries=row["entries"],
                consistent=row["earned"] == row["paid"] if is_compared else None,
            )
        )
        if is_compared:
            totals.append(
                check_total(
                    findings,
                    f"payout {row['batch_ref']} {row['currency']}",
                    row["paid"],
                    row["earned"],
                    currency=row["currency"],
                    exponent=row["exponent"],
                    byte_offset=row["byte_start"],
                    hint="Rows of the payout are missing, or stand in the report of another day.",
                )
            )
    return tuple(statements), tuple(totals)
