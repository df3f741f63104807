"""BAI2 to lines and statements: details a column at a time, their frame record by record."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import polars as pl

from parsers.bai2 import layout
from parsers.bai2.blocks import line_end_of, read_blocks
from parsers.bai2.complaints import Complaints
from parsers.bai2.details import Details, OddDetail, read_odd, read_texts
from parsers.bai2.groups import Account, Record, Walker, make_record, read_day
from parsers.bai2.loops import ACCOUNT, NO_CODE, UNKNOWN
from parsers.bai2.physical import FILE_TRAILER, Records, Room, read_block
from parsers.bai2.report import check_groups, report_statements
from parsers.contract import Batches, Data, Source
from parsers.encodings import encoding_of
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from parsers.views import Mask, Offsets, dates, sums_between
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_BLOCK_BYTES = 2 << 20
"""A batch that one core keeps near; of a larger file only so much is in memory."""

_EPOCH = date(1970, 1, 1).toordinal()


def _types_in(*ranges: tuple[int, int]) -> Mask:
    """Return for each type code whether it lies in one of the ranges."""
    found = np.zeros(1000, bool)
    for low, high in ranges:
        found[low : high + 1] = True
    return found


_IS_CREDIT, _IS_DEBIT = _types_in(*layout.CREDITS), _types_in(*layout.DEBITS)
_IS_FEE = _types_in(*((int(one), int(one)) for one in layout.FEE_CODES))
_KINDS = pl.Series("kind", ["payout", "fee"])
_IS_REVERSAL = _types_in(*((int(one), int(one)) for one in layout.REVERSAL_CODES))


_FIRST_BYTES = 200
_FIRST = re.compile(rb"01,([^,/\s]+),([^,/\s]+),([0-9]{6}),[0-9]*,([0-9A-Za-z]+)[,/]")


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a BAI2 file."""
    reader = _Reader(source, findings)
    encoding = encoding_of(source.raw)
    line_end = line_end_of(source.raw)
    waiting: Callable[[], pl.DataFrame] | None = None
    room = Room()
    for start, block in read_blocks(source.raw, min(source.batch_bytes, _BLOCK_BYTES), line_end):
        if waiting is not None:
            yield waiting()
            waiting = None  # the next block takes the place of what this one needed
        lines = block if line_end == b"\n" else block.replace(line_end, b"\n")
        reader.complaints.start = start
        waiting = reader.read(*read_block(lines, encoding, room))
    draft = reader.finish()
    # Most files are one block: what the end of the file refuses need not become lines first.
    if waiting is not None and not findings.refused:
        yield waiting()
    return draft


def _file_id(raw: Data) -> str | None:
    """Return sender, receiver, date and number of the transmission; a sender uses none twice."""
    header = _FIRST.match(raw[:_FIRST_BYTES])
    # Whatever the encoding is: equal bytes are an equal name.
    return None if header is None else b" ".join(header.groups()).decode("latin-1")


