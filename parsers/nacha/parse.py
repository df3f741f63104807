"""NACHA records to lines, a block at a time: entries with their batch and their addenda."""

from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl

from parsers.contract import Batches, Data, Source
from parsers.encodings import encoding_of, is_ascii
from parsers.lines import build_lines
from parsers.nacha import layout
from parsers.nacha.batches import Batch, Sums, read_batch, read_day
from parsers.nacha.controls import Control, Controls
from parsers.nacha.entries import Entries, column_at, read_entries, refuse_entry
from parsers.nacha.notices import find_parties, read_notices, warn_reasons
from parsers.nacha.physical import Records, is_endless, read_blocks, read_records
from parsers.nacha.place import Place
from parsers.outcome import Draft, Findings, Statement
from parsers.views import Lookup, Mask, Offsets, dates, sums_between
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines

_HEADER, _BATCH, _CONTROL, _TRAILER = b"1589"
_EPOCH = date(1970, 1, 1).toordinal()
_NO_DAY = -(1 << 20)
_ADJUSTMENT, _REVERSAL, _PAYOUT, _SALE = range(4)
_KINDS = Lookup.of(["adjustment", "reversal", "payout", "sale"])
_USD = Lookup.of(["USD"])


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a NACHA file.

    Option `perspective`: "receiver" (default) when the file was sent to us, "sender" when we sent
    it.

    Raises:
        UsageError: the option is something else.
    """
    perspective = source.options.get("perspective", "receiver")
    if perspective not in ("receiver", "sender"):
        raise UsageError(
            f"Option perspective = {perspective!r} is unknown.", hint='"receiver" or "sender".'
        )
    reader = _Reader(source, findings)
    reader.is_sender = perspective == "sender"
    encoding = encoding_of(source.raw)
    endless = is_endless(source.raw)
    # Characters of several bytes have no place in a file without line ends that is cut by bytes.
    is_whole = endless and not is_ascii(source.raw)
    size = len(source.raw) if is_whole else source.batch_bytes
    waiting: Callable[[], pl.DataFrame] | None = None
    for start, block in read_blocks(source.raw, size, endless=endless):
        if waiting is not None:
            yield waiting()
        reader.place.start = start
        records = read_records(block, encoding, reader.place, endless=endless)
        if reader.place.is_misshapen:
            return Draft(empty_lines(), reader.records)
        waiting = reader.read(records)
        reader.place.lines += records.line_ends
    draft = reader.finish()
    # Most files are one block: what the end of the file refuses need not become lines first.
    if waiting is not None and not findings.refused:
        yield waiting()
    return draft


def _file_id(raw: Data) -> str | None:
    """Return sender, date, time and modifier of the file, which together name it."""
    head = raw[: layout.RECORD_CHARACTERS]
    if head[:1] != b"1" or not head.isascii():
        return None
    fields = (layout.FILE_HEADER[one] for one in ("origin", "date", "time", "modifier"))
    return " ".join(head[first - 1 : last].decode().strip() for first, last in fields)


class _Reader:
    """Reads blocks in their order; counts what runs through the file."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self.source, self.findings = source, findings
        self.place = Place(findings)
        self.controls = Controls(findings)
        self.batches: list[Batch] = []
        self.outside = Batch()
        self.sums = Sums()
        self.is_open = self.was_opened = self.is_undated = self.is_sender = False
        self.file_day: date | None = None
        self.records = self.width = 0
        self.loose: tuple[int, int, int, str] | None = None

    def finish(self) -> Draft:
        """Return what the whole file says about itself."""
        is_advice = any(one.is_advice for one in self.batches)
        is_framed = self.controls.finish(self.sums, len(self.batches), is_advice=is_advice)
        if is_framed and self.loose:
            line, offset, number, text = self.loose
            self.place.start = self.place.lines = 0
            expected = "a batch header before it"
            self.place.refuse_entry("entry_outside_batch", line, offset, number, text, expected)
        statements = tuple(_statement(one) for one in self.batches)
        totals = tuple(self.controls.totals)
        return Draft(empty_lines(), self.records, statements, totals, _file_id(self.source.raw))

    def read(self, records: Records) -> Callable[[], pl.DataFrame] | None:
        """Count one block; return what makes its lines, None where there are none to make."""
        kinds = records.kinds
        self._count(records)
        if not len(kinds):
            return None
        headers = np.flatnonzero(kinds == _BATCH)
        current = self.batches[-1] if self.batches else self.outside
        mine = [current, *(read_batch(records, row, self.file_day) for row in headers.tolist())]
        self.batches += mine[1:]
        numbers = np.cumsum(kinds == _BATCH)
        advice = np.array([one.is_advice for one in mine])[numbers]
        entries = read_entries(records, advice, self.place, self.records)
        warn_reasons(records, entries, self.place, self.records)
        credit = entries.is_credit != self.is_sender
        signed = np.where(credit, entries.cents, -entries.cents)
        self._add_up(records, entries, mine, numbers, signed)
        first, self.records = self.records, self.records + len(entries.rows)
        self._check_order(records, entries, first)
        self._check_dates(records, entries, mine, numbers, first)
        if not len(entries.rows) or self.findings.refused:
            return None
        own = np.maximum(numbers[entries.rows] + len(self.batches) - len(mine), 0)
        places = [
            pl.Series("record_no", np.arange(first + 1, first + 1 + len(own))),
            pl.Series("statement_no", own),
        ]
        start = self.place.start

        def lines() -> pl.DataFrame:
            columns = _columns(records, entries, mine, numbers, signed)
            columns[0] += start
            frame = pl.DataFrame([*columns, *places])
            return build_lines(frame, sha256=self.source.sha256, feed=self.source.feed)

        return lines

    def _count(self, records: Records) -> None:
        """Count record types; remember file headers and controls."""
        kinds, controls = records.kinds, self.controls
        for kind in controls.kinds:
            controls.kinds[kind] += int(np.count_nonzero(kinds == ord(kind)))
        if len(kinds):
            controls.first = controls.first or chr(kinds[0])
            controls.last = chr(kinds[-1])
        controls.records += len(kinds)
        controls.fillings += len(records.fillings)
        lengths = [*records.raw_lengths[-1:].tolist(), *records.fillings[-1:].tolist()]
        if lengths:
            self.width = self.width or int(records.raw_lengths[0]) if len(kinds) else self.width
            controls.is_cut = lengths[-1] < self.width
        for row in np.flatnonzero(kinds == _HEADER).tolist():
            header = self._control(records, row)
            controls.check_header(header)
            day = header.field(layout.FILE_HEADER["date"])
            self.file_day = self.file_day or read_day(day)
        for row in np.flatnonzero(kinds == _TRAILER).tolist():
            controls.file_controls.append(self._control(records, row))

    def _control(self, records: Records, row: int) -> Control:
        return Control(
            records.record(row),
            self.place.lines + int(records.lines[row]) + 1,
            self.place.start + int(records.raw_starts[row]),
        )

    def _add_up(
        self,
        records: Records,
        entries: Entries,
        mine: list[Batch],
        numbers: Offsets,
        signed: Offsets,
    ) -> None:
        """Add the block to its batches, then compare each batch control with its batch."""
        groups = np.arange(len(mine) + 1)
        bounds = np.searchsorted(numbers[entries.rows], groups)
        others = np.searchsorted(numbers[entries.addenda], groups)
        figures = (
            entries.bank_no,
            np.where(entries.is_credit, 0, entries.cents),
            np.where(entries.is_credit, entries.cents, 0),
            signed,
        )
        columns = [sums_between(one, bounds[:-1], bounds[1:]) for one in figures]
        sizes = np.diff(bounds).tolist()
        for batch, size, more, hashed, debit, credit, net in zip(
            mine, sizes, np.diff(others).tolist(), *columns, strict=True
        ):
            sums = Sums(size + more, hashed, debit, credit)
            batch.sums.add(sums)
            self.sums.add(sums)
            batch.net += net
            batch.entries += size
        for row in np.flatnonzero(records.kinds == _CONTROL).tolist():
            self.controls.check_batch(self._control(records, row), mine[int(numbers[row])])

    def _check_order(self, records: Records, entries: Entries, first: int) -> None:
        """Refuse entries behind their batch's control; remember one before any batch."""
        kinds = records.kinds
        edges = (kinds == _BATCH) | (kinds == _CONTROL)
        last = np.maximum.accumulate(np.where(edges, np.arange(len(kinds)), -1))
        is_open = np.where(last < 0, self.is_open, kinds[last] == _BATCH)
        closed = np.flatnonzero(~is_open[entries.rows])
        for row in closed[: self.place.left("entry_outside_batch")].tolist():
            at = int(entries.rows[row])
            is_behind = bool(last[at] >= 0) or self.was_opened
            if is_behind:
                expected = "a batch header before it"
                number = first + row + 1
                refuse_entry("entry_outside_batch", records, at, number, self.place, expected)
            elif self.loose is None:
                control = self._control(records, at)
                self.loose = (control.line - 1, control.offset, first + row + 1, control.text)
        if len(kinds):
            self.is_open = bool(is_open[-1])
            self.was_opened = self.was_opened or bool(edges.any())

    def _check_dates(
        self, records: Records, entries: Entries, mine: list[Batch], numbers: Offsets, first: int
    ) -> None:
        """Refuse the first entry whose batch, and whose file, has no date."""
        undated = np.array([one.business is None for one in mine])[numbers[entries.rows]]
        for row in np.flatnonzero(undated)[:1].tolist():
            expected = "a file date or an effective date YYMMDD"
            at = int(entries.rows[row])
            if not self.is_undated:
                self.is_undated = True
                refuse_entry("date_unreadable", records, at, first + row + 1, self.place, expected)


