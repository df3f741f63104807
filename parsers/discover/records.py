"""Bytes to records: fixed distances or lines, in the order that the format allows."""

import re
from collections.abc import Iterator

import numpy as np
import polars as pl

from parsers.contract import Data
from parsers.discover import layout
from parsers.fields import cut_raw, is_blank
from parsers.lookups import look_up
from parsers.outcome import Findings
from parsers.records import refuse_wide
from parsers.text_records import Records, pieces
from parsers.views import PAD, Mask, Offsets, codes_of, texts

_HINT = "Fetch the file again; if it stays so, ask the sender."
_SHOWN = 20
_ASCII_END = 128
_LINE_OF_BATCH = re.compile(rb"\n(?:04|10)")
_ALLOWED = dict.fromkeys(
    (one + two for one, others in layout.NEXT.items() for two in others), True
) | {layout.FILE: True}


def read_pieces(raw: Data, size: int) -> Iterator[Records]:
    """Yield the records in runs of about `size` bytes; no batch lies in two of them.

    Raises:
        Refused: UTF-16 or NUL bytes.
    """
    if raw[: layout.RECORD_BYTES + 2].find(b"\n") >= 0 or len(raw) <= layout.RECORD_BYTES:
        return pieces(raw, size, _names, encoding="latin-1", stop=_line_of_batch)
    return _packed(raw, size)


def _names(texts: pl.Series) -> pl.Series:
    return cut_raw(texts, 1, 2)


def _line_of_batch(raw: Data, at: int, size: int) -> int:
    """Return where the last batch or recap trailer starts that begins in the next `size` bytes."""
    stop = max(raw.rfind(b"\n04", at, at + size), raw.rfind(b"\n10", at, at + size)) + 1
    if stop <= at:
        found = _LINE_OF_BATCH.search(raw, at + size)
        stop = found.start() + 1 if found else len(raw)
    return stop


def _packed(raw: Data, size: int) -> Iterator[Records]:
    """Yield the records of a file without line ends."""
    refuse_wide(raw)
    step, at, count = layout.RECORD_BYTES, 0, 0
    while at < len(raw):
        stop = _packed_batch(raw, at, max(size // step, 1) * step)
        data = raw[at:stop]
        starts = np.arange(0, len(data), step)
        sizes = np.minimum(len(data) - starts, step)
        found = _texts(data, starts, sizes)
        kept = _are_full(data, starts, sizes)
        if not kept.all():
            found, starts, sizes = found.filter(kept), starts[kept], sizes[kept]
        lines = (starts + at) // step + 1
        yield Records(found, _names(found), lines, starts + at, sizes, sizes, count)
        count += len(found)
        at = stop


def _packed_batch(raw: Data, at: int, size: int) -> int:
    """Return where the last batch or recap trailer starts that begins in the next `size` bytes."""
    step = layout.RECORD_BYTES
    for places in (range(at + size, at, -step), range(at + size, len(raw), step)):
        for place in places:
            if place >= len(raw) or raw[place : place + 2] in (b"04", b"10"):
                return min(place, len(raw))
    return len(raw)


def _texts(data: bytes, starts: Offsets, sizes: Offsets) -> pl.Series:
    """Return the records of a piece as texts; one byte is one character."""
    if data.isascii():
        return texts(data + PAD, starts, sizes).alias("text")
    whole = data.decode("latin-1")
    places = zip(starts.tolist(), (starts + sizes).tolist(), strict=True)
    return pl.Series("text", [whole[first:last] for first, last in places], dtype=pl.String)


def _are_full(data: bytes, starts: Offsets, sizes: Offsets) -> Mask:
    """Tell which records are not blank; only those that begin like a blank are looked at."""
    first = codes_of(data)[starts]
    are_full = (first > ord(" ")) & (first < _ASCII_END)
    for row in np.flatnonzero(~are_full).tolist():
        text = data[starts[row] : starts[row] + sizes[row]].decode("latin-1")
        are_full[row] = not is_blank(text)
    return are_full


class Order:
    """What record may follow the last one, from piece to piece."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.last = ""
        self.end = self.records = self.long = self.wrong = 0

    def kept(self, found: Iterator[Records]) -> Iterator[Records]:
        """Yield the pieces as long as all is in order, also where the next one begins.

        Refuse records that are too long or may not follow each other, and an end too early.
        """
        before: Records | None = None
        for one in found:
            if len(one):
                self._check_each(one)
            if before is not None and not self.findings.refused:
                yield before
            before = one
        if self.last != layout.FILE_END:
            self.findings.refuse(
                "trailer_missing",
                byte_offset=self.end,
                found="a file without its trailer",
                expected=f"record {layout.FILE_END} at the end",
                hint=_HINT,
            )
        if before is not None and not self.findings.refused:
            yield before

    def _check_each(self, records: Records) -> None:
        self.end, self.records = int(records.byte_start[-1]), self.records + len(records)
        for row in np.flatnonzero(_are_long(records))[: _SHOWN - self.long].tolist():
            self.long += 1
            place = records.place(row)
            self.findings.refuse(
                "record_length",
                line=place.line,
                byte_offset=place.byte_start,
                record=place.record,
                found=f"{records.characters[row]} characters",
                expected=f"records of {layout.RECORD_BYTES} characters",
                hint=_HINT,
            )
        codes = records.record
        before = pl.concat([pl.Series(codes.name, [self.last], dtype=pl.String), codes[:-1]])
        allowed = look_up(before + codes, _ALLOWED, pl.Boolean(), default=False).to_numpy()
        self.last = str(codes[-1])
        for row in np.flatnonzero(~allowed)[: _SHOWN - self.wrong].tolist():
            self.wrong += 1
            place = records.place(row)
            self.findings.refuse(
                "record_order",
                line=place.line,
                byte_offset=place.byte_start,
                record=place.record,
                found=f"record {place.record}",
                expected="01, recaps of 02, 04, 06, 08 and 10, then 90 and 99",
                hint="A record is missing: fetch the file again.",
            )


def _are_long(records: Records) -> Mask:
    """Tell which records are too long; blanks at line ends do no harm."""
    are_long: Mask = records.characters > layout.RECORD_BYTES
    for row in np.flatnonzero(are_long).tolist():
        are_long[row] = len(str(records.text[row]).rstrip()) > layout.RECORD_BYTES
    return are_long