class _Reader:
    """Reads blocks in their order; counts what runs through the file."""

    def __init__(self, source: Source, findings: Findings) -> None:
        self.source, self.findings = source, findings
        self.complaints = Complaints(findings)
        self.walker = Walker(findings)
        self.first_code: int | None = None
        self.records = self.ordinal = 0

    def finish(self) -> Draft:
        """Return what the whole file says about itself."""
        self.walker.finish()
        if self.first_code != 1:
            self.findings.refuse(
                "header_missing",
                byte_offset=0,
                found="no file header at the start",
                expected="record 01",
                hint="Is this a BAI2 file, and complete from its first byte?",
            )
        check_groups(self.walker.accounts, self.findings)
        self.complaints.warn_directions()
        statements, footings = report_statements(self.walker.accounts, self.findings)
        totals = (*self.walker.totals, *footings)
        return Draft(empty_lines(), self.records, statements, totals, _file_id(self.source.raw))

    def read(self, records: Records, details: Details) -> Callable[[], pl.DataFrame] | None:
        """Count one block; return what makes its lines, None where there are none to make."""
        lines = self._count(records, details)
        self.complaints.lines += records.line_ends
        return lines

    def _count(self, records: Records, details: Details) -> Callable[[], pl.DataFrame] | None:
        self.complaints.check_codes(records)
        if self.first_code is None and len(records.firsts):
            self.first_code = int(records.kinds[records.firsts[0]])
        odd = self._read_odd(records, details) if len(details.odd) else {}
        accounts = self.walker.accounts
        known = len(accounts)
        numbers = details.accounts + (known - 1)
        is_inside = (details.inside == 1) & (numbers >= 0)
        if self.walker.has_open_account:
            is_inside |= details.inside == UNKNOWN
        expected = "a record 03 before it"
        outside = records.firsts[details.rows[~is_inside]]
        self.complaints.refuse_details("detail_outside_account", records, outside, expected)
        low = max(known - 1, 0)
        opened = np.count_nonzero(records.kinds == ACCOUNT)
        bounds = numbers.searchsorted(np.arange(low, known + opened + 1))
        sums = sums_between(details.minor, bounds[:-1], bounds[1:])
        self.walker.walk(self._frame_records(records), dict(enumerate(sums, low)))
        first, self.records = self.records, self.records + len(details.rows)
        self.ordinal += int(np.count_nonzero(records.kinds != NO_CODE))
        mine = accounts[low:]
        if not len(numbers) or not is_inside.all():
            return None
        booked = self._book(records, details, mine, numbers - low, bounds)
        if self.findings.refused:
            return None
        start = self.complaints.start
        places = [
            pl.Series("record_no", np.arange(first + 1, first + 1 + len(numbers))),
            pl.Series("statement_no", numbers),
        ]

        def lines() -> pl.DataFrame:
            columns = _columns(records, details, odd, mine, numbers - low, start)
            frame = pl.DataFrame([*columns, *booked, *places])
            return build_lines(frame, sha256=self.source.sha256, feed=self.source.feed)

        return lines

    def _read_odd(self, records: Records, details: Details) -> dict[int, OddDetail]:
        """Read the odd details one by one into their rows; refuse what has not their shape."""
        odd: dict[int, OddDetail] = {}
        unreadable = []
        for row in details.odd.tolist():
            first = details.rows[row]
            found = read_odd(records.whole(int(records.firsts[first]), int(records.lasts[first])))
            if found is None:
                unreadable.append(int(records.firsts[first]))
                continue
            odd[row] = found
            details.types[row], details.minor[row] = found.type_no, found.minor
            details.has_amount[row], details.funds[row] = found.has_amount, found.funds
            day = read_day(found.value_day)
            details.days[row] = day.toordinal() - _EPOCH if day else 0
            details.has_day[row] = day is not None
        where = np.array(unreadable, np.int64)
        expected = "16,type,amount,funds,..."
        self.complaints.refuse_details("detail_unreadable", records, where, expected)
        return odd

    def _frame_records(self, records: Records) -> Iterator[Record]:
        """Yield the records around the details, in their order."""
        firsts = records.firsts[records.frames]
        ordinals = np.cumsum(records.kinds != NO_CODE)[firsts] + (self.ordinal - 1)
        columns = (records.kinds, records.starts, records.ends, records.lines, records.raw_starts)
        rows = zip(
            firsts.tolist(),
            records.lasts[records.frames].tolist(),
            ordinals.tolist(),
            *(one[firsts].tolist() for one in columns),
            strict=True,
        )
        line, offset = self.complaints.lines + 1, self.complaints.start
        for first, last, ordinal, kind, start, end, at, raw in rows:
            if kind == FILE_TRAILER:
                self.complaints.check_end(records, last)
            if first == last:
                text = records.codes[start:end].tobytes().decode()
            else:
                text = records.whole(first, last)
            yield make_record(f"{kind:02d}", text, line + at, offset + raw, ordinal)

    def _book(
        self,
        records: Records,
        details: Details,
        accounts: list[Account],
        numbers: Offsets,
        bounds: Offsets,
    ) -> list[pl.Series]:
        """Return signed amounts and whether each is booked; add them to their accounts."""
        is_debit = _IS_DEBIT[details.types]
        minor = np.where(is_debit, -details.minor, details.minor)
        has_direction = is_debit | _IS_CREDIT[details.types]
        strange = np.flatnonzero(~has_direction & (minor != 0))
        first = records.firsts[details.rows[strange]]
        self.complaints.note_directions(records, first, details.types[strange])
        deleted = np.array([one.group.status == layout.STATUS_DELETION for one in accounts])
        is_booked = has_direction & details.has_amount & ~deleted[numbers]
        nets = sums_between(np.where(is_booked, minor, 0), bounds[:-1], bounds[1:])
        for account, net, entries in zip(accounts, nets, np.diff(bounds).tolist(), strict=True):
            account.net += net
            account.entries += entries
        return [pl.Series("amount_minor", minor), pl.Series("is_booked", is_booked)]


def _columns(
    records: Records,
    details: Details,
    odd: dict[int, OddDetail],
    accounts: list[Account],
    numbers: Offsets,
    start: int,
) -> list[pl.Series]:
    """Return the other columns of a block: places, dates, references and texts."""
    first = records.firsts[details.rows]
    last = records.lasts[details.rows]
    starts = records.raw_starts[first]
    as_of = np.array([one.group.as_of.toordinal() - _EPOCH for one in accounts if one.group.as_of])
    days = as_of[numbers]
    # A value date before the as-of date means the as-of date (standard, appendix C).
    value_days = np.where(details.has_day, np.maximum(details.days, days), days)
    has_value = (details.funds == ord("V")) | (details.funds == ord("0"))
    exponent = np.array([exponents()[one.currency] for one in accounts], np.int8)
    business = dates("business_date", days)
    return [
        pl.Series("byte_start", starts + start),
        pl.Series("byte_length", records.raw_ends[last] - starts),
        _KINDS[_IS_FEE[details.types].astype(np.uint32)],
        pl.Series("is_reversal", _IS_REVERSAL[details.types]),
        _of(accounts, "account", "number", numbers),
        _of(accounts, "currency", "currency", numbers),
        pl.Series("exponent", exponent[numbers]),
        business,
        business.alias("booking_date"),
        dates("value_date", value_days, has_value),
        *read_texts(records.codes, details, odd),
    ]


def _of(accounts: list[Account], name: str, attribute: str, numbers: Offsets) -> pl.Series:
    """Return what each line has from its account."""
    values = [getattr(one, attribute) or None for one in accounts]
    return pl.Series(name, values, dtype=pl.String)[numbers.astype(np.uint32)]
