"""A camt document to lines and statements, a block of entries at a time."""

import polars as pl

from parsers.camt.columns import Owners
from parsers.camt.details import read_lines
from parsers.camt.document import open_document
from parsers.camt.entries import read_entries, sums, tell
from parsers.camt.findings import Teller
from parsers.camt.layout import ENTRIES
from parsers.camt.spans import blocks, join
from parsers.camt.statements import Frame, FrameReader
from parsers.camt.tape import read_tape
from parsers.camt.totals import Book
from parsers.contract import Batches, Source
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from tieout.frames.settlement import LINE_SCHEMA, empty_lines


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a camt.052, .053 or .054 file."""
    document = open_document(source.raw, findings)
    teller = Teller(document, findings)
    frame = FrameReader(document, teller).read()
    book = Book(frame.statements)
    lines = 0
    # The arrays of a block take several times its size: half a batch at a time.
    for part in blocks(frame.entries, source.batch_bytes // 2):
        tape = read_tape(join(document, frame.entries, part), ENTRIES)
        entries = Owners(tape, "entry")
        rows = read_entries(entries, _places(teller, frame, part), frame.statements)
        tell(rows, teller)
        book.add(sums(rows))
        if findings.refused:
            continue
        found = read_lines(rows, entries, Owners(tape, "detail"), teller)
        found = found.with_columns(
            pl.int_range(lines + 1, lines + found.height + 1, dtype=pl.Int64).alias("record_no")
        )
        lines += found.height
        known = [name for name in found.columns if name in LINE_SCHEMA]
        yield build_lines(found.select(known), sha256=source.sha256, feed=source.feed)
    if not frame.statements.height:
        _warn_empty(findings)
    statements, totals = book.close(teller)
    return Draft(empty_lines(), len(frame.entries), statements, totals)


def _places(teller: Teller, frame: Frame, part: slice) -> pl.DataFrame:
    """Return columns statement_no, place, byte_start and byte_length of some entries."""
    starts, ends = frame.entries.starts[part], frame.entries.ends[part]
    received = teller.document.received
    first = received(starts)
    return pl.DataFrame(
        {
            "statement_no": frame.owners[part],
            "place": starts,
            "byte_start": first,
            "byte_length": received(ends) - first,
        }
    )


def _warn_empty(findings: Findings) -> None:
    findings.warn(
        "statement_missing",
        byte_offset=0,
        found="a message without any statement",
        expected="at least one Stmt, Rpt or Ntfctn",
        hint="Nothing to reconcile in this file; ask the bank if you expected some.",
    )
