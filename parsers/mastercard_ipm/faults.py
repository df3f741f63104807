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

FAULTS_SHOWN = 20
_TOO_LONG = "a length that is no number, or leads beyond the end of its record"
_STRIPE_TAG = 0x57
# Tag 57 of EMV: length, then card number, D and expiry date in half bytes.
_STRIPE = re.compile(rb"\x57[\x0a-\x13]([0-9]{12,19})d[0-9]{7}")


def refuse_faults(records: Records, findings: Findings) -> None:
    """Refuse records that could not be walked, and those that hold sensitive data."""
    for index in np.flatnonzero(records.faulty)[:FAULTS_SHOWN].tolist():
        field, what = _explain(records, index)
        number = int(field[2:]) if field else 0
        if number in SENSITIVE_ELEMENTS:
            _refuse_sensitive(records, index, field, SENSITIVE_ELEMENTS[number], findings)
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
            digits = records.text.data[position : min(position + prefix, end)]
            if len(digits) < prefix or re.fullmatch(rb"[0-9]+", digits) is None:
                return f"DE{number}", _TOO_LONG
            width = int(digits)
        position += prefix + width
        if position > end:
            return f"DE{number}", _TOO_LONG
    return None, "bytes after the last element"


def _stripes(records: Records) -> Iterator[int]:
    """Yield records with a magnetic stripe's contents in binary (tag 57 of the chip data)."""
    raw = records.chunk.buffer
    every = np.frombuffer(raw, np.uint8)
    places = np.flatnonzero(every[:-1] == _STRIPE_TAG)
    places = places[(every[places + 1] >= 0x0A) & (every[places + 1] <= 0x13)]
    for place in places.tolist():
        length = raw[place + 1]
        shown = raw[place : place + 2] + raw[place + 2 : place + 2 + length].hex().encode()
        if _STRIPE.match(shown):
            index = int(np.searchsorted(records.chunk.starts, place, side="right")) - 1
            if 0 <= index and place < records.chunk.ends[index]:
                yield index


def _refuse(
    records: Records, index: int, field: str | None, what: str, findings: Findings
) -> None:
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
    records: Records, index: int, field: str | None, what: str, findings: Findings
) -> None:
    findings.refuse(
        "sensitive_data",
        byte_offset=records.chunk.record_start(index),
        record_no=records.chunk.records_before + index + 1,
        field=field,
        found=f"{what} of a card",
        expected="no magnetic stripe, PIN or card verification data",
        hint="It must not be stored: delete the file as your policy says, and tell its sender.",
    )
