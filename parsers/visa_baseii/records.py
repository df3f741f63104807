"""Bytes to records: a matrix of characters, one row a record, in batches of whole transactions.

Files of fixed distance are looked at where they lie; only lines of differing length are copied. A
batch ends before a record that opens a transaction, so no transaction is ever cut in two.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parsers.contract import Data
from parsers.errors import Refused
from parsers.outcome import Finding, Findings
from parsers.visa_baseii.container import Shape
from parsers.visa_baseii.layout import HASH_BYTES, ITF_BYTES

Characters = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
ZERO, BLANK, CR, LF, END_OF_FILE, NEXT_LINE = 48, 32, 13, 10, 26, 133
NO_CODE = 255
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Records:
    """Records in the order of the file.

    `text` has 168 Latin-1 characters a row (a hash is taken out), `code` the transaction code as a
    number (255: no digits), `tcr` the character of the TCR. `opens` marks a TCR 0, a header or a
    trailer. `line` counts from 1, `start` and `length` are bytes of the raw file.
    """

    text: Characters
    code: Characters
    tcr: Characters
    opens: Mask
    line: Numbers
    start: Numbers
    length: Numbers

    def row(self, index: int) -> str:
        """Return one record as text."""
        return str(self.text[index].tobytes(), "latin-1")

    def select(self, which: Mask | slice) -> "Records":
        """Return some of the records, in order."""
        return Records(
            self.text[which],
            self.code[which],
            self.tcr[which],
            self.opens[which],
            self.line[which],
            self.start[which],
            self.length[which],
        )

    def __len__(self) -> int:
        return len(self.line)


def read_batches(
    data: Data, shape: Shape, findings: Findings, *, batch_bytes: int
) -> Iterator[tuple[Records, bool]]:
    """Return the records of a file, filling left out, in batches that open with a transaction.

    With each batch: whether it is the last one.

    Raises:
        Refused: NUL bytes in lines of differing length.
    """
    place, line, size = 0, 0, batch_bytes
    while place < len(data):
        chunk = _take(data, shape, place, size)
        is_last = place + len(chunk) >= len(data)
        found = None
        if shape.ending is not None:
            found = _by_stride(chunk, shape, place, line, is_last=is_last)
        if found is None:
            found = _by_lines(bytes(chunk), shape, place, line, is_last=is_last)
        opens = np.flatnonzero(found.opens)
        if is_last:
            place = len(data)
        elif not len(opens) or opens[-1] == 0:
            size *= 2  # one transaction fills all that was read: look further
            continue
        else:
            last = int(opens[-1])
            place, line = int(found.start[last]), int(found.line[last]) - 1
            found, size = found.select(slice(0, last)), batch_bytes
        _check_lengths(found, shape, findings)
        if len(found):
            yield found, is_last


def _take(data: Data, shape: Shape, place: int, size: int) -> bytes | memoryview:
    """Return a piece of the file in Latin-1, uncopied where it is that already.

    Pieces of a mapping are copied: a view would keep whoever mapped the file from closing it.
    """
    if shape.encoding == "latin-1" and isinstance(data, bytes):
        return memoryview(data)[place : place + size]
    return shape.decode(data[place : place + size])


def _by_stride(
    chunk: bytes | memoryview, shape: Shape, place: int, line: int, *, is_last: bool
) -> Records | None:
    """Cut at fixed distances, so that a hash that looks like a line end does no harm.

    None where a line end is not where it should be.
    """
    ending = (shape.ending or "").encode("latin-1")
    stride = shape.width + len(ending)
    whole = len(chunk) // stride
    rows = np.frombuffer(chunk, np.uint8, whole * stride).reshape(whole, stride)
    if any((rows[:, shape.width + at] != one).any() for at, one in enumerate(ending)):
        return None
    rows = rows[:, : shape.width]
    length = np.full(whole, shape.width, dtype=np.int64)
    rest = bytes(chunk[whole * stride :][: shape.width]) if is_last else b""
    if ending:
        rest = rest.rstrip(b"\r\n\x1a\x85")
    if rest:
        padded = np.frombuffer(rest.ljust(shape.width), np.uint8)
        rows = np.concatenate((rows, padded[None, :]))
        length = np.append(length, len(rest))
    numbers = np.arange(len(rows), dtype=np.int64)
    return _made(rows, shape, line + 1 + numbers, place + numbers * stride, length)


def _by_lines(chunk: bytes, shape: Shape, place: int, line: int, *, is_last: bool) -> Records:
    """Cut at line ends; lines that lost the blanks at their ends get them back."""
    _refuse_nul(chunk, place, line)
    bytes_ = np.frombuffer(chunk, np.uint8)
    mark = {"\x85": NEXT_LINE, "\r": CR}.get(shape.ending or "", LF)
    if mark == LF and b"\n" not in chunk:
        mark = CR
    ends = np.flatnonzero(bytes_ == mark).astype(np.int64)
    starts = np.concatenate(([0], ends + 1)).astype(np.int64)
    if is_last and starts[-1] < len(chunk):
        ends = np.append(ends, len(chunk))
    starts = starts[: len(ends)]
    for _ in range(2):
        last = bytes_[np.maximum(ends - 1, 0)]
        ends = ends - ((ends > starts) & ((last == CR) | (last == END_OF_FILE)))
    lengths = ends - starts
    padded = np.concatenate((bytes_, np.full(shape.width, BLANK, np.uint8)))
    rows = np.lib.stride_tricks.sliding_window_view(padded, shape.width)[starts]
    short = lengths < shape.width
    if short.any():
        rows[np.arange(shape.width) >= lengths[:, None]] = BLANK
    long = lengths > shape.width
    for index in np.flatnonzero(long).tolist():
        rest = chunk[int(starts[index]) + shape.width : int(ends[index])]
        lengths[index] = shape.width if not rest.strip(b" ") else lengths[index]
    lines = line + 1 + np.arange(len(starts), dtype=np.int64)
    return _made(rows, shape, lines, place + starts, lengths)


def _made(
    rows: Characters, shape: Shape, line: Numbers, start: Numbers, length: Numbers
) -> Records:
    if shape.width == ITF_BYTES:
        first, last = HASH_BYTES
        rows = np.concatenate((rows[:, :first], rows[:, last:]), axis=1)
    head = _first_four(rows)
    tens, ones = head[0] - np.uint8(ZERO), head[1] - np.uint8(ZERO)
    is_number = (tens < 10) & (ones < 10)
    code = np.where(is_number, tens * np.uint8(10) + ones, np.uint8(NO_CODE))
    opens = (head[3] == ZERO) | ((code >= 90) & (code <= 92))
    records = Records(rows, code, head[3], opens, line, start, length)
    is_filling = (code == 0) | ((head[0] == BLANK) & (head[1] == BLANK))
    return records.select(~is_filling) if is_filling.any() else records


def _first_four(rows: Characters) -> Characters:
    """Return the first four characters of all records, shape (4, records), looked at once."""
    words = np.ndarray((len(rows),), np.dtype("<u4"), flat(rows), strides=rows.strides[:1])
    found: Characters = np.ascontiguousarray(words.copy().view(np.uint8).reshape(-1, 4).T)
    return found


def flat(rows: Characters) -> Characters:
    """Return the memory under rows of characters, with whatever stands between them."""
    size = (len(rows) - 1) * rows.strides[0] + rows.shape[1] if len(rows) else 0
    return np.lib.stride_tricks.as_strided(rows, (size,), (1,), writeable=False)


def _check_lengths(records: Records, shape: Shape, findings: Findings) -> None:
    least = shape.width if shape.ending == "" else 4
    odd = np.flatnonzero((records.length > shape.width) | (records.length < least))
    for index in odd[:SHOWN].tolist():
        findings.refuse(
            "record_length",
            line=int(records.line[index]),
            byte_offset=int(records.start[index]),
            record=records.row(index)[:2],
            found=f"{records.length[index]} characters",
            expected=f"records of {shape.width} characters",
            hint="The file was cut off or changed on the way: fetch it again.",
        )


def _refuse_nul(chunk: bytes, place: int, line: int) -> None:
    nul = chunk.find(0)
    if nul >= 0:
        raise Refused(
            Finding(
                "nul_byte",
                "refusal",
                line=line + chunk.count(b"\n", 0, nul) + 1,
                byte_offset=place + nul,
                found="a NUL byte",
                expected="records of text",
                hint="Ask for the file in its original form.",
            )
        )