def _statement(batch: Batch) -> Statement:
    return Statement(
        account=batch.company or None,
        reference=(batch.number or "").strip() or None,
        currency="USD",
        opening_minor=None,
        closing_minor=None,
        net_minor=batch.net,
        entries=batch.entries,
        consistent=not batch.is_wrong,
    )


def _columns(
    records: Records,
    entries: Entries,
    mine: list[Batch],
    numbers: Offsets,
    signed: Offsets,
) -> list[pl.Series]:
    """Return the columns of a block that its entries give."""
    rows, own = entries.rows, numbers[entries.rows]
    is_return = entries.notice_types == int(layout.RETURN)
    is_reversal = is_return | np.array([one.is_reversal for one in mine])[own]
    is_booked = entries.cents != 0
    business = np.array([_number(one.business) for one in mine])[own]
    value = np.array([_number(one.value) for one in mine])[own]
    kind = np.where(is_reversal, _REVERSAL, np.where(entries.is_credit, _PAYOUT, _SALE))
    kind[~is_booked] = _ADJUSTMENT
    starts = records.raw_starts[rows]
    day = dates("business_date", business)
    return [
        pl.Series("byte_start", starts),
        pl.Series("byte_length", entries.ends - starts),
        pl.Series("is_booked", is_booked),
        pl.Series("is_reversal", is_reversal),
        pl.Series("amount_minor", signed),
        _KINDS.take(kind).alias("kind"),
        _USD.take(np.zeros(len(rows), np.int64)).alias("currency"),
        pl.Series("exponent", np.full(len(rows), 2, np.int8)),
        _of(mine, "company").take(own).alias("account"),
        _of(mine, "number").take(own).alias("batch_ref"),
        day,
        day.alias("booking_date"),
        dates("value_date", value, value != _NO_DAY),
        *_texts(records, entries, mine, numbers),
    ]


