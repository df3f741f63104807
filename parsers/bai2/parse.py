"""BAI2 to lines and statements: details a column at a time, their frame record by record."""

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import polars as pl

from parsers.bai2 import layout
from parsers.bai2.blocks import line_end_of, read_blocks
from parsers.bai2.complaints import Complaints
from parsers.bai2.details import Details, OddDetail, read_details, read_odd, read_texts
from parsers.bai2.groups import Account, Record, Walker, make_record, read_day
from parsers.bai2.physical import ACCOUNT, FILE_TRAILER, NO_CODE, Records, read_records
from parsers.bai2.report import check_groups, report_statements
from parsers.contract import Batches, Source
from parsers.encodings import encoding_of
from parsers.lines import build_lines
from parsers.outcome import Draft, Findings
from parsers.views import Mask, Offsets, dates, sums_between, texts
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_END_TO_END = r"(?:^|\s)EREF: ?(\S+)"
_FRAME_CODES = [int(one) for one in layout.FRAME_CODES]
_EPOCH = date(1970, 1, 1).toordinal()


def _types_in(*ranges: tuple[int, int]) -> Mask:
    """Return for each type code whether it lies in one of the ranges."""
    found = np.zeros(1000, bool)
    for low, high in ranges:
        found[low : high + 1] = True
    return found


