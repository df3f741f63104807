"""Records by their first letter; items to lines, fundings to payouts, the trailer against both."""

import re

import numpy as np
import polars as pl

from parsers.blocks import Blocks, read_blocks
from parsers.contract import Source
from parsers.outcome import Draft, Findings
from parsers.payouts import draft_of, prove_payouts
from parsers.report import Report
from parsers.statements import refuse_cut
from parsers.table import Line
from parsers.trustly_funding.controls import check_trailer
from parsers.trustly_funding.layout import (
    DISPUTED,
    DONE,
    FIELDS,
    KINDS,
    RECORDS,
    REFERENCE_MAX,
)
from tieout.frames.settlement import empty_lines

_FIRST = re.compile(rb'"?H"?,"?P11K(?:FUN|REC)"?,')


def looks_like(data: bytes) -> bool:
    """Tell whether the file begins with the header of one of the two reports."""
    return _FIRST.match(data[:64].removeprefix(b"\xef\xbb\xbf")) is not None


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a funding or of a reconciliation report."""
    blocks = read_blocks(source.data, findings)
    if blocks is None:
        return Draft(empty_lines(), records=0)
    masks = {one: blocks.begin_with(one) for one in RECORDS}
    blocks.refuse_unknown(np.logical_or.reduce(list(masks.values())), RECORDS)
    trailers = np.flatnonzero(masks["L"])
    if not len(trailers):
        refuse_cut(findings, len(source.data), "an L record at the end")
    elif trailers[0] != len(blocks) - 1:
        _refuse_trailer(blocks.line(int(trailers[0])), findings)
    if not findings.refused:
        for mark, names in FIELDS.items():
            blocks.check_widths(masks[mark], names, mark)
    if findings.refused:
        return Draft(empty_lines(), len(blocks))
    items, fundings = _items(blocks, masks, findings), _fundings(blocks, masks["F"], findings)
    if findings.refused:
        return Draft(empty_lines(), len(blocks))
    rows = items
    if fundings.height:
        columns = [name for name in fundings.columns if name in items.columns]
        rows = pl.concat([items, fundings.select(columns)], how="diagonal").sort("record_no")
    totals = check_trailer(blocks.line(int(trailers[0])), items, fundings, findings)
    report = Report(rows, findings)
    statements, payouts = prove_payouts(report, findings)
    return draft_of(
        report,
        source,
        records=rows.height,
        statements=statements,
        totals=(*totals, *payouts),
    )


def _refuse_trailer(line: Line, findings: Findings) -> None:
    findings.refuse(
        "record_misplaced",
        line=line.line,
        byte_offset=line.byte_start,
        record="L",
        found="an L record before the end",
        expected="one L record, the last of the file",
        hint="Two files were put together, or records were moved: fetch the file again.",
    )


def _items(blocks: Blocks, masks: dict[str, np.ndarray], findings: Findings) -> pl.DataFrame:
    """Return the movements of both reports with the columns of a line, and `is_funded`."""
    tables = [
        blocks.table(masks[mark], FIELDS[mark], mark).with_columns(is_funded=pl.lit(mark == "I"))
        for mark in ("I", "T")
        if mark == "I" or masks[mark].any()
    ]
    cells = tables[0]
    if len(tables) > 1:
        cells = pl.concat(tables, how="diagonal").sort("record_no")
    cells = cells.rename({"currency": "ccy", "merchant_id": "merchant"})
    moved = pl.when(pl.col("movement") != "").then("movement").otherwise("transaction_type")
    report = Report(cells.with_columns(moved=moved), findings)
    _read_money(report)
    if findings.refused:
        return report.rows
    report.kind("moved", KINDS)
    _kinds(report)
    report.day("business_date", "processed_at", "created_at", needed=True)
    report.instant("event_at", "created_at")
    own = report.text("original_reference")
    own = pl.when(own.str.len_chars() <= REFERENCE_MAX).then(own)
    words = ("transaction_type", "status", "reason", "batch_id")
    report.put(
        booking_date=pl.col("business_date"),
        account=report.text("merchant"),
        psp_ref=report.text("transaction_id"),
        rrn=report.text("provider_transaction_id"),
        merchant_ref=pl.coalesce(own, report.text("merchant_reference")),
        batch_ref=report.text("trace_id"),
        narrative=pl.concat_str(
            *(report.text(one) for one in words), separator=" ", ignore_nulls=True
        ),
    )
    return report.rows


def _read_money(report: Report) -> None:
    report.currency("currency", "ccy")
    report.money("amount_minor", "amount")
    missing = report.text("amount").is_null()
    expected = "an amount such as 12.50"
    report.refuse("amount_missing", "amount", missing, pl.lit("nothing"), expected)
    report.money("fee_minor", "fee")
    report.put(
        exponent=pl.col("currency:exponent"),
        net_minor=pl.when("is_funded").then(
            pl.col("amount_minor") + pl.col("fee_minor").fill_null(0)
        ),
    )


def _kinds(report: Report) -> None:
    """A debit returned for a disputed reason is a chargeback, for another one a reversal."""
    reason = report.text("reason").str.to_uppercase().fill_null("")
    kind, is_debit = pl.col("kind"), pl.col("amount_minor") < 0
    is_return = is_debit & ((kind == "reversal") | (reason.str.starts_with("R") & (kind == "sale")))
    status = report.text("status").str.to_lowercase().fill_null("")
    report.put(
        kind=pl.when(is_return & reason.is_in(DISPUTED))
        .then(pl.lit("chargeback"))
        .when(is_return)
        .then(pl.lit("reversal"))
        .otherwise(kind),
        is_booked=pl.col("is_funded") | status.is_in(DONE),
        is_reversal=is_return,
    )


def _fundings(blocks: Blocks, mask: np.ndarray, findings: Findings) -> pl.DataFrame:
    """Return one payout per funding: what leaves Trustly under one trace."""
    cells = blocks.table(mask, FIELDS["F"], "F")
    if findings.refused or cells.is_empty():
        return cells
    report = Report(cells.rename({"currency": "ccy"}), findings)
    report.currency("currency", "ccy")
    report.money("amount_minor", "amount")
    missing = report.text("amount").is_null()
    expected = "an amount such as 12.50"
    report.refuse("amount_missing", "amount", missing, pl.lit("nothing"), expected)
    report.day("business_date", "funded_at", needed=True)
    header = blocks.line(0).fields
    report.put(
        kind=pl.lit("payout"),
        is_booked=pl.lit(value=True),
        is_reversal=pl.lit(value=False),
        exponent=pl.col("currency:exponent"),
        net_minor=pl.col("amount_minor"),
        account=pl.lit(header[5].strip() if len(header) > 5 else None, dtype=pl.String),
        batch_ref=report.text("trace_id"),
        booking_date=pl.col("business_date"),
        value_date=pl.col("business_date"),
        narrative=report.text("name"),
    )
    return report.rows
