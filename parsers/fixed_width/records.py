"""Bytes to records: where each stands, and which kind of record it is."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from parsers.contract import Data
from parsers.declared.texts import MARGIN
from parsers.errors import Refused
from parsers.fixed_width.layout import Condition, Layout
from parsers.outcome import Finding, Findings

Offsets = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
UNKNOWN = -1
_LF, _CR = 10, 13
_SHOWN = 20
_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of a file, one after the other.

    `starts` and `ends` are places of the piece of the file that begins at byte `origin`; `reads`
    says where in `data` to read each record, with room around it. `first` is the number of the
    first record, from 1; `kinds` says which of the layout's records each is. `text` is `data` in
    ASCII, with other bytes where it is none; `is_plain` says that it is nothing but text.
    """

    data: Bytes
    text: Bytes
    is_plain: bool
    origin: int
    starts: Offsets
    ends: Offsets
    lines: Offsets
    first: int
    kinds: npt.NDArray[np.int64]
    reads: Offsets
    is_last: bool = False

    def are(self, kinds: Iterable[int]) -> Mask:
        """Tell which of the records are of one of the kinds."""
        found = np.zeros(len(self.kinds), dtype=np.bool_)
        for kind in kinds:
            found |= self.kinds == kind
        return found

    def rows(self, kind: int) -> Offsets:
        """Return which of the records are of a kind."""
        return np.flatnonzero(self.kinds == kind)

    def field(self, rows: Offsets, first: int, width: int) -> Bytes:
        """Return the bytes of a field: shape (rows, width)."""
        found: Bytes = self.data[(self.reads[rows] + first)[:, None] + np.arange(width)]
        return found

    def place(self, row: int) -> dict[str, int]:
        """Return where a record stands, as findings say it."""
        return {
            "line": int(self.lines[row]),
            "byte_offset": self.origin + int(self.starts[row]),
            "record_no": self.first + row,
        }


