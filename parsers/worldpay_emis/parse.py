"""Fixed-width records to lines, each with its outlet, its company and its supplement."""

import re
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from parsers.contract import Batches, Source
from parsers.lines import build_lines, protect_pans
from parsers.outcome import Draft, Findings
from parsers.views import Mask, Offsets, dates, day_numbers, digits, texts, trimmed
from parsers.worldpay_emis.controls import Book, slots_of
from parsers.worldpay_emis.layout import KINDS, LENGTHS, STATUSES, SUPPLEMENT, TRANSACTION
from parsers.worldpay_emis.money import Money, read_money
from parsers.worldpay_emis.records import HINT, Order, Records, pieces, refuse_rows, split
from parsers.worldpay_emis.records import SUPPLEMENT as IS_SUPPLEMENT
from parsers.worldpay_emis.records import TRANSACTION as IS_TRANSACTION
from tieout.frames.settlement import empty_lines

_HEADER = re.compile(rb"00[0-9]{8}[0-9A-Z ]{13}[0-9]{121}[0-9A-Z ]{6}")
_KINDS_MAX = 20
_MARKS = tuple(ord(one) for one in STATUSES)
_BOOKED = ord("A")
_OTHER = "adjustment"
_STAR, _PAN_DIGITS = ord("*"), 12
"""A number in clear has none among its first digits, a masked one has."""
_MASKED = r"^([0-9]{6}\*+[0-9]{4})$"


def looks_like(data: bytes) -> bool:
    """Tell whether the first line is a file header: 150 characters, totals and all."""
    return _HEADER.fullmatch(data[: LENGTHS["00"]]) is not None and data[150:151] in b"\r\n "