_IS_CREDIT, _IS_DEBIT = _types_in(*layout.CREDITS), _types_in(*layout.DEBITS)
_IS_FEE = _types_in(*((int(one), int(one)) for one in layout.FEE_CODES))
_IS_REVERSAL = _types_in(*((int(one), int(one)) for one in layout.REVERSAL_CODES))


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a BAI2 file.

    Option `controls = "warn"` reads files whose trailers contradict them, with a warning each.

    Raises:
        UsageError: the option is something else.
    """
    controls = source.options.get("controls", "refuse")
    if controls not in ("refuse", "warn"):
        raise UsageError(f"Option controls = {controls!r} is unknown.", hint='"refuse" or "warn".')
    reader = _Reader(source, findings, is_strict=controls == "refuse")
    encoding = encoding_of(source.raw)
    line_end = line_end_of(source.raw)
    waiting: Callable[[], pl.DataFrame] | None = None
    for start, block in read_blocks(source.raw, source.batch_bytes, line_end):
        if waiting is not None:
            yield waiting()
        lines = block if line_end == b"\n" else block.replace(line_end, b"\n")
        reader.complaints.start = start
        records = read_records(lines, encoding)
        waiting = reader.read(records)
        reader.complaints.lines += records.line_ends
    draft = reader.finish()
    # Most files are one block: what the end of the file refuses need not become lines first.
    if waiting is not None and not findings.refused:
        yield waiting()
    return draft


class _Reader:
    """Reads blocks in their order; counts what runs through the file."""

    def __init__(self, source: Source, findings: Findings, *, is_strict: bool) -> None:
        self.source, self.findings = source, findings
        self.complaints = Complaints(findings)
        self.walker = Walker(findings, is_strict=is_strict)
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
        return Draft(empty_lines(), self.records, statements, totals)

    def read(self, records: Records) -> Callable[[], pl.DataFrame] | None:
        """Count one block; return what makes its lines, None where there are none to make."""
        self.complaints.check_codes(records)
        if self.first_code is None and len(records.firsts):
            self.first_code = int(records.kinds[records.firsts[0]])
        details = read_details(records)
        odd = self._read_odd(records, details)
        accounts = self.walker.accounts
        known = len(accounts)
        numbers, is_inside = self._accounts_of(records, details)
        expected = "a record 03 before it"
        outside = records.firsts[details.rows[~is_inside]]
        self.complaints.refuse_details("detail_outside_account", records, outside, expected)
        low = max(known - 1, 0)
        opened = np.count_nonzero(records.kinds == ACCOUNT)
        bounds = np.searchsorted(numbers, np.arange(low, known + opened + 1))
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
        places: list[pl.Expr | pl.Series] = [
            pl.int_range(first + 1, first + 1 + pl.len()).alias("record_no"),
            pl.Series("statement_no", numbers),
        ]

        def lines() -> pl.DataFrame:
            frame = _frame(records, details, odd, mine, numbers - low, start)
            frame = frame.with_columns(*booked, *places)
            return build_lines(frame, sha256=self.source.sha256, feed=self.source.feed)

        return lines

    def _read_odd(self, records: Records, details: Details) -> dict[int, OddDetail]:
        """Read the odd details one by one into their rows; refuse what has not their shape."""
        odd: dict[int, OddDetail] = {}
        unreadable = []
        for row in np.flatnonzero(details.odd).tolist():
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

    def _accounts_of(self, records: Records, details: Details) -> tuple[Offsets, Mask]:
        """Return the account of each detail, from 0, and whether that is still open."""
        kinds = records.kinds[records.firsts]
        at = np.arange(len(kinds))
        last = np.maximum.accumulate(np.where(np.isin(kinds, _FRAME_CODES), at, -1))[details.rows]
        is_open = np.where(last < 0, self.walker.has_open_account, kinds[last] == ACCOUNT)
        numbers = np.cumsum(kinds == ACCOUNT)[details.rows] + len(self.walker.accounts) - 1
        return numbers, is_open & (numbers >= 0)

    def _frame_records(self, records: Records) -> Iterator[Record]:
        kinds = records.kinds[records.firsts]
        ordinals = np.cumsum(records.kinds != NO_CODE)[records.firsts] + self.ordinal - 1
        for row in np.flatnonzero(np.isin(kinds, _FRAME_CODES)).tolist():
            first = int(records.firsts[row])
            if kinds[row] == FILE_TRAILER:
                self.complaints.check_end(records, int(records.lasts[row]))
            yield make_record(
                f"{kinds[row]:02d}",
                records.whole(first, int(records.lasts[row])),
                self.complaints.line(records, first),
                self.complaints.offset(records, first),
                int(ordinals[row]),
            )

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


def _frame(
    records: Records,
    details: Details,
    odd: dict[int, OddDetail],
    accounts: list[Account],
    numbers: Offsets,
    start: int,
) -> pl.DataFrame:
    """Return the other columns of a block: places, dates, references and texts."""
    first = records.firsts[details.rows]
    last = records.lasts[details.rows]
    bank, customer = (texts(records.text, *one) for one in (details.bank, details.customer))
    narrative = read_texts(records, details)
    if odd:
        rows = list(odd)
        for column, name in ((bank, "bank"), (customer, "customer"), (narrative, "text")):
            column.scatter(rows, [getattr(one, name) for one in odd.values()])
    as_of = np.array([one.group.as_of.toordinal() - _EPOCH for one in accounts if one.group.as_of])
    days = as_of[numbers]
    # A value date before the as-of date means the as-of date (standard, appendix C).
    value_days = np.where(details.has_day, np.maximum(details.days, days), days)
    has_value = (details.funds == ord("V")) | (details.funds == ord("0"))
    index = pl.Series(numbers)
    exponent = pl.Series([exponents()[one.currency] for one in accounts], dtype=pl.Int8)
    is_fee = pl.Series(_IS_FEE[details.types])
    return pl.select(
        pl.Series("byte_start", records.raw_starts[first] + start),
        pl.Series("byte_length", records.raw_ends[last] - records.raw_starts[first]),
        pl.when(is_fee).then(pl.lit("fee")).otherwise(pl.lit("payout")).alias("kind"),
        pl.Series("is_reversal", _IS_REVERSAL[details.types]),
        _of(accounts, "number").gather(index).alias("account"),
        _of(accounts, "currency").gather(index).alias("currency"),
        exponent.gather(index).alias("exponent"),
        dates("business_date", days),
        dates("booking_date", days),
        dates("value_date", value_days, has_value),
        bank.alias("psp_ref"),
        customer.alias("merchant_ref"),
        _end_to_end_ids(narrative).alias("scheme_ref"),
        narrative.alias("narrative"),
    )


def _of(accounts: list[Account], name: str) -> pl.Series:
    return pl.Series([getattr(one, name) or None for one in accounts], dtype=pl.String)


def _end_to_end_ids(narrative: pl.Series) -> pl.Series:
    rows = narrative.str.contains("EREF:", literal=True).fill_null(False).arg_true()
    if not len(rows):
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(narrative))
    ids = narrative.gather(rows).str.extract(_END_TO_END)
    if len(rows) == len(narrative):
        return ids
    at = np.full(len(narrative), -1)
    at[rows.to_numpy()] = np.arange(len(rows))
    places = pl.Series("at", at).to_frame().select(pl.when(pl.col("at") >= 0).then("at"))
    return ids.gather(places.to_series())
