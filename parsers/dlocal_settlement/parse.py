"""Which of the two reports a file is; the settlement report cut into transfers and their rows."""

import numpy as np
import polars as pl

from parsers.blocks import Blocks, check_names, names_in, read_blocks
from parsers.contract import Source
from parsers.dlocal_settlement.layout import DETAIL, HEADER, MARK, OLD, SUMMARY
from parsers.dlocal_settlement.older import parse_older
from parsers.dlocal_settlement.transfers import read_transfers
from parsers.outcome import Draft, Findings
from parsers.payouts import draft_of, prove_payouts
from parsers.report import Report, head_names
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

    A file may hold several transfers, each with both tables; the rows that name the columns count
    for the rows below them.
    """
    names = np.flatnonzero(blocks.begin_with(MARK))
    is_head = blocks.begin_with(HEADER)
    heads = np.flatnonzero(is_head)
    above = np.searchsorted(names, np.arange(len(blocks)), side="right") - 1
    transfer = np.searchsorted(heads, np.arange(len(blocks)), side="right") - 1
    is_name = np.isin(np.arange(len(blocks)), names)
    parts: dict[bool, list[pl.DataFrame]] = {True: [], False: []}
    for place, index in enumerate(names.tolist()):
        line = blocks.line(index)
        is_summary = SUMMARY[0] in names_in(line)
        if not check_names(line, SUMMARY if is_summary else DETAIL, findings):
            return None
        mask = (above == place) & ~is_name
        strays = np.flatnonzero(mask & (is_head != is_summary))
        if len(strays) or (transfer[mask] < 0).any():
            _refuse_stray(blocks, int(strays[0]) if len(strays) else int(np.argmax(mask)), findings)
            return None
        table = blocks.table(mask, names_in(line), HEADER if is_summary else "row")
        if findings.refused:
            return None
        numbers = pl.Series("transfer", transfer[mask], dtype=pl.Int64)
        parts[is_summary].append(table.with_columns(numbers))
    if not len(heads):
        _refuse_headless(findings)
        return None
    details = pl.concat(parts[False], how="diagonal") if parts[False] else None
    summary = pl.concat(parts[True], how="diagonal")
    return summary, details if details is not None else _no_details()


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
        found="a row in the wrong table",
        expected="HEADER rows below the names of totals, all others below the names of details",
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
