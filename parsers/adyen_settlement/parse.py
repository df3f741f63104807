"""Settlement detail report to lines; each batch is proved to net to zero, or found not to."""

import polars as pl

from parsers.adyen_settlement.layout import CHARGES, KINDS, NEEDED, REVERSALS
from parsers.contract import Source
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from parsers.payouts import draft_of
from parsers.report import Report, check_total, read_report
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a settlement detail report.

    `currency` is the one that settles (NC). Where the shopper paid in another one, the gross in NC
    is net plus charges and the gross as paid stands in original_amount_minor.
    """
    table = read_report(source.data, NEEDED, findings)
    if table is None:
        return Draft(empty_lines(), records=0)
    report = Report(table.cells, findings)
    _read(report)
    if findings.refused:
        return Draft(empty_lines(), report.rows.height)
    _amounts(report)
    statements, totals = _batches(report, findings)
    return draft_of(report, source, statements=statements, totals=totals)


def _read(report: Report) -> None:
    report.kind("Type", KINDS)
    report.currency("currency", "Net Currency", "Gross Currency")
    report.currency("gross_currency", "Gross Currency", "Net Currency")
    for side in ("Debit", "Credit"):
        report.money(f"net_{side}", f"Net {side} (NC)")
        report.money(f"gross_{side}", f"Gross {side} (GC)", currency="gross_currency")
    for name, column in CHARGES.items():
        report.money(name, column)
    report.day("business_date", "Booking Date", "Creation Date", needed=True)
    booked = report.text("Booking Date").is_not_null()
    report.put(booking_date=pl.when(booked).then(pl.col("business_date")))
    report.instant("event_at", "Creation Date", zone=report.text("TimeZone"))
    arn = report.text("Acquirer Reference Number", "ARN", "Acquirer Reference")
    modification = report.text("Modification Reference")
    report.put(
        account=report.text("Company Account"),
        merchant_id=report.text("Merchant Account"),
        psp_ref=report.text("Psp Reference"),
        merchant_ref=report.text("Merchant Reference"),
        batch_ref=report.text("Batch Number"),
        # A spreadsheet turns 23 digits into 1.23E+022: what is left is no reference.
        scheme_ref=pl.when(arn.str.contains("^[0-9]{23}$")).then(arn),
        auth_code=report.text("Auth Code"),
        narrative=pl.concat_str(
            report.text("Type"),
            report.text("Payment Method"),
            modification,
            separator=" ",
            ignore_nulls=True,
        ),
    )
    report.warn_lines(
        "reference_mangled",
        arn.str.contains(r"[0-9]E\+"),
        "an ARN in spreadsheet notation",
        "23 digits",
    )


def _amounts(report: Report) -> None:
    charges = [-pl.col(name) for name in CHARGES]
    has_charges = pl.any_horizontal(pl.col(name).is_not_null() for name in CHARGES)
    report.put(
        net=pl.col("net_Credit").fill_null(0) - pl.col("net_Debit").fill_null(0),
        gross=pl.when(
            pl.col("gross_Credit").is_not_null() | pl.col("gross_Debit").is_not_null()
        ).then(pl.col("gross_Credit").fill_null(0) - pl.col("gross_Debit").fill_null(0)),
        fee_minor=pl.when(has_charges).then(pl.sum_horizontal(charges)),
        interchange_minor=-pl.col("interchange"),
        scheme_fee_minor=-pl.col("scheme_fee"),
        # The commission of a blended price is the acquirer's own charge, as the mark-up is.
        markup_minor=pl.when(
            pl.col("markup").is_not_null() | pl.col("commission").is_not_null()
        ).then(-(pl.col("markup").fill_null(0) + pl.col("commission").fill_null(0))),
    )
    is_payout = pl.col("kind") == "payout"
    same = pl.col("currency") == pl.col("gross_currency")
    own_gross = pl.col("net") - pl.col("fee_minor").fill_null(0)
    has_gross = pl.col("gross").is_not_null()
    amount = pl.when(same & has_gross).then(pl.col("gross")).otherwise(own_gross)
    report.put(
        is_reversal=pl.col("word").is_in(REVERSALS),
        exponent=pl.col("currency:exponent"),
        # A payout leaves Adyen's books and comes into ours.
        amount_minor=pl.when(is_payout).then(-pl.col("net")).otherwise(amount),
        net_minor=pl.when(is_payout).then(-pl.col("net")).otherwise(pl.col("net")),
        original_amount_minor=pl.when(~same & has_gross).then(pl.col("gross")),
        original_currency=pl.when(~same & has_gross).then(pl.col("gross_currency")),
    )
    report.put(
        kind=pl.when((pl.col("kind") == "reserve") & (pl.col("net") > 0))
        .then(pl.lit("release"))
        .otherwise(pl.col("kind"))
    )
    parts = pl.col("amount_minor") + pl.col("fee_minor").fill_null(0)
    report.warn_lines(
        "line_net_differs",
        ~is_payout & has_gross & (parts != pl.col("net")),
        "gross and charges that do not give the net",
        "gross - charges = net",
    )


def _batches(
    report: Report, findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    """Return one statement and one control per account, batch and currency, in file order."""
    keys = ("merchant_id", "batch_ref", "currency")
    paid = pl.col("kind") == "payout"
    net = pl.col("net").cast(pl.Int128)
    groups = report.number_statements(keys).agg(
        net.sum().alias("all"),
        (net.filter(paid).sum() * -1).alias("paid"),
        net.filter(~paid).sum().alias("earned"),
        pl.len().alias("entries"),
        pl.col("byte_start").first(),
        pl.col("exponent").first(),
    )
    statements, totals = [], []
    for row in groups.iter_rows(named=True):
        statements.append(
            Statement(
                account=row["merchant_id"],
                reference=row["batch_ref"],
                currency=row["currency"],
                opening_minor=None,
                closing_minor=None,
                net_minor=row["all"],
                entries=row["entries"],
                consistent=row["all"] == 0,
            )
        )
        totals.append(
            check_total(
                findings,
                f"payout of batch {row['batch_ref']} {row['currency']}",
                row["paid"],
                row["earned"],
                currency=row["currency"],
                exponent=row["exponent"],
                byte_offset=row["byte_start"],
                hint="Rows of the batch are missing, or it is paid out in another file.",
            )
        )
    return tuple(statements), tuple(totals)