class Cutter:
    """Cuts a file into blocks of about `size` bytes, never between a detail and its addenda."""

    def __init__(self, raw: Data, layout: Layout, findings: Findings) -> None:
        self.raw, self.layout, self.findings = raw, layout, findings
        self.table = _ascii_table(layout.encoding) if layout.is_ebcdic else None
        self.has_addenda = any(layout.of_role("addendum"))
        self.room = max(one.length for one in layout.records)

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Yield the records in the order of the file; nothing more once their shape is wrong.

        Raises:
            Refused: the file is UTF-16, or is cut off in a record.
        """
        at, first, line, wanted = 0, 1, 1, size
        if not self.layout.line_ends:
            self._check_size()
        if self.raw[:2] in _WIDE and not self.layout.is_ebcdic:
            raise Refused(_wide())
        while not self.findings.refused:
            data, is_last = self._read(at, wanted)
            block = self._block(data, at, first, line)
            if self.findings.refused:
                return
            keep = len(block.starts) if is_last else self._hold(block)
            if keep == 0 and not is_last:
                wanted *= 2
                continue
            yield replace(_up_to(block, keep), is_last=is_last)
            if is_last:
                return
            at, wanted = at + self._after(block, keep, len(data)), size
            first += keep
            line = line + keep

    def _read(self, at: int, size: int) -> tuple[bytes, bool]:
        """Return the bytes from `at` on that hold whole records, and whether the file ends."""
        if at + size >= len(self.raw):
            return self.raw[at:], True
        if self.layout.line_ends:
            stop = self.raw.rfind(b"\n", at, at + size) + 1
            return self.raw[at : stop or at], False
        length = self.layout.record_bytes or 1
        return self.raw[at : at + size // length * length], False

    def _hold(self, block: Block) -> int:
        """Return how many records can be read without knowing what follows them."""
        if not self.has_addenda:
            return len(block.starts)
        others = [place for place, _ in self.layout.of_role("addendum")]
        owners = np.flatnonzero(~block.are(others))
        return int(owners[-1]) if len(owners) else 0

    def _after(self, block: Block, keep: int, end: int) -> int:
        return int(block.starts[keep]) if keep < len(block.starts) else end

    def _block(self, data: bytes, at: int, first: int, line: int) -> Block:
        whole = b"".join((MARGIN, data, b" " * self.room, MARGIN))
        text = whole if self.table is None else whole.translate(self.table)
        if self.layout.line_ends:
            starts, ends = self._by_lines(np.frombuffer(data, dtype=np.uint8), at, line)
        else:
            length = self.layout.record_bytes or 1
            starts = np.arange(len(data) // length, dtype=np.int64) * length
            ends = starts + length
        lines = np.arange(line, line + len(starts), dtype=np.int64)
        nothing = np.full(len(starts), UNKNOWN, dtype=np.int64)
        block = Block(
            data=np.frombuffer(whole, dtype=np.uint8),
            text=np.frombuffer(text, dtype=np.uint8),
            is_plain=text.isascii() and (self.layout.line_ends or b"\n" not in text),
            origin=at,
            starts=starts,
            ends=ends,
            lines=lines,
            first=first,
            kinds=nothing,
            reads=starts + len(MARGIN),
        )
        if self.findings.refused:
            return block
        if self.layout.pad:
            block = _padded(block, self.room, " ".encode(self.layout.encoding)[0])
        return replace(block, kinds=self._kinds(block))

    def _by_lines(self, data: Bytes, at: int, line: int) -> tuple[Offsets, Offsets]:
        feeds = np.flatnonzero(data == _LF)
        starts = np.concatenate(([0], feeds + 1))
        ends = np.append(feeds, len(data))
        if len(data):
            ends = ends - ((ends > starts) & (data[np.maximum(ends - 1, 0)] == _CR))
        full = np.flatnonzero(ends > starts)
        count = int(full[-1]) + 1 if len(full) else 0
        for row in np.flatnonzero(ends[:count] == starts[:count])[:_SHOWN].tolist():
            self.findings.refuse(
                "blank_line",
                line=line + row,
                byte_offset=at + int(starts[row]),
                found="an empty line between records",
                expected="one record on every line",
                hint="Ask for the file again: a record may be missing.",
            )
        return starts[:count], ends[:count]

    def _check_size(self) -> None:
        length = self.layout.record_bytes or 1
        count, rest = divmod(len(self.raw), length)
        if rest:
            self.findings.refuse(
                "file_cut_off",
                line=count + 1,
                byte_offset=count * length,
                found=f"{rest} bytes at the end",
                expected=f"records of {length} bytes",
                hint="The file is cut off, has line ends, or record_bytes is wrong.",
            )

    def _kinds(self, block: Block) -> npt.NDArray[np.int64]:
        """Return which record of the layout each is; refuse those that are none, or too short."""
        lengths = block.ends - block.starts
        if self.layout.pad:
            lengths = np.maximum(lengths, self.room)
        kinds = np.full(len(lengths), UNKNOWN, dtype=np.int64)
        for place, record in enumerate(self.layout.records):
            fits = kinds == UNKNOWN
            for one in record.when:
                fits &= self._holds(block, one.at, one.texts) & (lengths >= one.at[1])
            kinds[fits] = place
        for row in np.flatnonzero(kinds == UNKNOWN)[:_SHOWN].tolist():
            self._refuse_unknown(block, row)
        self._check_lengths(block, lengths, kinds)
        return kinds

    def _holds(self, block: Block, at: tuple[int, int], texts: list[str]) -> Mask:
        every = np.arange(len(block.starts), dtype=np.int64)
        found = block.field(every, at[0] - 1, at[1] - at[0] + 1)
        holds = np.zeros(len(every), dtype=np.bool_)
        for text in texts:
            wanted = np.frombuffer(text.encode(self.layout.encoding), dtype=np.uint8)
            if len(wanted) == found.shape[1]:
                holds |= (found == wanted).all(axis=1)
        return holds

    def _refuse_unknown(self, block: Block, row: int) -> None:
        size = min(int(block.ends[row] - block.starts[row]), 24)
        record = block.data[block.reads[row] :][:size].tobytes()
        wanted = [f"{one.title} ({_said(one.when)})" for one in self.layout.records]
        self.findings.refuse(
            "record_unknown",
            found=repr(record.decode(self.layout.encoding, "backslashreplace")),
            expected=", ".join(wanted)[:200],
            hint="Describe this kind of record in the layout, or ask for the file again.",
            **block.place(row),
        )

    def _check_lengths(self, block: Block, lengths: Offsets, kinds: npt.NDArray[np.int64]) -> None:
        needed = np.array([one.length for one in self.layout.records])[kinds]
        exact = self.layout.record_bytes
        wrong = (kinds != UNKNOWN) & (lengths < needed)
        if exact is not None and not self.layout.pad:
            wrong |= lengths != exact
        for row in np.flatnonzero(wrong)[:_SHOWN].tolist():
            least = exact if exact is not None else int(needed[row])
            self.findings.refuse(
                "record_length",
                found=f"{int(lengths[row])} bytes",
                expected=f"{'' if exact else 'at least '}{least} bytes",
                record=self.layout.records[int(kinds[row])].title,
                hint="Look for a cut line; where the sender cuts blanks off, set pad = true.",
                **block.place(row),
            )


@cache
def _ascii_table(encoding: str) -> bytes:
    """Return byte → the ASCII of its character, 255 for a character that ASCII lacks."""
    texts = bytes(range(256)).decode(encoding)
    return bytes(ord(one) if one.isascii() else 255 for one in texts)


def _said(conditions: list[Condition]) -> str:
    return " and ".join(f"{' or '.join(one.texts)} at {list(one.at)}" for one in conditions)


def _padded(block: Block, room: int, blank: int) -> Block:
    """Return the records with blanks up to `room`, in bytes of their own."""
    lengths = np.minimum(block.ends - block.starts, room)
    columns = np.arange(room)
    inside = columns < lengths[:, None]
    places = (block.reads[:, None] + columns)[inside]

    def widened(data: Bytes, blank: int) -> Bytes:
        wide = np.full((len(lengths), room), blank, dtype=np.uint8)
        wide[inside] = data[places]
        around = np.zeros(len(MARGIN), dtype=np.uint8)
        return np.concatenate((around, wide.reshape(-1), around))

    data = widened(block.data, blank)
    text = data if block.text is block.data else widened(block.text, ord(" "))
    reads = np.arange(len(lengths), dtype=np.int64) * room + len(MARGIN)
    return replace(block, data=data, text=text, reads=reads)


def _up_to(block: Block, keep: int) -> Block:
    part = slice(0, keep)
    return replace(
        block,
        starts=block.starts[part],
        ends=block.ends[part],
        lines=block.lines[part],
        kinds=block.kinds[part],
        reads=block.reads[part],
    )


def _wide() -> Finding:
    return Finding(
        "encoding_differs",
        "refusal",
        line=1,
        byte_offset=0,
        found="a UTF-16 byte order mark",
        expected="text of one byte a character, or UTF-8",
        hint="Set `encoding` in the layout to what the sender uses, or ask for the file again.",
    )
