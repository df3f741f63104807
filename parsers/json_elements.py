"""JSON files to one text per object, with the place of each: an array, or one object after another.

Brackets and quotes are counted on the bytes, all at once, so that every object keeps its byte range
however the file is indented; what the objects hold is read from their texts, a column at a time.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.errors import Refused
from parsers.outcome import Finding

Offsets = npt.NDArray[np.int64]
_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_DEPTH_MAX = 100
_CUT = "file_cut_off"


def read_elements(data: bytes) -> pl.DataFrame:
    """Return the objects of a file: text (one line each), record_no, line, byte_start, byte_length.

    Raises:
        Refused: no UTF-8, brackets or quotes that do not close, or anything between the objects
            other than the commas of an array.
    """
    _check_text(data)
    skipped = len(_BOM) if data.startswith(_BOM) else 0
    bytes_ = np.frombuffer(data, dtype=np.uint8)[skipped:]
    outside = _outside_strings(bytes_)
    depth = _depths(bytes_, outside, len(data))
    is_array = data[skipped:].lstrip(_SPACE).startswith(b"[")
    base = 1 if is_array else 0
    opens = np.flatnonzero((bytes_ == ord("{")) & outside & (depth == base + 1))
    ends = np.flatnonzero((bytes_ == ord("}")) & outside & (depth == base)) + 1
    if len(opens) != len(ends) or (ends <= opens).any():
        raise Refused(_wrong(0, "brackets of different kinds that close each other", "an object"))
    _check_between(bytes_, opens, ends, is_array=is_array)
    line_feeds = np.flatnonzero(bytes_ == ord("\n"))
    return pl.DataFrame(
        {
            "text": _texts(bytes_, opens, ends),
            "record_no": np.arange(1, len(opens) + 1, dtype=np.int64),
            "line": (np.searchsorted(line_feeds, opens) + 1).astype(np.int64),
            "byte_start": opens + skipped,
            "byte_length": ends - opens,
        }
    )


def _check_text(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}"
        refusal = _wrong(error.start, found, "UTF-8, as JSON is", "encoding_differs")
        raise Refused(refusal) from None


def _outside_strings(bytes_: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return which bytes stand outside strings; a closing quote counts as outside."""
    quotes = np.flatnonzero(bytes_ == ord('"'))
    is_slash = bytes_ == ord("\\")
    if is_slash.any() and len(quotes):
        places = np.arange(len(bytes_))
        last_other = np.maximum.accumulate(np.where(is_slash, -1, places))
        before = np.where(quotes > 0, last_other[np.maximum(quotes - 1, 0)], -1)
        quotes = quotes[(quotes - 1 - before) % 2 == 0]
    marks = np.zeros(len(bytes_), dtype=np.int8)
    marks[quotes] = 1
    if len(quotes) % 2:
        raise Refused(_wrong(int(quotes[-1]), "a quote that does not close", "a whole text", _CUT))
    outside: npt.NDArray[np.bool_] = (np.cumsum(marks, dtype=np.int64) & 1) == 0
    return outside


def _depths(
    bytes_: npt.NDArray[np.uint8], outside: npt.NDArray[np.bool_], size: int
) -> npt.NDArray[np.int64]:
    """Return how many brackets are open after each byte."""
    steps = np.zeros(len(bytes_), dtype=np.int8)
    steps[np.isin(bytes_, list(b"{[")) & outside] = 1
    steps[np.isin(bytes_, list(b"}]")) & outside] = -1
    depth: npt.NDArray[np.int64] = np.cumsum(steps, dtype=np.int64)
    if len(depth) == 0 or depth[-1] > 0:
        raise Refused(_wrong(size, "brackets that do not close", "a whole document", _CUT))
    wrong = np.flatnonzero((depth < 0) | (depth > _DEPTH_MAX))
    if len(wrong):
        found = "a bracket that closes nothing" if depth[wrong[0]] < 0 else "too many open brackets"
        raise Refused(_wrong(int(wrong[0]), found, f"at most {_DEPTH_MAX} open brackets"))
    return depth


def _check_between(
    bytes_: npt.NDArray[np.uint8], opens: Offsets, ends: Offsets, *, is_array: bool
) -> None:
    """Refuse anything but white space and the commas of an array between the objects."""
    edges = np.zeros(len(bytes_) + 1, dtype=np.int8)
    edges[opens] += 1
    edges[ends] -= 1
    between = np.cumsum(edges[:-1], dtype=np.int64) == 0
    rest = np.flatnonzero(between & ~np.isin(bytes_, list(_SPACE)))
    found = bytes_[rest].tobytes()
    expected = b"[" + b"," * max(len(opens) - 1, 0) + b"]" if is_array else b""
    touching = bool(len(opens) > 1 and (opens[1:] == ends[:-1]).any())
    if found != expected or touching:
        place = int(rest[0]) if len(rest) else 0
        raise Refused(_wrong(place, "something between the objects", "an array or lines of JSON"))


def _texts(bytes_: npt.NDArray[np.uint8], opens: Offsets, ends: Offsets) -> pl.Series:
    """Return the objects as texts without line breaks, which JSON does not need."""
    if len(opens) == 0:
        return pl.Series("text", [], dtype=pl.String)
    flat = bytes_.copy()
    flat[np.isin(flat, list(b"\r\n"))] = ord(" ")
    flat[ends[:-1]] = ord("\n")
    edges = np.zeros(len(bytes_) + 1, dtype=np.int8)
    edges[opens] += 1
    edges[ends] -= 1
    keep = np.cumsum(edges[:-1], dtype=np.int64) > 0
    keep[ends[:-1]] = True
    whole = flat[keep].tobytes().decode()
    return pl.Series("text", [whole]).str.split("\n").explode(empty_as_null=True)


def _wrong(place: int, found: str, expected: str, code: str = "record_structure") -> Finding:
    return Finding(
        code,
        "refusal",
        byte_offset=place,
        found=found,
        expected=expected,
        hint="The file was cut off or changed: fetch it again.",
    )
