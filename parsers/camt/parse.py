"""A camt document to lines and statements, a block of entries at a time."""

import numpy as np
import polars as pl

from parsers.camt.columns import Owners
from parsers.camt.details import read_lines
from parsers.camt.entries import Places, read_entries, sums, tell
from parsers.camt.findings import Teller
from parsers.camt.opening import open_parts
from parsers.camt.options import read_options
from parsers.camt.positions import read_positions, sums_of
from parsers.camt.spans import blocks
from parsers.camt.statements import Frame, FrameReader
from parsers.camt.totals import Book
from parsers.contract import Batches, Source
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a camt.052, .053 or .054 file."""
    options = read_options(source.options)
    opened = open_parts(source.raw, findings)
    teller = Teller(opened.document, findings)
    frame = FrameReader(opened, teller).read(positions=options.positions)
    if len(frame.entries) < len(opened.spans):  # some are never read
        opened.prove()
    book = Book(frame.statements)
    lines = len(frame.movements)
    if frame.movements and not findings.refused:
        book.add(sums_of(frame.movements))
        found = read_positions(frame.movements, frame.statements, opened.document)
        yield build_lines(found, sha256=source.sha256, feed=source.feed)
    # The arrays of a block take several times its size: a part of a batch at a time.
    for part in blocks(frame.entries, source.batch_bytes // 4):
        tape = opened.tape(frame.entries, part)
        entries = read_entries(tape, _places(teller, frame, part), frame.statements, options.booked)
        tell(entries, teller)
        book.add(sums(entries))
        if findings.refused:
            continue
        found = read_lines(entries, Owners(tape, "detail"), frame.statements, teller)
        numbers = np.arange(lines + 1, lines + found.height + 1)
        lines += found.height
        found = found.with_columns(pl.Series("record_no", numbers))
        yield build_lines(found, sha256=source.sha256, feed=source.feed)
    if not frame.statements:
        _warn_empty(findings)
    statements, totals = book.close(teller)
    records = len(frame.movements) + len(frame.entries)
    return Draft(empty_lines(), records, statements, totals, frame.message_id)


def _places(teller: Teller, frame: Frame, part: slice) -> Places:
    starts, ends = frame.entries.starts[part], frame.entries.ends[part]
    received = teller.document.received
    first = received(starts)
    return Places(frame.owners[part], starts, first, received(ends) - first)


def _warn_empty(findings: Findings) -> None:
    findings.warn(
        "statement_missing",
        byte_offset=0,
        found="a message without any statement",
        expected="at least one Stmt, Rpt or Ntfctn",
        hint="Nothing to reconcile in this file; ask the bank if you expected some.",
    )
