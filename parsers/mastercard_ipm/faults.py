"""The slow way, for records whose structure is not understood: which element, and why.

Also what no clearing file may hold: the contents of a magnetic stripe, or a PIN.
"""

import re
from collections.abc import Iterator

import numpy as np

from parsers.mastercard_ipm.elements import Records, numbers_of
from parsers.mastercard_ipm.layout import (
    BITMAP_BYTES,
    ELEMENTS,
    MTI_BYTES,
    SENSITIVE_ELEMENTS,
)
from parsers.outcome import Findings
from parsers.sensitive import sensitive_finding

FAULTS_SHOWN = 20
_SENSITIVE = {f"DE{number}": what for number, what in SENSITIVE_ELEMENTS.items()}
_TOO_LONG = "a length that is no number, or leads beyond the end of its record"
# Tag 57 of EMV and its length; then, in half bytes, 12 to 19 digits of a card, D and more digits.
_STRIPE_TAG = b"\x57"
_STRIPE = re.compile(
    rb"\x57[\x0a-\x13](?:[\x00-\x09\x10-\x19\x20-\x29\x30-\x39\x40-\x49"
    rb"\x50-\x59\x60-\x69\x70-\x79\x80-\x89\x90-\x99]){6,9}"
    rb"(?:[\xd0-\xd9]|[\x0d\x1d\x2d\x3d\x4d\x5d\x6d\x7d\x8d\x9d])"
)


def refuse_faults(records: Records, findings: Findings) -> None:
    """Refuse records that could not be walked, and those that hold sensitive data."""
    for index in np.flatnonzero(records.faulty)[:FAULTS_SHOWN].tolist():
        field, what = _explain(records, index)
        what_it_is = _SENSITIVE.get(field or "")
        if field and what_it_is:
            _refuse_sensitive(records, index, field, what_it_is, findings)
        else:
            _refuse(records, index, field, what, findings)
    for number, rows in records.faulty_private.items():
        for index in rows[:FAULTS_SHOWN].tolist():
            what = "private data that is not tag, length, value"
            _refuse(records, index, f"DE{number}", what, findings)
    for index in _stripes(records):
        _refuse_sensitive(records, index, "DE55", "track 2", findings)


def _explain(records: Records, index: int) -> tuple[str | None, str]:
    """Walk one record; return the element that does not fit, and what is wrong with it."""
    start, end = int(records.chunk.starts[index]), int(records.chunk.ends[index])
    position = start + MTI_BYTES + BITMAP_BYTES
    bitmap = bytes(records.chunk.buffer[start + MTI_BYTES : position])
    numbers = numbers_of(bitmap)
    for number in numbers:
        if number in SENSITIVE_ELEMENTS:
            return f"DE{number}", "sensitive data"
    for number in numbers:
        if number not in ELEMENTS:
            return f"DE{number}", "an element of unknown length"
        prefix, width = ELEMENTS[number]
        if prefix:
            digits = records.text.text_at(position, min(prefix, end - position))
            if len(digits) < prefix or re.fullmatch(r"[0-9]+", digits) is None:
                return f"DE{number}", _TOO_LONG
            width = int(digits)
        position += prefix + width
        if position > end:
            return f"DE{number}", _TOO_LONG
    return None, "bytes after the last element"


def _stripes(records: Records) -> Iterator[int]:
    """Yield records with a magnetic stripe's contents in their chip data."""
    raw, shown = records.chunk.buffer, 0
    place = raw.find(_STRIPE_TAG)
    while place >= 0 and shown < FAULTS_SHOWN:
        found = _STRIPE.match(raw, place)
        if found is not None:
            index = int(np.searchsorted(records.chunk.starts, place, side="right")) - 1
            if index >= 0 and found.end() <= records.chunk.ends[index]:
                shown += 1
                yield index
        place = raw.find(_STRIPE_TAG, place + 1)


def _refuse(records: Records, index: int, field: str | None, what: str, findings: Findings) -> None:
    mti = int(records.mti[index])
    findings.refuse(
        "record_structure",
        byte_offset=records.chunk.record_start(index),
        record_no=records.chunk.records_before + index + 1,
        record=str(mti) if mti >= 0 else None,
        field=field,
        found=what,
        expected="elements as the bitmap announces them, up to the record's end",
        hint="The record was changed on the way, or uses an element we do not know.",
    )


def _refuse_sensitive(
    records: Records, index: int, field: str, what: str, findings: Findings
) -> None:
    place = records.chunk.record_start(index)
    findings.add(sensitive_finding(place, f"{what} of a card", field))
