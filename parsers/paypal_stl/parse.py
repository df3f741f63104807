"""PayPal report to lines and statements; every footer is compared with its body."""

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from parsers.paypal_stl.controls import check_footers
from parsers.paypal_stl.layout import DONE, HOLDS, KINDS_BY_CODE, KINDS_BY_GROUP, NO_MONEY
from parsers.paypal_stl.sections import Rows, read_rows
from parsers.report import Report
from tieout.frames.settlement import LINE_SCHEMA, empty_lines


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a settlement (STL) or transaction detail (TRR) report."""
    rows = read_rows(source.data, findings)
    if rows is None or findings.refused:
        return Draft(empty_lines(), records=0)
    cells = _body(rows)
    if cells is None:
        _warn_empty(findings)
        return Draft(empty_lines(), records=0)
    report = Report(cells, findings)
    _read(report)
    if findings.refused:
        return Draft(empty_lines(), cells.height)
    statements, totals = check_footers(rows, report.rows, findings)
    columns = [name for name in report.rows.columns if name in LINE_SCHEMA]
    frame = build_lines(report.rows.select(columns), sha256=source.sha256, feed=source.feed)
    return Draft(frame, frame.height, statements, totals)


def _body(rows: Rows) -> pl.DataFrame | None:
    """Return the body rows with the account of their section."""
    if rows.body is None:
        return None
    fields = [one.header.fields if one.header else [] for one in rows.sections]
    accounts = [one[3] if len(one) > 3 else None for one in fields]
    known = pl.Series("account", accounts, dtype=pl.String())
    return rows.body.with_columns(known.gather(rows.body["section"]))


def _warn_empty(findings: Findings) -> None:
    findings.warn(
        "statement_missing",
        byte_offset=0,
        found="a report without a section body",
        expected="at least one CH row",
        hint="Nothing to reconcile in this file.",
    )


def _amounts(report: Report) -> tuple[pl.Expr, pl.Expr]:
    """Return gross and fee with the file's own signs."""
    report.currency("currency", "Gross Transaction Currency")
    report.money("gross", "Gross Transaction Amount", minor=True)
    report.put(missing=report.text("Gross Transaction Amount").is_null())
    report.refuse(
        "amount_missing",
        "Gross Transaction Amount",
        pl.col("missing"),
        pl.lit("nothing"),
        "a whole number of minor units",
    )
    report.money("fee", "Fee Amount", minor=True)
    gross = _signed(report, "gross", "Transaction Debit or Credit")
    return gross, _signed(report, "fee", "Fee Debit or Credit")


def _kind(code: pl.Expr, gross: pl.Expr) -> pl.Expr:
    kind = pl.coalesce(
        code.replace_strict(KINDS_BY_CODE, default=None, return_dtype=pl.String),
        code.str.slice(0, 3).replace_strict(
            KINDS_BY_GROUP, default="adjustment", return_dtype=pl.String
        ),
    )
    # Money that we sent, or got as a transfer, is no sale; a hold that gives back is a release.
    return (
        pl.when((kind == "sale") & (gross < 0))
        .then(pl.lit("adjustment"))
        .when(kind.is_in(HOLDS))
        .then(pl.when(gross < 0).then(pl.lit("reserve")).otherwise(pl.lit("release")))
        .otherwise(kind)
    )


def _read(report: Report) -> None:
    gross, fee = _amounts(report)
    report.day(
        "business_date", "Transaction Completion Date", "Transaction Initiation Date", needed=True
    )
    report.instant("event_at", "Transaction Initiation Date", "Transaction Completion Date")
    code = report.text("Transaction Event Code").str.to_uppercase().fill_null("")
    group = code.str.slice(0, 3)
    kind = _kind(code, gross)
    status = report.text("Transactional Status", "Transaction Status").str.to_uppercase()
    # A withdrawal leaves PayPal's books and comes into ours.
    turned = pl.when(kind == "payout").then(-1).otherwise(1)
    report.put(
        file_gross=gross,
        file_fee=fee.fill_null(0),
        kind=kind,
        amount_minor=gross * turned,
        fee_minor=fee,
        net_minor=gross * turned + fee.fill_null(0),
        exponent=pl.col("currency:exponent"),
        is_booked=~group.is_in(NO_MONEY) & status.is_in(DONE).fill_null(True),
        is_reversal=kind.is_in(["reversal", "representment"]),
        statement_no=pl.col("section"),
        account=report.text("account"),
        psp_ref=report.text("Transaction ID"),
        merchant_ref=report.text("Invoice ID"),
        batch_ref=report.text("Bank Reference ID"),
        narrative=pl.concat_str(
            code,
            report.text("PayPal Reference ID"),
            report.text("Custom Field"),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    fee_currency = report.text("Fee Currency").str.to_uppercase()
    report.warn_lines(
        "currency_differs",
        (fee_currency != pl.col("currency")) & (pl.col("fee") != 0),
        "a fee in another currency than its gross",
        "one currency in a row",
    )


def _signed(report: Report, name: str, column: str) -> pl.Expr:
    """Return `name` with its direction: CR is ours, DR theirs; a zero needs none."""
    mark = report.text(column).str.to_uppercase()
    sign = mark.replace_strict({"CR": 1, "DR": -1}, default=None, return_dtype=pl.Int64)
    wrong = sign.is_null() & (pl.col(name).fill_null(0) != 0)
    report.refuse("indicator_unknown", column, wrong, mark, "CR or DR")
    negative = pl.col(name) < 0
    report.refuse("sign_unexpected", column, negative, pl.col(name).cast(pl.String), "no sign")
    return pl.col(name) * sign.fill_null(1)
