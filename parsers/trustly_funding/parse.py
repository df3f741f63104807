"""Records by their first letter; items to lines, fundings to payouts, the trailer against both."""

import re
from collections.abc import Mapping

import numpy as np
import polars as pl

from parsers.blocks import Blocks, Mask, read_blocks
from parsers.columns import first_filled
from parsers.contract import Batches, Source
from parsers.outcome import Draft, Findings
from parsers.payouts import Payouts, lines_of, warn_no_rows
from parsers.report import Report
from parsers.statements import refuse_cut
from parsers.table import PLACES, Line
from parsers.trustly_funding.controls import Sums
from parsers.trustly_funding.layout import (
    DISPUTED,
    DONE,
    FIELDS,
    KINDS,
    RECORDS,
    REFERENCE_MAX,
)
from tieout.frames.settlement import LINE_SCHEMA, empty_lines

_FIRST = re.compile(rb'"?H"?,"?P11K(?:FUN|REC)"?,')


def looks_like(data: bytes) -> bool:
    """Tell whether the file begins with the header of one of the two reports."""
    return _FIRST.match(data[:64].removeprefix(b"\xef\xbb\xbf")) is not None


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a funding or of a reconciliation report."""
    blocks = read_blocks(source.data, findings)
    if blocks is None:
        return Draft(empty_lines(), records=0)
    masks = _masks(blocks, findings)
    if findings.refused:
        return Draft(empty_lines(), len(blocks))
    records, sums, payouts = _Records(blocks, masks, findings), Sums(), Payouts()
    for part in blocks.parts(source.batch_bytes):
        rows = records.rows(part)
        if rows is not None:
            sums.add(rows)
            report = Report(rows, findings)
            payouts.add(report)
            yield lines_of(report, source)
    records.in_order()
    if findings.refused:
        return Draft(empty_lines(), len(blocks))
    totals = sums.check_trailer(blocks.line(len(blocks) - 1), findings)
    statements, paid = payouts.prove(findings)
    count = sum(int(masks[one].sum()) for one in FIELDS)
    if not count:
        warn_no_rows(findings)
    return Draft(empty_lines(), count, statements, (*totals, *paid))


def _masks(blocks: Blocks, findings: Findings) -> dict[str, Mask]:
    """Return which records are of which type; refuse what does not make a report."""
    masks = {one: blocks.begin_with(one) for one in RECORDS}
    blocks.refuse_unknown(np.logical_or.reduce(list(masks.values())), RECORDS)
    trailers = np.flatnonzero(masks["L"])
    if not len(trailers):
        refuse_cut(findings, len(blocks.data), "an L record at the end")
    elif trailers[0] != len(blocks) - 1:
        _refuse_trailer(blocks.line(int(trailers[0])), findings)
    if not findings.refused:
        for mark, names in FIELDS.items():
            blocks.check_widths(masks[mark], names, mark)
    return masks


class _Records:
    """The rows of one report, read in runs."""

    def __init__(self, blocks: Blocks, masks: Mapping[str, Mask], findings: Findings) -> None:
        self._blocks, self._masks, self._findings = blocks, masks, findings
        self._reports: dict[str, Report] = {}
        header = blocks.line(0).fields
        self._account = header[5].strip() if len(header) > 5 else None

    def rows(self, part: slice) -> pl.DataFrame | None:
        """Return items, transactions and fundings of a run of records, in their order.

        None where there is none of them, or where one is refused.
        """
        found = []
        cells = self._items(part)
        if cells is not None:
            report = self._report("items", cells)
            _read_item(report)
            found.append(report.rows)
        cells = self._cells("F", part)
        if cells is not None:
            report = self._report("fundings", cells)
            _read_funding(report, self._account)
            found.append(report.rows.select(one for one in report.rows.columns if one in _KEPT))
        if self._findings.refused or not found:
            return None
        rows = pl.concat(found, how="diagonal") if len(found) > 1 else found[0]
        return rows if rows["record_no"].is_sorted() else rows.sort("record_no")

    def in_order(self) -> None:
        """Bring what was found in all runs into the order of the checks."""
        for report in self._reports.values():
            report.complaints.in_order()

    def _report(self, name: str, cells: pl.DataFrame) -> Report:
        report = self._reports.get(name)
        if report is None:
            report = self._reports[name] = Report(cells, self._findings)
        else:
            report.turn(cells)
        return report

    def _items(self, part: slice) -> pl.DataFrame | None:
        """Return the movements of both reports, with `is_funded` and `moved`."""
        tables = [
            _marked(cells, is_funded=mark == "I")
            for mark in ("I", "T")
            if (cells := self._cells(mark, part)) is not None
        ]
        if len(tables) < 2:
            return tables[0] if tables else None
        return pl.concat(tables, how="diagonal").sort("record_no")

    def _cells(self, mark: str, part: slice) -> pl.DataFrame | None:
        mask = np.zeros_like(self._masks[mark])
        mask[part] = self._masks[mark][part]
        return self._blocks.table(mask, FIELDS[mark], mark) if mask.any() else None


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


def _read_item(report: Report) -> None:
    """Give a movement of either report the columns of a line."""
    _read_values(report)
    if report.findings.refused:
        return
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


def _read_funding(report: Report, account: str | None) -> None:
    """Make a funding a payout: what leaves Trustly under one trace."""
    report.currency("currency", "ccy")
    report.money("amount_minor", "amount", needed=True)
    report.day("business_date", "funded_at", needed=True)
    report.put(
        *_FUNDING,
        account=pl.lit(account, dtype=pl.String),
        batch_ref=report.text("trace_id"),
        narrative=report.text("name"),
    )


_KEPT = frozenset((*LINE_SCHEMA, *PLACES))
_FUNDING = (
    pl.lit("payout").alias("kind"),
    pl.lit(value=True).alias("is_booked"),
    pl.lit(value=False).alias("is_reversal"),
    pl.col("currency:exponent").alias("exponent"),
    pl.col("amount_minor").alias("net_minor"),
    pl.col("business_date").alias("booking_date"),
    pl.col("business_date").alias("value_date"),
)