@dataclass(slots=True)
class _Notices:
    """What is said once about the whole file, however many pieces it is read in."""

    last: dict[str, int] = field(default_factory=dict)
    """Place of the last record, where it is a transaction; else nothing."""
    is_supplemented: bool = False
    kinds: dict[int, dict[str, int]] = field(default_factory=dict)
    """Type that is not known → the first record that has it."""
    first_status: dict[str, int] = field(default_factory=dict)
    statuses: int = 0
    """Records whose status is not known."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The transactions of one piece, read and counted; arrays have the shape (transactions,)."""

    records: Records
    rows: Offsets
    outlets: Offsets
    money: Money
    signs: Offsets
    columns: dict[str, object]

    def lines(self, source: Source, book: Book) -> pl.DataFrame:
        """Return them as lines."""
        records, rows, settled = self.records, self.rows, self.money.settled
        columns = {
            "record_no": rows + records.before + 1,
            "byte_start": records.starts[rows] + records.origin,
            "byte_length": records.ends[rows] - records.starts[rows],
            "statement_no": self.outlets,
            "currency": settled.currencies(),
            "exponent": self.money.exponents,
            **self.columns,
            **_original(self.money, self.signs),
            **_above(self.outlets, book),
            **_texts(records, rows),
            **_cards(records, rows, source.pan_key),
        }
        return build_lines(pl.DataFrame(columns), sha256=source.sha256, feed=source.feed)


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a transaction reconciliation file; return what it says about itself."""
    if source.raw[:2] != b"00":
        _refuse_headless(findings)
        return Draft(empty_lines(), records=0)
    order, book, notices = Order(findings), Book(), _Notices()
    # Lines of the last piece are made when its totals agree: most refused files stop there.
    part: _Part | None = None
    for piece in pieces(source.raw, source.batch_bytes):
        if part is not None:
            yield part.lines(source, book)
        records = split(piece, order)
        part = None if records is None else _read(records, book, notices, findings)
    if findings.refused:
        return Draft(empty_lines(), order.records)
    _tell(notices, findings)
    statements, totals = book.statements(), book.prove(findings)
    if part is not None and not findings.refused:
        yield part.lines(source, book)
    return Draft(empty_lines(), order.records, statements, totals)


def _read(records: Records, book: Book, notices: _Notices, findings: Findings) -> _Part | None:
    """Return the transactions of a piece; None where there is none, or one is refused."""
    ordinals = book.open(records)
    rows = np.flatnonzero(records.types == IS_TRANSACTION)
    last = len(records) - 1
    if last >= 0:
        notices.last = _place(records, last) if int(records.types[last]) == IS_TRANSACTION else {}
    if not len(rows):
        return None
    notices.is_supplemented |= bool((records.types == IS_SUPPLEMENT).any())
    outlets = ordinals[rows]
    money = read_money(records, rows, findings)
    days = _days(records, rows, outlets, book, findings)
    if money is None or days is None:
        return None
    kinds, signs = _kinds(records, rows, notices)
    statuses, is_booked = _statuses(records, rows, notices)
    amounts = money.minor * signs
    book.count(outlets, slots_of(statuses, amounts >= 0), amounts)
    booked = np.where(is_booked, amounts, 0)
    book.state(outlets, money.settled.names, money.settled.name_of, booked)
    columns = {"kind": kinds, "is_booked": is_booked, "amount_minor": amounts, **days}
    return _Part(records, rows, outlets, money, signs, columns)


def _place(records: Records, index: int) -> dict[str, int]:
    return {**records.place(index), "record_no": records.number(index)}


def _field(starts: Offsets, place: tuple[int, int]) -> tuple[Offsets, Offsets]:
    """Return first bytes and lengths of one field."""
    return starts + (place[0] - 1), np.full(len(starts), place[1] - place[0] + 1)


def _kinds(records: Records, rows: Offsets, notices: _Notices) -> tuple[pl.Series, Offsets]:
    """Return what each transaction is, and 1 for a credit, -1 for a debit."""
    marks = records.codes[records.starts[rows] + TRANSACTION["type"][0] - 1]
    seen, firsts, which = np.unique(marks, return_index=True, return_inverse=True)
    names = [KINDS.get(chr(one), _OTHER) for one in seen.tolist()]
    for mark, first in zip(seen.tolist(), firsts.tolist(), strict=True):
        if chr(mark) not in KINDS and mark not in notices.kinds:
            notices.kinds[mark] = _place(records, int(rows[first]))
    signs = np.array([-1 if one == "refund" else 1 for one in names])
    return pl.Series(names, dtype=pl.String)[which], signs[which]


def _statuses(records: Records, rows: Offsets, notices: _Notices) -> tuple[tuple[Mask, ...], Mask]:
    """Return which transactions have each of STATUSES, and which of them are booked."""
    marks = records.codes[records.starts[rows] + TRANSACTION["status"][0] - 1]
    statuses = tuple(marks == one for one in _MARKS)
    unknown = np.flatnonzero(~np.logical_or.reduce(statuses))
    if len(unknown):
        notices.first_status = notices.first_status or _place(records, int(rows[unknown[0]]))
        notices.statuses += len(unknown)
    return statuses, marks == _BOOKED


def _days(
    records: Records, rows: Offsets, outlets: Offsets, book: Book, findings: Findings
) -> dict[str, pl.Series] | None:
    """Return the days of each transaction: its outlet's, else that of the purchase."""
    first, last = int(outlets[0]), int(outlets[-1])
    mine, which = book.outlets[first : last + 1], outlets - first
    booked = pl.Series([one.processed for one in mine], dtype=pl.Date)[which]
    days = pl.Series([one.day for one in mine], dtype=pl.Date)[which]
    if days.null_count():
        missing = np.array([one.day is None for one in mine])[which]
        lone = rows[missing]
        bought, are_days = _bought(records, lone)
        if not are_days.all():
            expected = "a day DDMMYY there, or in the header of the outlet"
            place = TRANSACTION["date"]
            wrong = lone[~are_days]
            refuse_rows(findings, "date_unreadable", records, wrong, "date", place, expected)
            return None
        days = days.scatter(np.flatnonzero(missing), dates("", bought))
    return {"business_date": days, "booking_date": booked}


def _bought(records: Records, rows: Offsets) -> tuple[Offsets, Mask]:
    """Return the day of purchase (DDMMYY, from 1970 on), in days since 1970."""
    start = records.starts[rows] + TRANSACTION["date"][0] - 1
    two = np.full(len(rows), 2)
    (day, one), (month, other), (year, third) = (
        digits(records.words, start + at, two) for at in (0, 2, 4)
    )
    year = year + np.where(year < 70, 2000, 1900)
    numbers, are_days = day_numbers(year, month, day)
    return numbers, are_days & one & other & third


