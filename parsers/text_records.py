"""Files of text records, a piece at a time: what a record says it is, and where it stands.

A piece is a run of whole lines, so a file of any size is read in the memory of one piece. How its
bytes are text is decided once for the whole file, before the first record is read.
"""

import codecs
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.contract import Data
from parsers.fields import Fields, is_blank
from parsers.records import refuse_wide, text_lines, undecodable
from parsers.statements import Place
from parsers.views import PAD, Bytes, Mask, Offsets, codes_of, texts

SMALL_BYTES = 32 << 10
"""Smaller pieces are split by a loop, which costs less than arithmetic on all of them."""

VIEWED_BYTES_MAX = 1 << 30
"""Larger ones, which no format with pieces has, are beyond what a view can point at."""

_WINDOW = 1 << 20
_BLANK, _ASCII_MAX = 32, 127
_NOT_CP1252 = b"\x81\x8d\x8f\x90\x9d"

Naming = Callable[[pl.Series], pl.Series]
"""From texts of records to the names of their types."""

Stop = Callable[[Data, int, int], int]


@dataclass(frozen=True, slots=True)
class Records:
    """The lines of a piece that are not blank, a column each; `record` is the type of each.

    Places are those in the file; `before` records stand in earlier pieces.
    """

    text: pl.Series
    record: pl.Series
    line: Offsets
    byte_start: Offsets
    byte_length: Offsets
    characters: Offsets
    before: int = 0

    def __len__(self) -> int:
        return len(self.text)

    def are(self, *records: str) -> Mask:
        """Tell which records are of one of these types."""
        first, *others = records
        found: Mask = (self.record == first).to_numpy()
        for one in others:
            found = found | (self.record == one).to_numpy()
        return found

    def place(self, row: int) -> Place:
        """Return where a record stands."""
        return Place(int(self.line[row]), int(self.byte_start[row]), str(self.record[row]))

    def fields(self, row: int, fields: Fields) -> dict[str, str]:
        """Return the fields of one record as they stand."""
        text = str(self.text[row])
        return {name: text[first - 1 : last] for name, (first, last) in fields.items()}


def encoding_of(raw: Data) -> str:
    """Return which encoding a file is in: UTF-8, else CP1252.

    Raises:
        Refused: it is neither, or has NUL bytes.
    """
    refuse_wide(raw)
    if isinstance(raw, bytes) and raw.isascii():
        return "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for place in range(0, len(raw), _WINDOW):
            decoder.decode(raw[place : place + _WINDOW], final=place + _WINDOW >= len(raw))
    except UnicodeDecodeError:
        wrong = [place for one in _NOT_CP1252 if (place := raw.find(bytes([one]))) >= 0]
        if wrong:
            raise undecodable(raw, min(wrong), "UTF-8 or CP1252") from None
        return "cp1252"
    return "utf-8"


def pieces(
    raw: Data, size: int, naming: Naming, *, encoding: str | None = None, stop: Stop | None = None
) -> Iterator[Records]:
    """Yield the records of a file in runs of about `size` bytes.

    Args:
        raw: the file.
        size: of a run; a longer line makes a longer one.
        naming: from texts to types.
        encoding: "latin-1" where the format counts bytes; without it UTF-8, else CP1252.
        stop: from the file, the start of a run and its size to where it ends: the start of a
            line behind it, or the end of the file. Without it, after any line.

    Raises:
        Refused: UTF-16, NUL bytes, or bytes that are neither UTF-8 nor CP1252.
    """
    if encoding is None:
        encoding = encoding_of(raw)
    else:
        refuse_wide(raw)
    ending = b"\n" if raw.find(b"\n") >= 0 or raw.find(b"\r") < 0 else b"\r"
    at = lines = count = 0
    while at < len(raw) or not at:
        if stop is None or at + size >= len(raw):
            end = _stop(raw, at, size, ending)
        else:
            end = stop(raw, at, size)
        data = raw[at:end]
        found = _records(data, naming, encoding, ending, (at, lines, count))
        yield found
        lines += data.count(ending)
        count += len(found)
        at = end or 1


