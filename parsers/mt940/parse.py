"""MT940 and MT942 to lines and statements, a block of whole statements at a time."""

from datetime import date

import numpy as np
import polars as pl

from parsers.contract import Batches, Source
from parsers.encodings import encoding_of
from parsers.lines import build_lines
from parsers.mt940.blocks import find_open_message, read_blocks
from parsers.mt940.controls import Head, Statements
from parsers.mt940.entries import Entries, read_entries
from parsers.mt940.lines import Lines, read_lines
from parsers.mt940.narrative import (
    Spans,
    find_end_to_end_ids,
    odd_spans,
    read_narratives,
)
from parsers.mt940.odd import Complaints, Entry, read_entry
from parsers.mt940.statements import Booked, Place, Raw, book_entries, group_fields, tags_at
from parsers.outcome import Draft, Findings
from parsers.views import Lookup, dates, sums_between, texts
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_BLOCK_BYTES = 2 << 20
"""A batch that one core keeps near; of a larger file only so much is in memory."""

_KINDS = Lookup.of(["payout", "fee"])
_EPOCH = date(1970, 1, 1).toordinal()


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of an MT940 or MT942 file.

    Option `currency` is assumed where a file names none.

    Raises:
        UsageError: the option is no currency.
    """
    assumed = source.options.get("currency")
    if assumed is not None and assumed not in exponents():
        raise UsageError(f"Option currency = {assumed!r} is no currency.", hint="For example EUR.")
    encoding = encoding_of(source.raw)
    complaints = Complaints(findings)
    statements = _Reader(source, complaints, None if assumed is None else str(assumed))
    place = Place(0, 0)
    for start, block in read_blocks(source.raw, min(source.batch_bytes, _BLOCK_BYTES)):
        place.start = start
        lines = read_lines(block, encoding)
        frame = statements.read(lines, place)
        place.lines += len(lines.kinds) - 1
        if frame is not None:
            yield frame
    return statements.finish()


class _Reader:
    """Reads blocks in their order; counts what runs through the file."""

    def __init__(self, source: Source, complaints: Complaints, assumed: str | None) -> None:
        self.source = source
        self.complaints = complaints
        self.statements = Statements(complaints, assumed)
        self.records = 0

    def finish(self) -> Draft:
        """Return what the whole file says about itself."""
        statements = self.statements
        if not statements.found:
            self.complaints.findings.refuse(
                "statement_missing",
                byte_offset=0,
                found="no field of a statement",
                expected=":20:, :25:, :60F:, :61:, :62F:",
                hint="Is this an MT940 file, and complete?",
            )
        statements.check_chain()
        opened = find_open_message(self.source.raw)
        if opened is not None:
            self.complaints.findings.warn(
                "end_mark_missing",
                byte_offset=opened,
                found="a message {4: that does not end",
                expected="-} behind its last field",
                hint="The file may be cut off: fetch it again, or ask the bank.",
            )
        return Draft(empty_lines(), self.records, tuple(statements.found), tuple(statements.totals))

    def read(self, lines: Lines, place: Place) -> pl.DataFrame | None:
        """Return the lines of one block, None when it has none or the file is refused."""
        raws = group_fields(lines, place)
        if not raws:
            return None
        booked = book_entries(lines, raws)
        heads = [self.statements.head_of(raw) for raw in raws]
        digits = np.array([exponents().get(one.currency or "", 0) for one in heads], np.int64)
        entries = read_entries(lines, booked.rows, digits[booked.numbers])
        entries.minor[entries.odd] = 0
        first_statement, first_record = len(self.statements.found), self.records
        odd = self._prove(lines, raws, heads, booked, entries, place)
        self.records += len(booked.rows)
        if not len(booked.rows) or self.complaints.findings.refused:
            return None
        size = len(booked.rows)
        columns = [
            *_columns(lines, booked, entries, odd, place),
            *_about(raws, [one.currency for one in heads], booked),
            pl.Series("record_no", np.arange(first_record + 1, first_record + 1 + size)),
            pl.Series("statement_no", booked.numbers + first_statement),
        ]
        return build_lines(pl.DataFrame(columns), sha256=self.source.sha256, feed=self.source.feed)

    def _prove(
        self,
        lines: Lines,
        raws: list[Raw],
        heads: list[Head],
        booked: Booked,
        entries: Entries,
        place: Place,
    ) -> dict[int, Entry]:
        """Add the statements of a block, each with its odd entries; return those by row."""
        odd: dict[int, Entry] = {}
        amounts = entries.minor * entries.is_booked
        nets = sums_between(amounts, booked.bounds[:-1], booked.bounds[1:])
        rows = np.flatnonzero(entries.odd)
        bounds, edges = booked.bounds.tolist(), np.searchsorted(rows, booked.bounds).tolist()
        for number, (raw, head) in enumerate(zip(raws, heads, strict=True)):
            begin, end = bounds[number], bounds[number + 1]
            net = nets[number]
            self.statements.check_fields(raw, head, end - begin)
            for row in rows[edges[number] : edges[number + 1]].tolist() if head.currency else ():
                (tag,) = tags_at(lines, booked.rows[row : row + 1], place)
                found = read_entry(tag, head.currency or "", self.complaints)
                if found is not None:
                    odd[row] = found
                    entries.minor[row] = found.minor
                    net += found.minor if found.is_booked else 0
            self.statements.add(raw, head, entries.minor[begin:end], net)
        return odd


def _about(raws: list[Raw], currencies: list[str | None], booked: Booked) -> list[pl.Series]:
    """Return what each line has from its statement."""
    digits = np.array([exponents()[one] if one else 0 for one in currencies], np.int8)
    return [
        Lookup.of([one.account for one in raws]).take(booked.numbers).alias("account"),
        Lookup.of(currencies).take(booked.numbers).alias("currency"),
        pl.Series("exponent", digits[booked.numbers]),
    ]


def _columns(
    lines: Lines, booked: Booked, entries: Entries, odd: dict[int, Entry], place: Place
) -> list[pl.Series]:
    """Return the columns of a block that its entries give."""
    references = [
        texts(lines.text, *one).alias(name)
        for name, one in (("psp_ref", entries.bank), ("merchant_ref", entries.customer))
    ]
    if odd:
        rows = list(odd)
        for column, name in zip(references, ("bank", "customer"), strict=True):
            column.scatter(rows, [getattr(one, name) for one in odd.values()])
    for row, one in odd.items():
        entries.is_booked[row] = one.is_booked
        entries.value_days[row] = one.value_day.toordinal() - _EPOCH
        entries.is_booking[row] = one.booking is not None
        entries.booking_days[row] = one.booking.toordinal() - _EPOCH if one.booking else 0
        entries.is_reversal[row], entries.is_fee[row] = one.is_reversal, one.is_fee
    narrative = _narratives(lines, booked)
    starts = lines.raw_starts[booked.rows]
    business = np.where(entries.is_booking, entries.booking_days, entries.value_days)
    return [
        pl.Series("byte_start", starts + place.start),
        pl.Series("byte_length", lines.raw_ends[booked.lasts] - starts),
        _KINDS.take(entries.is_fee.astype(np.int64)).alias("kind"),
        pl.Series("is_booked", entries.is_booked),
        pl.Series("is_reversal", entries.is_reversal),
        pl.Series("amount_minor", entries.minor),
        find_end_to_end_ids(narrative).alias("scheme_ref"),
        *references,
        dates("business_date", business),
        dates("booking_date", entries.booking_days, entries.is_booking),
        dates("value_date", entries.value_days),
        narrative.alias("narrative"),
    ]


def _narratives(lines: Lines, booked: Booked) -> pl.Series:
    """Return the text of each entry: its fields :86:, else what follows the entry itself."""
    has_field = booked.narratives >= 0
    firsts = np.where(has_field, booked.narratives, booked.rows + 1)
    odd = booked.many > 1
    # Without a field of its own, the text starts at the line behind the entry, if that goes on.
    lasts = np.where(has_field | (lines.more[booked.rows] > 0), booked.lasts, firsts - 1)
    spans = Spans(firsts, lasts, odd)
    inside = np.flatnonzero(firsts <= lasts)
    spans.odd[inside] |= odd_spans(lines, firsts[inside], lasts[inside])
    return read_narratives(
        lines,
        spans,
        {row: _lines_of(lines, booked, row) for row in np.flatnonzero(odd).tolist()},
    )


def _lines_of(lines: Lines, booked: Booked, row: int) -> list[str]:
    """Return the lines of one narrative, for those that are no plain run of lines."""
    first = int(booked.narratives[row])
    if first < 0:
        return lines.values_after(int(booked.rows[row]))
    after = np.flatnonzero(lines.names[first : booked.lasts[row] + 1] == lines.names[first]) + first
    found = []
    for at in after.tolist():
        found += [lines.value(at), *lines.values_after(at)]
    return found