def _original(money: Money, signs: Offsets) -> dict[str, pl.Series]:
    """Return what was paid, where that was in another currency."""
    if not money.is_foreign.any():
        return {}
    return {
        "original_amount_minor": pl.Series(
            pa.array(money.paid_minor * signs, mask=~money.is_foreign)
        ),
        "original_currency": money.paid.currencies(money.is_foreign),
    }


def _above(outlets: Offsets, book: Book) -> dict[str, pl.Series]:
    """Return what the headers above each transaction say."""
    first, last = int(outlets[0]), int(outlets[-1])
    mine, which = book.outlets[first : last + 1], outlets - first
    names = {
        "account": [one.company.name or None for one in mine],
        "merchant_id": [one.own.name or None for one in mine],
        "batch_ref": [one.file.name or None for one in mine],
    }
    return {name: pl.Series(values, dtype=pl.String)[which] for name, values in names.items()}


def _texts(records: Records, rows: Offsets) -> dict[str, pl.Series]:
    """Return the texts of each transaction, and those of its supplement where it has one."""
    starts = records.starts[rows]
    places = {
        "psp_ref": _field(starts, TRANSACTION["receipt"]),
        "narrative": _field(starts, TRANSACTION["card_type"]),
    }
    follows = np.append(records.types, -1)[rows + 1] == IS_SUPPLEMENT
    if follows.any():
        below = np.where(follows, rows + 1, rows)
        ends = records.ends[below]
        for name, place in (
            ("merchant_ref", SUPPLEMENT["reference"]),
            ("auth_code", SUPPLEMENT["auth_code"]),
        ):
            begins, lengths = _field(records.starts[below], place)
            begins = np.minimum(begins, ends)
            places[name] = begins, np.minimum(lengths, ends - begins) * follows
    return {
        name: texts(records.padded, *trimmed(records.codes, *place))
        for name, place in places.items()
    }


def _cards(records: Records, rows: Offsets, key: bytes) -> dict[str, pl.Series]:
    """Return card numbers: masked as they came, or masked here and fingerprinted."""
    starts, lengths = trimmed(records.codes, *_field(records.starts[rows], TRANSACTION["pan"]))
    pans = texts(records.padded, starts, lengths)
    places = starts[:, None] + np.arange(_PAN_DIGITS)
    is_masked = (records.codes[places] == _STAR).any(axis=1)
    if is_masked.all():
        return {"pan_masked": pans.str.extract(_MASKED)}
    masked, fingerprints = protect_pans(pans, key)
    if is_masked.any():
        masked = pans.str.extract(_MASKED).zip_with(pl.Series(is_masked), masked)
    return {"pan_masked": masked, "pan_fingerprint": fingerprints}


def _tell(notices: _Notices, findings: Findings) -> None:
    """Say what is odd about the file as a whole."""
    if notices.last and notices.is_supplemented:
        _warn_unsupplemented(notices.last, findings)
    firsts = sorted(notices.kinds.items(), key=lambda one: one[1]["record_no"])
    for mark, place in firsts[:_KINDS_MAX]:
        findings.warn(
            "type_unknown",
            field="type",
            found=repr(chr(mark).strip()),
            expected=f"one of {', '.join(KINDS)}",
            hint="Counted as an adjustment; its money is kept. Tell us what it means.",
            **place,
        )
    if notices.statuses:
        findings.warn(
            "status_unknown",
            found=f"a status that is not known, {notices.statuses} times",
            expected="A, R or P",
            hint="The lines are kept as written; ask the sender which figure counts.",
            **notices.first_status,
        )


def _refuse_headless(findings: Findings) -> None:
    findings.refuse(
        "header_missing",
        byte_offset=0,
        found="no file header at the beginning",
        expected="a record that starts with 00",
        hint=HINT,
    )


def _warn_unsupplemented(place: dict[str, int], findings: Findings) -> None:
    """Warn where the last transaction has no supplement and others have: no total counts them."""
    findings.warn(
        "file_cut_off",
        record="15",
        found="a last transaction without its supplement (16)",
        expected="a supplement, as other transactions have",
        hint="Its reference is not known; fetch the file again.",
        **place,
    )
