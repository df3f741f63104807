"""Where every data element and subelement stands, for all messages at once.

Messages with the same bitmap have the same elements in the same order, so each group is walked once
with vectors of offsets instead of message by message. No value is copied here: an element is a pair
(start, length) per message, length -1 when absent. That the walk ends exactly at the end of every
message is a proof, free of charge, that the structure was understood.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.mastercard_ipm.container import Messages, Offsets
from parsers.mastercard_ipm.layout import (
    BITMAP_BYTES,
    ELEMENTS,
    FIXED,
    MTI_BYTES,
    PRIVATE_ELEMENTS,
)
from parsers.outcome import Findings

Bytes = npt.NDArray[np.uint8]
ZERO, NINE = 48, 57
FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Spans:
    """One element over all messages: where it starts, how long it is; length -1 when absent."""

    starts: Offsets
    lengths: Offsets

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Return which messages have the element."""
        return self.lengths >= 0

    def part(self, offset: int, width: int) -> "Spans":
        """Return the piece at `offset`; absent where the value is too short for it."""
        fits = self.lengths >= offset + width
        return Spans(self.starts + offset, np.where(fits, width, -1))


class Elements:
    """The elements of all messages of one file; `text` is digits and letters in latin-1."""

    def __init__(self, messages: Messages) -> None:
        self.messages = messages
        self.count = len(messages.starts)
        self.bytes = np.frombuffer(messages.text, dtype=np.uint8)
        self.spans: dict[int, Spans] = {}
        self.private: dict[int, Spans] = {}
        self.mti = self.number(Spans(messages.starts, np.full(self.count, MTI_BYTES)))
        self._decoded = messages.text.decode("latin-1")

    def element(self, number: int) -> Spans:
        """Return a data element's spans, absent everywhere if no message has it."""
        return self.spans.get(number) or self._absent()

    def subelement(self, tag: int) -> Spans:
        """Return a private subelement's spans (its first occurrence in each message)."""
        return self.private.get(tag) or self._absent()

    def _absent(self) -> Spans:
        return Spans(np.zeros(self.count, np.int64), np.full(self.count, -1))

    def number(self, spans: Spans) -> Offsets:
        """Return the value of digits (at most 18), -1 where absent or not all digits."""
        values = np.full(self.count, -1, dtype=np.int64)
        for width in np.unique(spans.lengths[spans.present]).tolist():
            rows = np.flatnonzero(spans.lengths == width)
            digits = self.bytes[spans.starts[rows, None] + np.arange(width)]
            is_number = ((digits >= ZERO) & (digits <= NINE)).all(axis=1) & (0 < width <= 18)
            powers = 10 ** np.arange(min(width, 18) - 1, -1, -1, dtype=np.int64)
            if width <= 18:
                found = (digits.astype(np.int64) - ZERO) @ powers
                values[rows] = np.where(is_number, found, -1)
        return values

    def texts(self, spans: Spans) -> list[str | None]:
        """Return the values as text, None where absent."""
        whole = self._decoded
        pairs = zip(spans.starts.tolist(), spans.lengths.tolist(), strict=True)
        return [whole[start : start + size] if size >= 0 else None for start, size in pairs]

    def text_at(self, spans: Spans, index: int) -> str | None:
        """Return one message's value as text."""
        start, size = int(spans.starts[index]), int(spans.lengths[index])
        return self._decoded[start : start + size] if size >= 0 else None


def read_elements(messages: Messages, findings: Findings) -> Elements:
    """Walk every message; refuse those whose structure is not understood."""
    found = Elements(messages)
    raw = np.frombuffer(messages.body, dtype=np.uint8)
    at = messages.starts[:, None] + MTI_BYTES + np.arange(BITMAP_BYTES)
    bitmaps = raw[at] if len(at) else np.zeros((0, BITMAP_BYTES), np.uint8)
    unique, group_of = np.unique(bitmaps, axis=0, return_inverse=True)
    group_of = group_of.reshape(-1)
    for group, bitmap in enumerate(unique):
        rows = np.flatnonzero(group_of == group)
        _walk(found, rows, np.flatnonzero(np.unpackbits(bitmap)) + 1, findings)
    if not findings.refused:
        _walk_private(found, findings)
    return found


