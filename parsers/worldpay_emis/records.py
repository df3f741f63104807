"""The records of one run of bytes: where each stands, what it is, what stands above it.

The shape comes first, on the bytes alone: a file whose records are unknown, cut off or out of
order is refused before anything of it is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding, Findings
from parsers.views import PAD, Bytes, Mask, Offsets, Words, codes_of, digits, words_of
from parsers.worldpay_emis.layout import LENGTHS, NUMBER, SUPPLEMENT_FOLLOWS

BAD_ROWS_SHOWN = 25
HINT = "Records are missing or were changed: fetch the file again."
FILE, COMPANY, OUTLET, TRANSACTION, SUPPLEMENT = range(5)
_CODES = tuple(LENGTHS)
_MARKS = tuple(ord(one[0]) << 8 | ord(one[1]) for one in _CODES)
_LEAST = np.array([*LENGTHS.values(), 0], np.int64)  # the last one for what is not known
_ENDS = b" \t\n\r\x0b\x0c\x1a"
_LF, _CR, _EOF, _BLANK = 10, 13, 26, 32


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of whole records: its bytes, the bytes and the lines before it."""

    data: bytes
    origin: int
    lines_before: int


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a piece; places are those in `padded`, which begins at byte `origin`."""

    padded: bytes
    codes: Bytes
    words: Words
    origin: int
    before: int
    starts: Offsets
    ends: Offsets
    lines: Offsets
    types: Offsets
    numbers: Offsets

    def __len__(self) -> int:
        return len(self.starts)

    def text(self, index: int) -> str:
        """Return one record (headers and findings: not for a day's data)."""
        return self.padded[int(self.starts[index]) : int(self.ends[index])].decode("ascii")

    def place(self, index: int) -> dict[str, int]:
        """Return where a record stands, as findings say it."""
        start = int(self.starts[index]) + self.origin
        return {"line": int(self.lines[index]), "byte_offset": start}

    def number(self, index: int) -> int:
        """Return which record of the file it is, from 1."""
        return self.before + index + 1


@dataclass(slots=True)
class Order:
    """What the records before a piece have left open."""

    findings: Findings
    records: int = 0
    number: int | None = None
    last_type: int = -1
    has_company: bool = False
    in_outlet: bool = False
    is_told: bool = False
    """Whether it was said that the numbers do not follow each other."""


def pieces(raw: Data, size: int) -> Iterator[Piece]:
    """Yield the file in runs of about `size` bytes; a supplement stays with its transaction.

    Raises:
        Refused: bytes that are no text.
    """
    ending = b"\r" if raw.find(b"\n") < 0 <= raw.find(b"\r") else b"\n"
    at = lines = 0
    while at < len(raw):
        stop = _stop(raw, at, size, ending)
        data = raw[at:stop]
        _check_text(data, at, lines)
        data = data if ending == b"\n" else data.replace(ending, b"\n")
        yield Piece(data, at, lines)
        lines += data.count(b"\n")
        at = stop


def _stop(raw: Data, at: int, size: int, ending: bytes) -> int:
    """Return where the last record that lies in the next `size` bytes ends."""
    stop = at + size
    if stop >= len(raw):
        return len(raw)
    while (stop := raw.rfind(ending, at, stop) + 1) > at:
        if SUPPLEMENT_FOLLOWS.match(raw, stop) is None:
            return stop
        stop -= 1
    stop = at + size
    while (stop := raw.find(ending, stop) + 1) and SUPPLEMENT_FOLLOWS.match(raw, stop):
        pass
    return stop or len(raw)


def _check_text(data: bytes, origin: int, lines_before: int) -> None:
    nul = data.find(b"\0")
    if data.isascii() and nul < 0:
        return
    place = next((at for at, one in enumerate(data) if one > 127), len(data))
    place = place if nul < 0 else min(place, nul)
    raise Refused(
        Finding(
            "encoding_differs",
            "refusal",
            line=lines_before + data.count(b"\n", 0, place) + 1,
            byte_offset=origin + place,
            found=f"byte 0x{data[place]:02x}",
            expected="ASCII text",
            hint="Ask for the file again, in its original form.",
        )
    )


def split(piece: Piece, order: Order) -> Records | None:
    """Return the records of a piece; None (and refusals) where their shape or order is wrong."""
    padded = piece.data + PAD
    codes = codes_of(padded)
    starts, ends, lines = _lines(piece, codes)
    types = _types(codes, starts)
    numbers, are_numbers = digits(words := words_of(padded), starts + NUMBER[0] - 1, _eight(starts))
    lines = lines + piece.lines_before
    found = Records(
        padded, codes, words, piece.origin, order.records, starts, ends, lines, types, numbers
    )
    told = Findings(order.findings.decided)
    _check_shape(found, told)
    if len(found):
        _check_numbers(found, are_numbers, order, told)
        _check_order(found, order, told)
    # In the order of the records, in however many pieces they are read.
    for finding in sorted(told.kept, key=lambda one: one.line or 0):
        order.findings.add(finding)
    order.records += len(found)
    return None if order.findings.refused else found


def _lines(piece: Piece, codes: Bytes) -> tuple[Offsets, Offsets, Offsets]:
    """Return first bytes, ends and line numbers of all lines that are not blank."""
    size = len(piece.data)
    feeds = np.flatnonzero(codes[:size] == _LF)
    starts = np.concatenate(([0], feeds + 1))
    ends = np.append(feeds, size)
    if b"\r" in piece.data or b"\x1a" in piece.data:
        while True:
            last = codes[np.maximum(ends - 1, 0)]
            ends_so = ((last == _CR) | (last == _EOF)) & (ends > starts)
            if not ends_so.any():
                break
            ends -= ends_so
    lines = np.arange(1, len(starts) + 1)
    is_full = ends > starts
    for index in np.flatnonzero(is_full & (codes[starts] <= _BLANK)).tolist():
        is_full[index] = bool(piece.data[starts[index] : ends[index]].strip(_ENDS))
    if is_full.all():
        return starts, ends, lines
    return starts[is_full], ends[is_full], lines[is_full]


def _types(codes: Bytes, starts: Offsets) -> Offsets:
    marks = codes[starts].astype(np.int64) << 8 | codes[starts + 1]
    types = np.full(len(starts), -1)
    for number, mark in enumerate(_MARKS):
        types[marks == mark] = number
    return types


def _eight(starts: Offsets) -> Offsets:
    return np.full(len(starts), NUMBER[1] - NUMBER[0] + 1)


def _check_shape(found: Records, findings: Findings) -> None:
    """Refuse records that nobody knows, and those that end too early."""
    for index in np.flatnonzero(found.types < 0)[:BAD_ROWS_SHOWN].tolist():
        expected = f"{', '.join(_CODES[:-1])} or {_CODES[-1]}"
        _refuse(findings, "record_unknown", found, index, repr(found.text(index)[:20]), expected)
    sizes = found.ends - found.starts
    for index in np.flatnonzero(sizes < _LEAST[found.types])[:BAD_ROWS_SHOWN].tolist():
        has = repr(f"{sizes[index]} characters")
        _refuse(findings, "record_short", found, index, has, "the whole record")


def _check_numbers(found: Records, are_numbers: Mask, order: Order, findings: Findings) -> None:
    """Refuse the first record whose number does not follow the one before it."""
    is_first = order.number is None
    first = int(found.numbers[0]) if order.number is None else order.number + 1
    expected = found.numbers + 1
    expected[1:], expected[0] = expected[:-1].copy(), first
    wrong = np.flatnonzero((found.numbers != expected) | ~are_numbers)
    order.number = int(found.numbers[-1])
    if not len(wrong) or order.is_told:
        return
    index = int(wrong[0])
    is_known = bool(are_numbers[index - 1]) if index else not is_first
    where: dict[str, Any] = found.place(index)
    findings.differs(
        "message_number",
        declared=found.text(index)[NUMBER[0] - 1 : NUMBER[1]],
        computed=int(expected[index]) if is_known else "a number",
        record=_code(found, index),
        hint=HINT,
        **where,
    )
    order.is_told = True


def _check_order(found: Records, order: Order, findings: Findings) -> None:
    """Refuse an outlet outside a company, a transaction outside an outlet, a lone supplement."""
    types, places = found.types, np.arange(len(found))
    before = np.concatenate(([order.last_type], types[:-1]))
    file, company, outlet = (
        np.maximum.accumulate(np.where(types == one, places, -1)) for one in (FILE, COMPANY, OUTLET)
    )
    has_company = (company > file) | ((file < 0) & (company < 0) & order.has_company)
    above = np.maximum(file, company)
    in_outlet = (outlet > above) | ((above < 0) & (outlet < 0) & order.in_outlet)
    wrong = (types == OUTLET) & ~has_company | (types == TRANSACTION) & ~in_outlet
    wrong |= (types == SUPPLEMENT) & (before != TRANSACTION)
    for index in np.flatnonzero(wrong)[:BAD_ROWS_SHOWN].tolist():
        what = "a record that does not belong under the one before it"
        expected = "16 below 15, 15 below 10, 10 below 05"
        _refuse(findings, "record_misplaced", found, index, what, expected)
    order.last_type = int(types[-1])
    order.has_company, order.in_outlet = bool(has_company[-1]), bool(in_outlet[-1])


def _refuse(
    findings: Findings, code: str, found: Records, index: int, what: str, expected: str
) -> None:
    findings.refuse(
        code,
        record=_code(found, index),
        found=what,
        expected=expected,
        hint=HINT,
        **found.place(index),
    )


def _code(found: Records, index: int) -> str:
    return found.text(index)[:2]


def refuse_rows(
    findings: Findings,
    code: str,
    records: Records,
    rows: Offsets,
    field: str,
    place: tuple[int, int],
    expected: str,
) -> None:
    """Refuse the records `rows` for what stands at `place`; at most BAD_ROWS_SHOWN are listed."""
    where: dict[str, Any] = {"field": field, "expected": expected}
    for index in rows[:BAD_ROWS_SHOWN].tolist():
        found = repr(records.text(index)[place[0] - 1 : place[1]])
        at = {**records.place(index), "record_no": records.number(index)}
        findings.refuse(code, found=found, record=_code(records, index), hint=HINT, **at, **where)
    if len(rows) > BAD_ROWS_SHOWN:
        more = f"{len(rows) - BAD_ROWS_SHOWN} more records like the ones listed"
        findings.refuse(code, found=more, hint="They have the same cause.", **where)
