"""Which of the two reports a file is; the settlement report cut into transfers and their rows."""

import numpy as np
import polars as pl

from parsers.blocks import Blocks, Mask, check_names, names_in, read_blocks
from parsers.contract import Source
from parsers.dlocal_settlement.layout import DETAIL, HEADER, MARK, OLD, SUMMARY
from parsers.dlocal_settlement.older import parse_older
from parsers.dlocal_settlement.transfers import read_transfers
from parsers.outcome import Draft, Findings
from parsers.payouts import draft_of, prove_payouts
from parsers.report import Report, head_names
from parsers.table import Offsets
from tieout.frames.settlement import empty_lines


def looks_like(data: bytes) -> bool:
    """Tell whether the first line names the columns of one of the two reports."""
    names = head_names(data)
    return names.issuperset((MARK, *SUMMARY)) or names.issuperset(OLD)


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a settlement report, or of a transaction report of the older kind."""
    if MARK not in head_names(source.data):
        return parse_older(source, findings)
    blocks = read_blocks(source.data, findings)
    found = None if blocks is None else _tables(blocks, findings)
    if found is None:
        return Draft(empty_lines(), records=0)
    summary, details = found
    records = summary.height + details.height
    rows, totals = read_transfers(summary, details, findings)
    if rows is None:
        return Draft(empty_lines(), records)
    report = Report(rows, findings)
    statements, payouts = prove_payouts(report, findings)
    return draft_of(
        report, source, records=records, statements=statements, totals=(*totals, *payouts)
    )


def _tables(blocks: Blocks, findings: Findings) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return the HEADER rows and the detail rows, each with `transfer`, the number of its header.

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
    tables: list[pl.DataFrame] = []
    for summary in (True, False):
        head = names[is_summary[names] == summary]
        mask = is_row & (is_summary == summary)
        if not len(head):
            return None if summary else (tables[0], _no_details())
        columns = names_in(blocks.line(int(head[0])))
        if not blocks.check_widths(mask, columns, MARK):
            return None
        cells = blocks.table(mask, columns, MARK)
        tables.append(cells.with_columns(pl.Series("transfer", transfer[mask], dtype=pl.Int64)))
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


def _no_details() -> pl.DataFrame:
    texts = dict.fromkeys((MARK, *DETAIL), pl.String())
    places = dict.fromkeys(("record_no", "line", "byte_start", "byte_length"), pl.Int64())
    return pl.DataFrame(schema={**texts, **places, "transfer": pl.Int64()})


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
