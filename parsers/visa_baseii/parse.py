"""BASE II files to lines, batch by batch: records, transactions, controls, lines."""

import numpy as np
import polars as pl

from parsers.book import Book
from parsers.contract import Batches, Source
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings, Statement
from parsers.visa_baseii import layout
from parsers.visa_baseii.container import find_shape
from parsers.visa_baseii.controls import Controls, Header, Money
from parsers.visa_baseii.money import LineMaker, Part, read_parts
from parsers.visa_baseii.options import read_options
from parsers.visa_baseii.records import read_batches
from parsers.visa_baseii.settlement import SettlementMaker
from parsers.visa_baseii.transactions import find_transactions
from tieout.frames.settlement import empty_lines


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a BASE II file (options: docs/formats/visa_baseii.md)."""
    options = read_options(source.options)
    shape = find_shape(source.raw)
    if shape is None:
        _refuse_shape(findings)
        return Draft(empty_lines(), records=0)
    controls = Controls(findings, options)
    maker = LineMaker(options, source.pan_key, findings)
    settlement = SettlementMaker(findings)
    book = Book()
    count, is_refused, is_whole = 0, False, True
    batches = read_batches(source.raw, shape, findings, batch_bytes=source.batch_bytes)
    for records, is_last in batches:
        file_no = len(controls.headers) - 1
        found = find_transactions(records, before=count, file_no=file_no, findings=findings)
        count += len(found.first)
        # A refusal since the last batch is one of the records themselves: no sums of what is left.
        is_whole = is_whole and findings.refused == is_refused
        if not is_whole:
            continue
        controls.read_headers(records)
        parts = read_parts(found, options, findings)
        controls.read_trailers(records, _money(parts))
        if is_last:
            controls.finish()
        frames = [] if findings.refused else maker.make(found, parts, controls.headers)
        frames += settlement.make(found, controls.headers)
        if frames and not findings.refused:
            frame = frames[0]
            if len(frames) > 1:
                frame = pl.concat(frames, how="diagonal_relaxed").sort("record_no")
            lines = build_lines(frame, sha256=source.sha256, feed=source.feed)
            book.add(lines)
            yield lines
        is_refused = findings.refused
    settlement.finish()
    agrees = all(one.agrees for one in controls.totals)
    statements = () if findings.refused else _statements(book, controls.headers, agrees=agrees)
    return Draft(empty_lines(), count, statements, tuple(controls.totals))


def _refuse_shape(findings: Findings) -> None:
    findings.refuse(
        "header_missing",
        byte_offset=0,
        found="no record 90 at the start",
        expected="a file header, in records of 168 or 170 bytes",
        hint="Is this a BASE II file, and complete from its first byte?",
    )


def _money(parts: list[Part]) -> Money:
    """Return rows and amounts of all monetary transactions in the order of the file."""
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return Money(nothing, nothing, nothing)
    rows = np.concatenate([one.rows for one in parts])
    sums = [np.concatenate([one.sides[side].minor for one in parts]) for side in layout.SIDES]
    if len(parts) > 1:
        order = np.argsort(rows, kind="stable")
        rows, sums = rows[order], [one[order] for one in sums]
    return Money(rows, *sums)


def _statements(book: Book, headers: list[Header], *, agrees: bool) -> tuple[Statement, ...]:
    """Return one statement per file and currency, in that order."""
    return tuple(
        Statement(
            account=headers[number].processing_bin if headers else None,
            reference=headers[number].file_id if headers else None,
            currency=currency,
            opening_minor=None,
            closing_minor=None,
            net_minor=net,
            entries=entries,
            consistent=agrees if headers else None,
        )
        for number, currency, net, entries in book.items()
    )