def _stop(raw: Data, at: int, size: int, ending: bytes) -> int:
    if at + size >= len(raw):
        return len(raw)
    stop = raw.rfind(ending, at, at + size) + 1 or raw.find(ending, at + size) + 1
    return stop or len(raw)


def _records(
    data: bytes, naming: Naming, encoding: str, ending: bytes, before: tuple[int, int, int]
) -> Records:
    origin, lines_before, records_before = before
    is_small = len(data) < SMALL_BYTES or len(data) > VIEWED_BYTES_MAX
    split = _split_few if is_small else _split
    text, line, start, length, sizes = split(data, encoding, ending, is_start=origin == 0)
    if origin:
        line, start = line + lines_before, start + origin
    return Records(text, naming(text), line, start, length, sizes, records_before)


_Split = tuple[pl.Series, Offsets, Offsets, Offsets, Offsets]
"""Text, line, first byte, bytes and characters of each line that is not blank."""


def _split_few(data: bytes, encoding: str, ending: bytes, *, is_start: bool) -> _Split:
    lines = text_lines(data, encoding, ending=ending.decode(), is_start=is_start)
    kept = [one for one in lines if not is_blank(one.text)]
    line, start, length = np.array([one[:3] for one in kept], np.int64).reshape(-1, 3).T
    text = pl.Series("text", [one.text for one in kept], dtype=pl.String)
    return text, line, start, length, np.array([len(one.text) for one in kept], dtype=np.int64)


def _split(data: bytes, encoding: str, ending: bytes, *, is_start: bool) -> _Split:
    skipped = len(BOM_UTF8) if is_start and data.startswith(BOM_UTF8) else 0
    starts, ends = _lines(codes_of(data), ending, skipped)
    length = ends - starts - _ends_with(data, starts, ends, b"\r")
    utf8 = data if encoding == "utf-8" else data.decode(encoding).encode()
    padded = utf8 + PAD
    places, stops = (starts, ends) if utf8 is data else _lines(codes_of(utf8), ending, skipped)
    stops = _without_marks(utf8, places, stops)
    kept = np.flatnonzero(_are_full(utf8, places, stops))
    places, stops = places[kept], stops[kept]
    text = texts(padded, places, stops - places).alias("text")
    sizes = stops - places
    if not utf8.isascii():
        begins = np.concatenate(([0], np.cumsum((codes_of(utf8) & 0xC0) != 0x80)))
        sizes = begins[stops] - begins[places]
    return text, kept + 1, starts[kept], length[kept], sizes


def _lines(codes: Bytes, ending: bytes, skipped: int) -> tuple[Offsets, Offsets]:
    """Return where the lines start and end, blank ones and the nothing behind the last as well."""
    feeds = np.flatnonzero(codes == ending[0])
    return np.concatenate(([skipped], feeds + 1)), np.append(feeds, len(codes))


def _ends_with(data: bytes, starts: Offsets, ends: Offsets, mark: bytes) -> Mask:
    """Tell which lines are not empty and end with a mark."""
    found: Mask = (codes_of(data)[np.maximum(ends - 1, 0)] == mark[0]) & (ends > starts)
    return found


def _without_marks(data: bytes, starts: Offsets, ends: Offsets) -> Offsets:
    """Return where the lines end without carriage returns and marks of the file's end."""
    if b"\r" not in data and b"\x1a" not in data:
        return ends
    while True:
        more = _ends_with(data, starts, ends, b"\r") | _ends_with(data, starts, ends, b"\x1a")
        if not more.any():
            return ends
        ends = ends - more


def _are_full(data: bytes, starts: Offsets, ends: Offsets) -> Mask:
    """Tell which lines are not blank; only those that begin like a blank are looked at."""
    are_full = ends > starts
    first = codes_of(data)[np.minimum(starts, len(data) - 1)]
    for row in np.flatnonzero(are_full & ((first <= _BLANK) | (first > _ASCII_MAX))).tolist():
        are_full[row] = not is_blank(data[starts[row] : ends[row]].decode())
    return are_full
