"""Which of the two reports a file is; the settlement report cut into transfers and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.blocks import Blocks, Mask, check_names, names_in, read_blocks
from parsers.contract import Batches, Source
from parsers.dlocal_settlement.layout import DETAIL, HEADER, MARK, OLD, SUMMARY
from parsers.dlocal_settlement.older import parse_older
from parsers.dlocal_settlement.transfers import Transfers
from parsers.outcome import Draft, Findings
from parsers.payouts import Payouts, lines_of
from parsers.report import Report, head_names
from parsers.table import Offsets
from tieout.frames.settlement import empty_lines

_HEAD_BYTES = 8192


def looks_like(data: bytes) -> bool:
    """Tell whether the first line names the columns of one of the two reports."""
    names = head_names(data)
    return names.issuperset((MARK, *SUMMARY)) or names.issuperset(OLD)


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a settlement report, or of a transaction report of the older kind."""
    if MARK not in head_names(source.raw[:_HEAD_BYTES]):
        return (yield from parse_older(source, findings))
    blocks = read_blocks(source.data, findings)
    found = None if blocks is None else _tables(blocks, findings)
    if blocks is None or found is None:
        return Draft(empty_lines(), records=0)
    summary, details = found
    records = int(summary.rows.sum() + details.rows.sum())
    transfers, payouts = Transfers(summary.cells(blocks), findings), Payouts()
    last = 0
    for part in blocks.parts(source.batch_bytes):
        rows = transfers.lines(details.cells(blocks, part), part)
        if rows is not None and rows.height:
            last = int(rows["record_no"][-1])
            yield _lines(rows, payouts, source)
    transfers.in_order()
    if findings.refused:
        return Draft(empty_lines(), records)
    totals, left = transfers.prove(), transfers.left_over(last + 1)
    if left is not None:
        yield _lines(left, payouts, source)
    statements, paid = payouts.prove(findings)
    return Draft(empty_lines(), records, statements, (*totals, *paid))


def _lines(rows: pl.DataFrame, payouts: Payouts, source: Source) -> pl.DataFrame:
    report = Report(rows, Findings())
    payouts.add(report)
    return lines_of(report, source)


@dataclass(frozen=True)
class _Rows:
    """The rows of one of both tables: their mask over all records, and their columns."""

    rows: Mask
    columns: Sequence[str]
    transfer: Offsets

    def cells(self, blocks: Blocks, part: slice | None = None) -> pl.DataFrame:
        """Return them, or those in a run of records, as text with the column `transfer`."""
        mask = self.rows
        if part is not None:
            mask = np.zeros_like(self.rows)
            mask[part] = self.rows[part]
        cells = blocks.table(mask, self.columns, MARK)
        return cells.with_columns(pl.Series("transfer", self.transfer[mask], dtype=pl.Int64))


def _tables(blocks: Blocks, findings: Findings) -> tuple[_Rows, _Rows] | None:
    """Return the HEADER rows and the detail rows, each with the number of its header.

    A file may hold several transfers, each with both tables; a row of names counts for the rows
    below it, and all rows of names of one table are alike.
    """
    names = np.flatnonzero(blocks.begin_with(MARK))
    is_head = blocks.begin_with(HEADER)
    places = np.arange(len(blocks))
    transfer = np.searchsorted(np.flatnonzero(is_head), places, side="right") - 1
    is_summary = _below_summary(blocks, names, findings)
    if is_summary is None:
        return None
    is_row = ~np.isin(places, names)
    wrong = is_row & ((is_head != is_summary) | (transfer < 0) | (places < names[0]))
    if wrong.any():
        _refuse_stray(blocks, int(np.argmax(wrong)), findings)
    if not is_head.any():
        _refuse_headless(findings)
    if findings.refused:
        return None
    tables: list[_Rows] = []
    for summary in (True, False):
        head = names[is_summary[names] == summary]
        if summary and not len(head):
            return None
        columns = names_in(blocks.line(int(head[0]))) if len(head) else (MARK, *DETAIL)
        mask = is_row & (is_summary == summary)
        if not blocks.check_widths(mask, columns, MARK):
            return None
        tables.append(_Rows(mask, columns, transfer))
    return tables[0], tables[1]


def _below_summary(blocks: Blocks, names: Offsets, findings: Findings) -> Mask | None:
    """Return which records stand in a table of totals; the rows of names count as their own table.

    None (and a refusal) where there are no names, or names of a third kind.
    """
    if not len(names):
        _refuse_headless(findings)
        return None
    texts = [blocks.bytes_at(index) for index in names.tolist()]
    known: dict[bytes, bool] = {}
    for index, text in zip(names.tolist(), texts, strict=True):
        if text not in known and len(known) < 2:
            line = blocks.line(index)
            known[text] = SUMMARY[0] in names_in(line)
            if not check_names(line, SUMMARY if known[text] else DETAIL, findings):
                return None
        if text not in known or len(set(known.values())) < len(known):
            _refuse_stray(blocks, index, findings)
            return None
    kinds = np.array([known[text] for text in texts])
    above = np.searchsorted(names, np.arange(len(blocks)), side="right") - 1
    found: Mask = kinds[np.maximum(above, 0)]
    return found


def _refuse_stray(blocks: Blocks, index: int, findings: Findings) -> None:
    line = blocks.line(index)
    findings.refuse(
        "record_misplaced",
        line=line.line,
        byte_offset=line.byte_start,
        record=line.fields[0],
        found="a row in the wrong table, or names of a third kind",
        expected="HEADER rows below the names of totals, all others below those of details",
        hint="Rows were moved or lost: fetch the file again.",
    )


def _refuse_headless(findings: Findings) -> None:
    findings.refuse(
        "header_missing",
        byte_offset=0,
        found="no HEADER row",
        expected="a row with the totals of the transfer",
        hint="The file was cut off: fetch it again.",
    )
