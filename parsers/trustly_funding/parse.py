"""Records by their first letter; items to lines, fundings to payouts, the trailer against both."""

import re

import numpy as np
import polars as pl

from parsers.blocks import Blocks, read_blocks
from parsers.columns import first_filled
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
        rows = pl.concat([items, fundings.select(columns)], how="diagonal")
        if not rows["record_no"].is_sorted():
            rows = rows.sort("record_no")
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
        _marked(blocks.table(masks[mark], FIELDS[mark], mark), is_funded=mark == "I")
        for mark in ("I", "T")
        if masks[mark].any() or (mark == "I" and not masks["T"].any())
    ]
    cells = tables[0]
    if len(tables) > 1:
        cells = pl.concat(tables, how="diagonal").sort("record_no")
    report = Report(cells, findings)
    _read_values(report)
    if findings.refused:
        return report.rows
    report.instant("event_at", "created_at")
    own = report.text("original_reference")
    words = ("transaction_type", "status", "reason", "batch_id")
    report.put(
        why=report.text("reason"),
        standing=report.text("status"),
        account=report.text("merchant"),
        psp_ref=report.text("transaction_id"),
        rrn=report.text("provider_transaction_id"),
        merchant_ref=pl.coalesce(
            pl.when(own.str.len_chars() <= REFERENCE_MAX).then(own),
            report.text("merchant_reference"),
        ),
        batch_ref=report.text("trace_id"),
        narrative=pl.concat_str(
            *(report.text(one) for one in words), separator=" ", ignore_nulls=True
        ),
    )
    report.kind("moved", KINDS)
    report.put(*_ITEM)
    report.put(*_KINDS)
    return report.rows


def _marked(cells: pl.DataFrame, *, is_funded: bool) -> pl.DataFrame:
    """Return records with `is_funded`, and `moved`: the movement, else the type."""
    moved = [cells[name] for name in ("movement", "transaction_type") if name in cells.columns]
    funded = pl.Series("is_funded", [is_funded]).new_from_index(0, cells.height)
    return cells.hstack([first_filled(moved).alias("moved"), funded])


def _read_values(report: Report) -> None:
    report.currency("currency", "ccy")
    report.money("amount_minor", "amount", needed=True)
    report.money("fee_minor", "fee")
    report.day("business_date", "processed_at", "created_at", needed=True)


_KIND, _AMOUNT, _IS_FUNDED = pl.col("kind"), pl.col("amount_minor"), pl.col("is_funded")
_WHY = pl.col("why").str.to_uppercase().fill_null("")
_ITEM = (
    pl.col("currency:exponent").alias("exponent"),
    pl.when(_IS_FUNDED).then(_AMOUNT + pl.col("fee_minor").fill_null(0)).alias("net_minor"),
    (_IS_FUNDED | pl.col("standing").str.to_lowercase().fill_null("").is_in(DONE)).alias(
        "is_booked"
    ),
    pl.col("business_date").alias("booking_date"),
    (
        (_AMOUNT < 0) & ((_KIND == "reversal") | (_WHY.str.starts_with("R") & (_KIND == "sale")))
    ).alias("is_reversal"),
)
# A debit returned for a disputed reason is a chargeback, for another one a reversal.
_KINDS = (
    pl.when(pl.col("is_reversal") & _WHY.is_in(DISPUTED))
    .then(pl.lit("chargeback"))
    .when("is_reversal")
    .then(pl.lit("reversal"))
    .otherwise(_KIND)
    .alias("kind"),
)


def _fundings(blocks: Blocks, mask: np.ndarray, findings: Findings) -> pl.DataFrame:
    """Return one payout per funding: what leaves Trustly under one trace."""
    cells = blocks.table(mask, FIELDS["F"], "F")
    if findings.refused or cells.is_empty():
        return cells
    report = Report(cells, findings)
    report.currency("currency", "ccy")
    report.money("amount_minor", "amount", needed=True)
    report.day("business_date", "funded_at", needed=True)
    header = blocks.line(0).fields
    account = header[5].strip() if len(header) > 5 else None
    report.put(
        *_FUNDING,
        account=pl.lit(account, dtype=pl.String),
        batch_ref=report.text("trace_id"),
        narrative=report.text("name"),
    )
    return report.rows


_FUNDING = (
    pl.lit("payout").alias("kind"),
    pl.lit(value=True).alias("is_booked"),
    pl.lit(value=False).alias("is_reversal"),
    pl.col("currency:exponent").alias("exponent"),
    pl.col("amount_minor").alias("net_minor"),
    pl.col("business_date").alias("booking_date"),
    pl.col("business_date").alias("value_date"),
)