def _walk(found: Elements, rows: Offsets, numbers: Offsets, findings: Findings) -> None:
    """Follow the elements of one bitmap through all its messages."""
    position = found.messages.starts[rows] + MTI_BYTES + BITMAP_BYTES
    ends = found.messages.ends[rows]
    for number in numbers.tolist():
        if number == 1:  # the secondary bitmap, always there
            continue
        if number not in ELEMENTS:
            _refuse(found, rows[:1], f"DE{number}", "an element of unknown length", findings)
            return
        prefix, width = ELEMENTS[number]
        lengths = np.full(len(rows), width, dtype=np.int64)
        if prefix != FIXED:
            lengths = _prefix(found.bytes, position, prefix)
        position = position + prefix
        bad = (lengths < 0) | (position + lengths > ends)
        if bad.any():
            what = "a length that is no number, or leads beyond the end of its record"
            _refuse(found, rows[bad], f"DE{number}", what, findings)
            return
        spans = found.spans.get(number) or found._absent()  # noqa: SLF001 - same module
        spans.starts[rows] = position
        spans.lengths[rows] = lengths
        found.spans[number] = spans
        position = position + lengths
    _refuse(found, rows[position != ends], None, "bytes after the last element", findings)


def _prefix(text: Bytes, position: Offsets, digits: int) -> Offsets:
    """Return the number in `digits` characters at each position, -1 where it is none."""
    at = np.minimum(position[:, None] + np.arange(digits), len(text) - 1)
    found = text[at].astype(np.int64) - ZERO
    value: Offsets = found @ (10 ** np.arange(digits - 1, -1, -1, dtype=np.int64))
    is_number = ((found >= 0) & (found <= 9)).all(axis=1)
    return np.where(is_number & (position + digits <= len(text)), value, -1)


def _walk_private(found: Elements, findings: Findings) -> None:
    """Follow tag, length, value through every element that carries private subelements."""
    for number in PRIVATE_ELEMENTS:
        spans = found.element(number)
        rows = np.flatnonzero(spans.lengths > 0)
        position, ends = spans.starts[rows], spans.starts[rows] + spans.lengths[rows]
        while len(rows):
            tags = _prefix(found.bytes, position, 4)
            lengths = _prefix(found.bytes, np.minimum(position + 4, ends), 3)
            bad = (tags < 0) | (lengths < 0) | (position + 7 + lengths > ends)
            if bad.any():
                what = "private data that is not tag, length, value"
                _refuse(found, rows[bad], f"DE{number}", what, findings)
                return
            for tag in np.unique(tags).tolist():
                _keep_first(
                    found, tag, rows[tags == tag], position[tags == tag] + 7, lengths[tags == tag]
                )
            position = position + 7 + lengths
            more = position < ends
            rows, position, ends = rows[more], position[more], ends[more]


def _keep_first(
    found: Elements, tag: int, rows: Offsets, starts: Offsets, lengths: Offsets
) -> None:
    spans = found.private.get(tag) or found._absent()  # noqa: SLF001 - same module
    new = spans.lengths[rows] < 0
    spans.starts[rows[new]] = starts[new]
    spans.lengths[rows[new]] = lengths[new]
    found.private[tag] = spans


def _refuse(
    found: Elements, rows: Offsets, field: str | None, what: str, findings: Findings
) -> None:
    for index in rows[:FAULTS_SHOWN].tolist():
        start, _ = found.messages.raw_span(index)
        findings.refuse(
            "record_structure",
            byte_offset=start,
            record_no=index + 1,
            record=str(found.mti[index]) if found.mti[index] >= 0 else None,
            field=field,
            found=what,
            expected="elements as the bitmap announces them, up to the record's end",
            hint="The record was changed on the way, or uses an element we do not know.",
        )
