"""JSON files to one text per object, with the place of each: an array, or one object after another.

Brackets and quotes are followed on the bytes, so that every object keeps its byte range however the
file is indented; what the objects hold is read from their texts, a column at a time. A file is gone
through in pieces: only an object larger than a piece makes one larger.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding
from parsers.views import PAD, texts

if TYPE_CHECKING:
    from parsers.views import Offsets

_BOM = b"\xef\xbb\xbf"
_FLAT = bytes.maketrans(b"\r\n", b"  ")
_LEAST_BYTES = 8
"""An object takes more bytes than this, or there are few of them."""
_CUT = "file_cut_off"


def read_elements(raw: Data, size: int) -> Iterator[pl.DataFrame]:
    """Yield the objects of a file: text (one line each), record_no, line, byte_start, byte_length.

    Args:
        raw: the file as received.
        size: how many bytes of it are taken at once.

    Raises:
        Refused: no UTF-8, brackets or quotes that do not close, or anything between the objects
            other than the commas of an array.
    """
    yield from _Reader(raw).pieces(size)


class _Reader:
    """Where the reading of one file stands, between one piece and the next."""

    def __init__(self, raw: Data) -> None:
        from parsers import json_loops as loops  # numba takes a while to import

        self._loops, self._raw = loops, raw
        self._at = len(_BOM) if raw[:3] == _BOM else 0
        self._lines = self._records = 0
        self._said: Offsets = np.zeros(5, np.int64)
        self._stack = loops.new_stack()
        is_array = _first_byte(raw, self._at) == b"["
        self._said[loops.PHASE] = loops.BEFORE if is_array else loops.LINES

    def pieces(self, size: int) -> Iterator[pl.DataFrame]:
        """Yield the objects of one piece after the other."""
        loops, said, want = self._loops, self._said, size
        while self._at < len(self._raw):
            data = self._raw[self._at : self._at + want]
            is_last = self._at + len(data) == len(self._raw)
            codes = np.frombuffer(data, np.uint8)
            room = len(data) // _LEAST_BYTES + 1
            starts, ends = np.empty(room, np.int64), np.empty(room, np.int64)
            loops.find_objects(codes, len(data), starts, ends, self._stack, said)
            fault, passed, found = (
                int(said[one]) for one in (loops.FAULT, loops.PLACE, loops.COUNT)
            )
            is_cut = fault in (loops.QUOTE, loops.BRACKET)
            self._check_text(data if fault and (is_last or not is_cut) else data[:passed])
            if fault and (is_last or not is_cut):
                raise Refused(self._wrong(int(fault), int(said[loops.FAULT_AT])))
            if found:
                yield self._elements(data, codes, starts[:found], ends[:found])
            want = size if found or passed else want * 2
            self._lines += data.count(b"\n", 0, passed)
            self._at += passed
        if int(said[loops.PHASE]) not in (loops.CLOSED, loops.LINES, loops.TOUCHING):
            raise Refused(self._wrong(loops.BRACKET, 0))

    def _elements(
        self, data: bytes, codes: "np.ndarray", starts: "Offsets", ends: "Offsets"
    ) -> pl.DataFrame:
        feeds = np.flatnonzero(codes == ord("\n"))
        first = self._records + 1
        self._records += len(starts)
        return pl.DataFrame(
            {
                "text": texts(data.translate(_FLAT) + PAD, starts, ends - starts),
                "record_no": np.arange(first, first + len(starts), dtype=np.int64),
                "line": np.searchsorted(feeds, starts) + (self._lines + 1),
                "byte_start": starts + self._at,
                "byte_length": ends - starts,
            }
        )

    def _check_text(self, data: bytes) -> None:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            place = self._at + error.start
            found = f"byte 0x{data[error.start]:02x}"
            refusal = _wrong(place, found, "UTF-8, as JSON is", "encoding_differs")
            raise Refused(refusal) from None

    def _wrong(self, fault: int, at: int) -> Finding:
        loops, place = self._loops, self._at + at
        if fault == loops.QUOTE:
            return _wrong(place, "a quote that does not close", "a whole text", _CUT)
        if fault == loops.BRACKET:
            size = len(self._raw)
            return _wrong(size, "brackets that do not close", "a whole document", _CUT)
        if fault == loops.KINDS:
            found = "brackets of different kinds that close each other"
            return _wrong(place, found, "an object")
        if fault == loops.DEPTH:
            expected = f"at most {loops.DEPTH_MAX} open brackets"
            return _wrong(place, "too many open brackets", expected)
        found = "something between the objects"
        return _wrong(place, found, "an array or lines of JSON")


def _first_byte(raw: Data, at: int) -> bytes:
    while at < len(raw) and raw[at : at + 1] in (b" ", b"\t", b"\r", b"\n"):
        at += 1
    return raw[at : at + 1]


def _wrong(place: int, found: str, expected: str, code: str = "record_structure") -> Finding:
    return Finding(
        code,
        "refusal",
        byte_offset=place,
        found=found,
        expected=expected,
        hint="The file was cut off or changed: fetch it again.",
    )
