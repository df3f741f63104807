"""What a processor pays out, beside the rows that it pays: statements and controls per batch.

Shared by the processor formats. A payout whose rows do not add up to it is a warning: rows may
stand in the report of another day, and their money must be reconciled all the same.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from parsers.report import Report, check_total
from tieout.frames.settlement import LINE_SCHEMA

KEYS = ("account", "batch_ref", "currency")
_HINT = "Rows of the payout are missing, or stand in the report of another day."


def draft_of(
    report: Report,
    source: Source,
    *,
    records: int | None = None,
    statements: tuple[Statement, ...] = (),
    totals: tuple[ControlTotal, ...] = (),
) -> Draft:
    """Return the rows of a report as lines; `records` where the file has more of them."""
    columns = [name for name in report.rows.columns if name in LINE_SCHEMA]
    frame = build_lines(report.rows.select(columns), sha256=source.sha256, feed=source.feed)
    if frame.is_empty():
        warn_no_rows(report.findings)
    return Draft(frame, frame.height if records is None else records, statements, totals)


def warn_no_rows(findings: Findings) -> None:
    """Say that a report has no row of money: an empty day, or a report that was cut off."""
    findings.warn(
        "no_data",
        byte_offset=0,
        found="a report without a row below its names",
        expected="at least one row",
        hint="Nothing to reconcile in this file; ask the sender whether the day was empty.",
    )


def prove_payouts(
    report: Report, findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    """Return one statement per account, batch and currency; a control where its payout is there.

    Needs account, batch_ref, currency, exponent, kind, is_booked and amounts (a payout's net is
    what reaches us). The statement's net is that of the booked rows which the payout pays.
    """
    paid = pl.col("kind") == "payout"
    booked = pl.col("is_booked")
    net = pl.coalesce("net_minor", "amount_minor").cast(pl.Int128)
    groups = report.number_statements(KEYS).agg(
        net.filter(~paid & booked).sum().alias("earned"),
        net.filter(paid & booked).sum().alias("paid"),
        (paid & booked).any().alias("is_paid"),
        (~paid & booked).any().alias("is_itemised"),
        (~paid).sum().alias("entries"),
        pl.col("byte_start").filter(paid).first().alias("paid_at"),
        pl.col("exponent").first(),
    )
    statements, totals = [], []
    for row in groups.iter_rows(named=True):
        is_compared = row["batch_ref"] is not None and row["is_paid"] and row["is_itemised"]
        agrees = row["earned"] == row["paid"] if is_compared else None
        statements.append(batch_statement(row | {"net": row["earned"]}, agrees=agrees))
        if is_compared:
            totals.append(
                check_total(
                    findings,
                    f"payout {row['batch_ref']} {row['currency']}",
                    row["paid"],
                    row["earned"],
                    currency=row["currency"],
                    exponent=row["exponent"],
                    byte_offset=row["paid_at"],
                    hint=_HINT,
                )
            )
    return tuple(statements), tuple(totals)


def batch_statement(row: Mapping[str, Any], *, agrees: bool | None = None) -> Statement:
    """Return the statement of a batch or period, which a processor opens and closes with nothing.

    Args:
        row: account, batch_ref, currency, net (minor units) and entries.
        agrees: whether its rows come to what was paid for them; None where nothing says so.
    """
    return Statement(
        account=row["account"],
        reference=row["batch_ref"],
        currency=row["currency"],
        opening_minor=None,
        closing_minor=None,
        net_minor=row["net"],
        entries=row["entries"],
        consistent=agrees,
    )


def check_count(
    findings: Findings, name: str, declared: int, computed: int, *, byte_offset: int, hint: str
) -> ControlTotal:
    """Return the control of a number of rows; where both differ, warn."""
    total = ControlTotal(name, str(declared), str(computed), declared == computed)
    if not total.agrees:
        findings.differs(
            "control_total_differs",
            declared=declared,
            computed=computed,
            severity="warning",
            byte_offset=byte_offset,
            field=name,
            hint=hint,
        )
    return total
