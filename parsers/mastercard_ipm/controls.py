"""What an IPM file says about itself: header and trailer, and whether the messages agree.

One transmission may hold several logical files, each with its own header and trailer. Files with
neither are accepted with a warning (extracts and test vectors); a header without a trailer is not.
The transmission comes in chunks; sums are Python integers, which no file can make wrap.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from parsers.mastercard_ipm import layout
from parsers.mastercard_ipm.elements import Records
from parsers.mastercard_ipm.places import Place
from parsers.mastercard_ipm.positions import Positions
from parsers.mastercard_ipm.text import Offsets
from parsers.outcome import ControlTotal, Findings

_HALF = 20
_KEYS = 10**8
"""More than there are kinds of messages."""
_HINT = "Do not use any of the file; ask for it again and open a case if it stays so."


@dataclass(slots=True)
class LogicalFile:
    """Messages from a header to its trailer; `is_reversed` when all of it is undone."""

    number: int
    file_id: str
    is_reversed: bool
    header: Place
    messages: int = 0
    checksum: int = 0
    last_message_no: int = -1
    sums: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    totals: tuple[ControlTotal, ...] = ()


class Controls:
    """Checks one transmission, chunk after chunk; every contradiction becomes a refusal."""

    def __init__(self, findings: Findings, *, allow_test: bool) -> None:
        self.findings = findings
        self.allow_test = allow_test
        self.files: list[LogicalFile] = []
        self.positions = Positions(findings)
        self._open: LogicalFile | None = None
        self._ids: set[str] = set()
        self._outside: Place | None = None
        self._is_framed = False
        self._has_fault = False

    @property
    def is_framed(self) -> bool:
        """Return whether a header or trailer has been seen."""
        return self._is_framed

    def take(self, records: Records) -> Offsets:
        """Check one chunk; return the number of each message's logical file, -1 for none."""
        functions = records.number(24, 3)
        chunk = _Chunk(records, functions)
        file_of = np.full(records.count, -1, dtype=np.int64)
        is_mark = np.isin(functions, (layout.HEADER_FUNCTION, layout.TRAILER_FUNCTION))
        at = 0
        for index in np.flatnonzero((records.mti == layout.ADMINISTRATIVE) & is_mark).tolist():
            self._is_framed = True
            is_header = functions[index] == layout.HEADER_FUNCTION
            end = index if is_header else index + 1
            self._add(chunk, at, end, file_of)
            at = end
            place = Place.of(records, functions, index)
            if is_header:
                self._start(place, records.private_values(index))
            else:
                self._finish(place, records.private_values(index))
        self._add(chunk, at, records.count, file_of)
        self._add_sums(chunk, file_of)
        return file_of

    def end(self) -> tuple[ControlTotal, ...]:
        """Return the totals of all files, after a last look at what is missing."""
        if self._open is not None:
            self._no_trailer(self._open)
        if not self._is_framed:
            self.findings.warn(
                "header_missing",
                byte_offset=0,
                found="neither file header nor file trailer",
                expected="messages 1644/697 and 1644/695",
                hint="Whether anything is missing cannot be told from such a file.",
            )
        elif self._outside is not None and not self._has_fault:
            self._refuse(
                self._outside,
                "message_outside_file",
                None,
                "a message outside header and trailer",
                "messages between header and trailer only",
            )
        own = tuple(total for one in self.files for total in one.totals)
        return own + self.positions.totals({one.file_id: one.sums for one in self.files})

    def _start(self, place: Place, values: Mapping[int, str]) -> None:
        if self._open is not None:
            self._no_trailer(self._open)
        file_id = values.get(layout.FILE_ID, "")
        is_reversed = values.get(layout.FILE_REVERSAL, "").startswith("R")
        self._open = LogicalFile(len(self.files), file_id, is_reversed, place)
        self.files.append(self._open)
        mode = values.get(layout.PROCESSING_MODE, "P").strip()
        if mode != "P" and not (mode == "T" and self.allow_test):
            self._refuse(
                place,
                "test_mode",
                "PDS0122",
                f"processing mode {mode!r}",
                "P, production (option allow_test = true reads test files)",
            )
        if file_id in self._ids:
            self._refuse(
                place,
                "file_id_duplicate",
                "PDS0105",
                f"file id {file_id} twice",
                "an id of its own for each file",
            )
        self._ids.add(file_id)

    def _finish(self, place: Place, values: Mapping[int, str]) -> None:
        file = self._open
        if file is None:
            found, expected = "a trailer without a header", "1644/697 before 1644/695"
            self._refuse(place, "header_missing", None, found, expected)
            return
        declared = values.get(layout.FILE_ID, "")
        checksum = _number(values.get(layout.CHECKSUM, ""))
        messages = _number(values.get(layout.MESSAGES, ""))
        file.totals = (
            self._total("file id (PDS0105)", file.file_id, declared, place),
            self._total("checksum (PDS0301)", checksum, str(file.checksum), place),
            self._total("messages (PDS0306)", messages, str(file.messages), place),
        )
        self._open = None

    def _add(self, chunk: "_Chunk", first: int, last: int, file_of: Offsets) -> None:
        """Count messages [first, last) into the open file."""
        file = self._open
        if first == last:
            return
        if file is None:
            self._outside = self._outside or chunk.place(first)
            return
        file_of[first:last] = file.number
        file.messages += last - first
        file.checksum += _sum(chunk.amounts[first:last])
        self._check_order(file, chunk, first, last)
        for index in chunk.position_messages(first, last):
            self.positions.add(chunk.place(index), chunk.records.private_values(index))

    def _add_sums(self, chunk: "_Chunk", file_of: Offsets) -> None:
        """Count messages, and their DE5, by file and kind of message, for the positions."""
        # Twelve digits each: it takes nine million of them to fill 63 bits, a chunk has fewer.
        whole = file_of * _KEYS + chunk.keys
        order = np.argsort(whole, kind="stable")
        whole = whole[order]
        first = np.flatnonzero(np.append(True, whole[1:] != whole[:-1]))
        counts = np.diff(np.append(first, len(whole)))
        amounts = np.add.reduceat(chunk.settled[order], first)
        for row, count, amount in zip(
            order[first].tolist(), counts.tolist(), amounts.tolist(), strict=True
        ):
            if file_of[row] >= 0:
                file = self.files[file_of[row]].sums[int(chunk.keys[row])]
                file[0] += count
                file[1] += amount

    def _check_order(self, file: LogicalFile, chunk: "_Chunk", first: int, last: int) -> None:
        numbers = chunk.message_no[first:last]
        known = np.flatnonzero(numbers >= 0)
        if not len(known):
            return
        values = numbers[known]
        before = np.concatenate(([file.last_message_no], values[:-1]))
        falls = np.flatnonzero(values <= before)
        if len(falls):
            at = int(falls[0])
            self._refuse(
                chunk.place(first + int(known[at])),
                "message_number",
                "DE71",
                f"message number {values[at]} after {before[at]}",
                "ascending message numbers",
            )
        file.last_message_no = int(values[-1])

    def _no_trailer(self, file: LogicalFile) -> None:
        found, expected = "a header without a trailer", "1644/695 at the end of each file"
        self._refuse(file.header, "trailer_missing", None, found, expected)

    def _total(self, name: str, declared: str, computed: str, place: Place) -> ControlTotal:
        agrees = declared == computed and declared != ""
        if not agrees:
            self._has_fault = True
            self.findings.differs(
                "control_total_differs",
                declared=declared or "nothing",
                computed=computed or "nothing",
                byte_offset=place.byte_offset,
                record_no=place.record_no,
                record=place.record,
                field=name,
                hint=_HINT,
            )
        return ControlTotal(name, declared, computed, agrees)

    def _refuse(
        self, place: Place, code: str, field: str | None, found: str, expected: str
    ) -> None:
        self._has_fault = True
        self.findings.refuse(
            code,
            byte_offset=place.byte_offset,
            record_no=place.record_no,
            record=place.record,
            field=field,
            found=found,
            expected=expected,
            hint=_HINT,
        )


class _Chunk:
    """The columns of a chunk that the controls look at."""

    def __init__(self, records: Records, functions: Offsets) -> None:
        self.records = records
        self.functions = functions
        self.amounts = np.maximum(records.number(4, 12), 0)
        self.settled = np.maximum(records.number(5, 12), 0)
        self.message_no = records.number(71, 8)
        self.keys = records.mti * 1000 + functions
        keys = [layout.ADMINISTRATIVE * 1000 + one for one in layout.POSITION_FUNCTIONS]
        self._positions: list[int] = np.flatnonzero(np.isin(self.keys, keys)).tolist()

    def place(self, index: int) -> Place:
        return Place.of(self.records, self.functions, index)

    def position_messages(self, first: int, last: int) -> list[int]:
        """Return which messages from `first` to before `last` state a financial position."""
        return self._positions[
            bisect_left(self._positions, first) : bisect_left(self._positions, last)
        ]


def _sum(values: Offsets) -> int:
    # Split so that no 64-bit sum can wrap, however many messages there are.
    return (int((values >> _HALF).sum()) << _HALF) + int((values & (1 << _HALF) - 1).sum())


def _number(text: str) -> str:
    return str(int(text)) if text.isascii() and text.isdigit() else text
