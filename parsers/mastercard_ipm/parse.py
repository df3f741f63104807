"""An IPM clearing file to lines, a chunk after the other, and what it says about itself."""

from dataclasses import replace

import numpy as np

from parsers.book import Book
from parsers.contract import Batches, Source
from parsers.mastercard_ipm.container import Chunk, find_encoding, read_chunks
from parsers.mastercard_ipm.controls import Controls
from parsers.mastercard_ipm.elements import Records
from parsers.mastercard_ipm.faults import refuse_faults
from parsers.mastercard_ipm.lines import LineBuilder, Options
from parsers.mastercard_ipm.text import TEXT_WIDTH_MAX, Text
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from tieout.frames.settlement import empty_lines

# Positions where cp037 and cp500 differ: in cp037 these are ! [ ] ^, in cp500 mostly rare signs.
_MORE_LIKELY_CP037 = (0x5A, 0xBA, 0xBB, 0xB0)
_MORE_LIKELY_CP500 = (0x4F, 0x4A, 0x5F)
_NAME_ELEMENT = 43
_NAMES_ASKED = 2000


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of an IPM clearing file, in frames of one chunk each.

    Raises:
        Refused: the container is broken.
        UsageError: an option has an unknown value.
    """
    options = Options(**source.options)  # type: ignore[arg-type]
    encoding = "latin-1" if options.encoding == "ascii" else options.encoding
    controls = Controls(findings, allow_test=options.allow_test)
    builder = LineBuilder(source, options, controls, findings)
    book = Book()
    count = 0
    for chunk in read_chunks(source.raw, findings, source.batch_bytes):
        encoding = encoding or _variant(chunk, find_encoding(source.raw))
        records = Records(chunk, Text(chunk.buffer, encoding))
        count += records.count
        refuse_faults(records, findings)
        if records.is_faulty:
            return Draft(empty_lines(), count)
        file_of = controls.take(records)
        lines = builder.build(records, file_of)
        if lines is not None:
            book.add(lines)
            yield lines
    totals = controls.end()
    statements = tuple(_statement(controls, *one) for one in book.items())
    names = [
        f"{one.file_id} reversed" if one.is_reversed else one.file_id
        for one in controls.files
        if one.file_id
    ]
    return Draft(empty_lines(), count, statements, totals, " ".join(names) or None)


def _variant(chunk: Chunk, detected: str | None) -> str:
    """Return latin-1, cp037 or cp500; the latter two differ in punctuation, so only in names."""
    if detected != "cp500":
        return "latin-1"
    first = replace(chunk, starts=chunk.starts[:_NAMES_ASKED], ends=chunk.ends[:_NAMES_ASKED])
    records = Records(first, Text(chunk.buffer, "cp500"))
    lengths = records.length(_NAME_ELEMENT)
    names = records.text.bytes_at(records.at(_NAME_ELEMENT), TEXT_WIDTH_MAX)
    inside = np.arange(names.shape[1]) < lengths[:, None]
    counts = np.bincount(names[inside], minlength=256)
    for_037, for_500 = counts[list(_MORE_LIKELY_CP037)], counts[list(_MORE_LIKELY_CP500)]
    return "cp037" if for_037.sum() > for_500.sum() else "cp500"


def _statement(controls: Controls, number: int, currency: str, net: int, entries: int) -> Statement:
    file = controls.files[number] if controls.files else None
    totals: tuple[ControlTotal, ...] = file.totals if file else ()
    return Statement(
        account=file.file_id[9:20] if file else None,
        reference=file.file_id if file else None,
        currency=currency,
        opening_minor=None,
        closing_minor=None,
        net_minor=net,
        entries=entries,
        consistent=all(one.agrees for one in totals) if file else None,
    )
