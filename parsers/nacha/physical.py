"""A block to records of 94 characters, whether or not line ends stand between them.

Every record becomes 94 bytes of one text, so that a field is the same place in each; a record with
characters outside ASCII keeps its own text beside it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from parsers.contract import Data
from parsers.encodings import BOM, to_utf8
from parsers.nacha.layout import RECORD_CHARACTERS
from parsers.nacha.place import Place
from parsers.views import PAD, Bytes, Mask, Offsets, Words, codes_of, words_of

_FILE = re.compile(rb"(?:\xef\xbb\xbf)?\s*101.{31}094101", re.DOTALL)
_BATCH = re.compile(rb"\s*5(?:200|220|225|280).{46}[A-Z]{3}.{26}[0-9 ]{8}[0-9]{7}\s*[\r\n678]")
_ENTRY = re.compile(rb"\s*6[2-58][1-9][0-9]{9}.{17}[0-9]{10}.{39}[01][0-9]{15}\s*[\r\n578]")
_BORDERS = {end: re.compile(end + rb"(?=[5689])") for end in (b"\n", b"\r")}
_FILLING = re.compile(rb"9{56,}\s*")
_TYPES = np.isin(np.arange(256), list(b"156789"))
_SHOWN_MAX = 20
_STEP = 1 << 16
_LF = 10


def looks_like(data: bytes) -> bool:
    """Tell whether the file starts with a file header, or is an extract that starts later."""
    head = data[:4096]
    return any(one.match(head) is not None for one in (_FILE, _BATCH, _ENTRY))


@dataclass(slots=True)
class Records:
    """The records of a block; fillings and blank lines are left out.

    Attributes:
        text: 94 bytes for each record at `starts`, PAD behind all.
        codes, words: `text` as bytes and as eight bytes from each place.
        kinds: first byte of each record.
        lines: line of each record in the block, from 0.
        raw_starts: first byte of each record in the block as received.
        raw_lengths: its bytes without line end.
        own: texts of the records that hold characters outside ASCII.
        line_ends: how many line ends the block has.
        fillings: lengths of the lines of nines that were left out.
    """

    text: bytes
    codes: Bytes
    words: Words
    starts: Offsets
    kinds: Bytes
    lines: Offsets
    raw_starts: Offsets
    raw_lengths: Offsets
    own: dict[int, str]
    line_ends: int
    fillings: Offsets

    def record(self, row: int) -> str:
        """Return the 94 characters of one record."""
        start = int(self.starts[row])
        return self.own.get(row) or self.text[start : start + RECORD_CHARACTERS].decode()

    def field(self, row: int, place: tuple[int, int]) -> str:
        """Return one field of one record; positions count from 1."""
        return self.record(row)[place[0] - 1 : place[1]]


def is_endless(data: Data) -> bool:
    """Tell whether the records stand in one line, without line ends between them."""
    places = [one for one in (data.find(b"\n"), data.find(b"\r")) if one >= 0]
    first = min(places, default=len(data))
    return first > RECORD_CHARACTERS + len(BOM) and not data[first : first + _STEP].strip()


def line_end_of(data: Data) -> bytes:
    """Return what ends lines: LF (also behind a CR), or a bare CR where there is no LF at all."""
    return b"\r" if data.find(b"\n") < 0 <= data.find(b"\r") else b"\n"


def read_blocks(data: Data, size: int, *, endless: bool) -> Iterator[tuple[int, bytes]]:
    """Yield first byte and bytes of blocks of about `size`; no entry loses its addenda.

    Lines end with LF, whatever ended them in the file.
    """
    line_end = line_end_of(data)
    border = _BORDERS[line_end]
    start = len(BOM) if data[:3] == BOM else 0
    while start < len(data):
        end = len(data)
        if start + size < end:
            if endless:
                end = _record_border(data, start, start + size)
            else:
                end = _line_border(data, start, start + size, border)
        block = data[start:end]
        yield start, block if line_end == b"\n" else block.replace(line_end, b"\n")
        start = end


def _record_border(data: Data, start: int, end: int) -> int:
    """Return where a record that is no addenda starts; all records have 94 bytes."""
    place = start + max((end - start) // RECORD_CHARACTERS, 1) * RECORD_CHARACTERS
    while place < len(data) and data[place : place + 1] == b"7":
        place += RECORD_CHARACTERS
    return min(place, len(data))


def _line_border(data: Data, start: int, end: int, border: re.Pattern[bytes]) -> int:
    """Return where the last record before `end` starts that is no addenda, else the next one."""
    for first in range(max(start + 1, end - _STEP), start, -_STEP):
        found = [one.end() for one in border.finditer(data, first, min(first + _STEP, end))]
        if found:
            return found[-1]
    after = border.search(data, max(start + 1, end - 1))
    return after.end() if after else len(data)


def read_records(block: bytes, encoding: str, place: Place, *, endless: bool) -> Records:
    """Return the records of a block; refuse lines that are too long, and unknown types."""
    feeds = np.flatnonzero(codes_of(block) == _LF)
    if endless:
        cut = _cut(block, encoding)
    else:
        even = _even(block, feeds) if block.isascii() else None
        cut = even or _uneven(block, encoding, place)
    text, starts, lines, raw_starts, raw_lengths, own = cut
    codes = codes_of(text)
    kept = _not_filling(text, codes, starts)
    fillings = raw_lengths[~kept]
    if not kept.all():
        numbers = np.cumsum(kept) - 1
        own = {int(numbers[row]): one for row, one in own.items() if kept[row]}
        starts, lines = starts[kept], lines[kept]
        raw_starts, raw_lengths = raw_starts[kept], raw_lengths[kept]
    kinds = codes[starts]
    records = Records(
        text, codes, words_of(text), starts, kinds, lines, raw_starts, raw_lengths, own, len(feeds),
        fillings,
    )  # fmt: skip
    for row in np.flatnonzero(~_TYPES[kinds])[:_SHOWN_MAX].tolist():
        expected = "a record type 1, 5, 6, 7, 8 or 9"
        line, start = int(lines[row]), int(raw_starts[row])
        place.refuse("record_unknown", line, start, records.record(row), expected)
    _warn_controls(records, place)
    return records


def _warn_controls(records: Records, place: Place) -> None:
    """Warn of characters below the blank inside records: NACHA allows none of them."""
    low = np.flatnonzero(records.codes < ord(" "))
    low = low[(records.codes[low] != _LF) & (records.codes[low] != 0)]
    if not len(low) or not len(records.starts):
        return
    rows = np.searchsorted(records.starts, low, side="right") - 1
    inside = (rows >= 0) & (low - records.starts[rows] < RECORD_CHARACTERS)
    for at in np.flatnonzero(inside)[: place.left("control_character")].tolist():
        row = int(rows[at])
        position = int(low[at] - records.starts[row]) + 1
        place.warn(
            "control_character",
            int(records.lines[row]),
            int(records.raw_starts[row]),
            record=chr(records.kinds[row]),
            number=None,
            found=f"byte {int(records.codes[low[at]]):#04x} at position {position}",
            expected="printable characters",
            hint="It stays in the text as it is; the bank that gets the record may reject it.",
        )


def _not_filling(text: bytes, codes: Bytes, starts: Offsets) -> Mask:
    """Tell which records are no lines of nines."""
    kept = np.ones(len(starts), bool)
    nine = ord("9")
    for row in np.flatnonzero((codes[starts] == nine) & (codes[starts + 55] == nine)).tolist():
        start = int(starts[row])
        kept[row] = not _FILLING.fullmatch(text, start, start + RECORD_CHARACTERS)
    return kept


Cut = tuple[bytes, Offsets, Offsets, Offsets, Offsets, dict[int, str]]


def _even(block: bytes, feeds: Offsets) -> Cut | None:
    """Return the records of a block where they lie, if all lines but fillings have 94 bytes."""
    starts = np.concatenate((np.zeros(1, np.int64), feeds + 1))
    ends = np.append(feeds, len(block))
    if starts[-1] == len(block):
        starts, ends = starts[:-1], ends[:-1]
    text = block + PAD
    codes = codes_of(text)
    ends = ends - ((ends > starts) & (codes[np.maximum(ends - 1, 0)] == ord("\r")))
    if not len(starts) or (ends - starts != RECORD_CHARACTERS).any():
        return None
    if (codes[starts] <= ord(" ")).any():
        return None
    lengths = np.full(len(starts), RECORD_CHARACTERS)
    return text, starts, np.arange(len(starts)), starts, lengths, {}


def _uneven(block: bytes, encoding: str, place: Place) -> Cut:
    """Return the records of lines of any length: blanks at their end may be missing."""
    pieces: list[bytes] = []
    lines, raw_starts, raw_lengths = [], [], []
    own: dict[int, str] = {}
    start, long = 0, 0
    for number, line in enumerate(block.split(b"\n")):
        plain = line.rstrip(b" \t\r\x1a\x0b\x0c")
        if plain:
            text = None if plain.isascii() else to_utf8(plain, encoding).decode()
            size = len(text or plain)
            if size > RECORD_CHARACTERS and long < _SHOWN_MAX:
                long += 1
                shown = text or plain.decode()
                expected = f"{RECORD_CHARACTERS} characters"
                place.refuse("record_length", number, start, shown, expected)
            if text is not None:
                own[len(pieces)] = text.ljust(RECORD_CHARACTERS)
                plain = text.encode("ascii", "replace")
            pieces.append(plain[:RECORD_CHARACTERS].ljust(RECORD_CHARACTERS))
            lines.append(number)
            raw_starts.append(start)
            raw_lengths.append(len(line.rstrip(b"\r")))
        start += len(line) + 1
    numbers, begins, sizes = (np.array(one, np.int64) for one in (lines, raw_starts, raw_lengths))
    starts = np.arange(len(pieces)) * RECORD_CHARACTERS
    return b"".join(pieces) + PAD, starts, numbers, begins, sizes, own


def _cut(block: bytes, encoding: str) -> Cut:
    """Return the records of a block without line ends."""
    whole = block.rstrip(b"\r\n\x1a")
    text = whole.decode("ascii") if whole.isascii() else to_utf8(whole, encoding).decode()
    size = -(-len(text) // RECORD_CHARACTERS)
    starts = np.arange(size) * RECORD_CHARACTERS
    lengths = np.minimum(len(text) - starts, RECORD_CHARACTERS)
    raw_starts, raw_lengths = starts, lengths
    own: dict[int, str] = {}
    plain = whole
    if not whole.isascii():
        parts = [text[one : one + RECORD_CHARACTERS] for one in starts.tolist()]
        own = {
            row: one.ljust(RECORD_CHARACTERS) for row, one in enumerate(parts) if not one.isascii()
        }
        codec = "utf-8" if encoding == "utf-8" else "cp1252"
        sizes = [len(one.encode(codec, "replace")) for one in parts]
        raw_lengths = np.array(sizes, np.int64)
        raw_starts = np.cumsum(raw_lengths) - raw_lengths
        plain = text.encode("ascii", "replace")
    padded = plain.ljust(size * RECORD_CHARACTERS) + PAD
    return padded, starts, np.zeros(size, np.int64), raw_starts, raw_lengths, own