def _texts(
    records: Records, entries: Entries, mine: list[Batch], numbers: Offsets
) -> list[pl.Series]:
    """Return references and narrative: from the entry, or from what its addenda say instead."""
    rows, own = entries.rows, numbers[entries.rows]
    international = np.array([one.is_international for one in mine])
    abroad = international[own]
    advice = np.array([one.is_advice for one in mine])[own]
    traced = np.where(advice, -1, rows)
    trace = column_at(records, traced, *layout.ENTRY["trace"])
    payer = _of(mine, "company_name").take(own)
    notices = read_notices(records, entries, international[numbers])
    scheme, parts = trace, [payer, column_at(records, rows, *layout.ENTRY["name"])]
    merchant = column_at(records, np.where(abroad, -1, rows), *layout.ENTRY["identification"])
    if abroad.any():
        receiver, originator = find_parties(entries, international[numbers])
        named = np.where(abroad, receiver, rows)
        name, identification = layout.ENTRY["name"], layout.ENTRY["identification"]
        first, last = _either(abroad, layout.IAT_RECEIVER_NAME, name)
        parts[1] = column_at(records, named, first, last)
        first, last = _either(abroad, layout.IAT_FOREIGN_TRACE, identification)
        merchant = column_at(records, named, first, last)
        origin = column_at(records, originator, *layout.IAT_ORIGINATOR_NAME)
        parts[0] = payer.zip_with(payer.is_not_null(), origin)
    if notices is not None:
        first, last = _either(
            notices.is_there, layout.ADDENDA["original_trace"], layout.ENTRY["trace"]
        )
        told = np.where(notices.is_there, entries.notices, traced)
        scheme = column_at(records, told, first, last)
        parts += [notices.reason, notices.info]
    narrative = pl.concat_str(parts, separator=" ", ignore_nulls=True)
    text = narrative.str.replace_all(r"\s+", " ")
    return [
        scheme.alias("scheme_ref"),
        trace.alias("psp_ref"),
        merchant.alias("merchant_ref"),
        pl.select(pl.when(text != "").then(text).alias("narrative")).to_series(),
    ]


def _either(mask: Mask, yes: tuple[int, int], no: tuple[int, int]) -> tuple[Offsets, Offsets]:
    """Return first and last position of a field that is one of two."""
    return np.where(mask, yes[0], no[0]), np.where(mask, yes[1], no[1])


def _of(batches: list[Batch], name: str) -> Lookup:
    return Lookup.of([(getattr(one, name) or "").strip() or None for one in batches])


def _number(day: date | None) -> int:
    return day.toordinal() - _EPOCH if day else _NO_DAY
