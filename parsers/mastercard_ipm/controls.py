"""What an IPM file says about itself: header and trailer, and whether the messages agree.

One transmission may hold several logical files, each with its own header and trailer. Files with
neither are accepted with a warning (extracts and test vectors); a header without a trailer is not.
"""

from dataclasses import dataclass

import numpy as np

from parsers.mastercard_ipm.container import Offsets
from parsers.mastercard_ipm.layout import ADMINISTRATIVE, HEADER_FUNCTION, TRAILER_FUNCTION
from parsers.mastercard_ipm.messages import Elements
from parsers.outcome import ControlTotal, Findings


@dataclass(frozen=True, slots=True)
class LogicalFile:
    """Messages [first, last] from header to trailer; `is_reversed` when all of it is undone."""

    first: int
    last: int
    file_id: str
    is_reversed: bool
    totals: tuple[ControlTotal, ...]


@dataclass(slots=True)
class Controls:
    """The logical files of a transmission, and which one each message belongs to (-1: none)."""

    files: list[LogicalFile]
    file_of: Offsets

    @property
    def is_framed(self) -> bool:
        """Return whether the file has headers and trailers at all."""
        return bool(self.files)


class Controller:
    """Checks one transmission; every contradiction becomes a refusal."""

    def __init__(self, found: Elements, findings: Findings, *, allow_test: bool) -> None:
        self.found = found
        self.findings = findings
        self.allow_test = allow_test
        self.function = found.number(found.element(24))
        self.amounts = np.maximum(found.number(found.element(4)), 0)
        self.message_no = found.number(found.element(71))

    def check(self) -> Controls:
        """Return the logical files; refuse what contradicts its header or trailer."""
        is_admin = self.found.mti == ADMINISTRATIVE
        headers = np.flatnonzero(is_admin & (self.function == HEADER_FUNCTION)).tolist()
        trailers = np.flatnonzero(is_admin & (self.function == TRAILER_FUNCTION)).tolist()
        file_of = np.full(self.found.count, -1, dtype=np.int64)
        files: list[LogicalFile] = []
        if not headers and not trailers:
            self.findings.warn(
                "header_missing",
                byte_offset=0,
                found="neither file header nor file trailer",
                expected="messages 1644/697 and 1644/695",
                hint="Whether anything is missing cannot be told from such a file.",
            )
            return Controls(files, file_of)
        for first, last in self._pairs(headers, trailers):
            file_of[first : last + 1] = len(files)
            files.append(self._check_file(first, last, {one.file_id for one in files}))
        outside = np.flatnonzero(file_of < 0)
        if len(outside) and not self.findings.refused:
            self._refuse(
                int(outside[0]),
                "message_outside_file",
                None,
                "a message outside header and trailer",
                "messages between header and trailer only",
            )
        return Controls(files, file_of)

    def _pairs(self, headers: list[int], trailers: list[int]) -> list[tuple[int, int]]:
        """Pair each header with the trailer that follows it; refuse either one alone."""
        marks = sorted([(one, True) for one in headers] + [(one, False) for one in trailers])
        pairs = []
        open_at: int | None = None
        for index, is_header in marks:
            if is_header:
                if open_at is not None:
                    self._no_trailer(open_at)
                open_at = index
            elif open_at is None:
                self._refuse(
                    index,
                    "header_missing",
                    None,
                    "a trailer without a header",
                    "1644/697 before 1644/695",
                )
            else:
                pairs.append((open_at, index))
                open_at = None
        if open_at is not None:
            self._no_trailer(open_at)
        return pairs

    def _no_trailer(self, header: int) -> None:
        self._refuse(
            header,
            "trailer_missing",
            None,
            "a header without a trailer",
            "1644/695 at the end of each file",
        )

    def _check_file(self, first: int, last: int, seen: set[str]) -> LogicalFile:
        header_id = self._private(105, first) or ""
        trailer_id = self._private(105, last) or ""
        totals = (
            self._total("file id (PDS0105)", header_id, trailer_id, last),
            self._number("checksum (PDS0301)", 301, last, self._checksum(first, last)),
            self._number("messages (PDS0306)", 306, last, last - first + 1),
        )
        self._check_order(first, last)
        self._check_mode(first)
        if header_id in seen:
            self._refuse(
                first,
                "file_id_duplicate",
                "PDS0105",
                f"file id {header_id} twice",
                "an id of its own for each file",
            )
        reversal = (self._private(26, first) or "").startswith("R")
        return LogicalFile(first, last, header_id, reversal, totals)

    def _checksum(self, first: int, last: int) -> int:
        # Split so that no 64-bit sum can wrap, however many messages there are.
        part = self.amounts[first : last + 1]
        return int((part // 10**6).sum()) * 10**6 + int((part % 10**6).sum())

    def _number(self, name: str, tag: int, index: int, computed: int) -> ControlTotal:
        declared = self._private(tag, index)
        if declared is not None and declared.isascii() and declared.isdigit():
            declared = str(int(declared))
        return self._total(name, declared or "", str(computed), index)

    def _total(self, name: str, declared: str, computed: str, index: int) -> ControlTotal:
        agrees = declared == computed and declared != ""
        if not agrees:
            self._refuse(
                index,
                "control_total_differs",
                name,
                f"declared {declared or 'nothing'}, computed {computed or 'nothing'}",
                "equal figures",
            )
        return ControlTotal(name, declared, computed, agrees)

    def _check_order(self, first: int, last: int) -> None:
        numbers = self.message_no[first : last + 1]
        known = np.flatnonzero(numbers >= 0)
        falls = np.flatnonzero(np.diff(numbers[known]) <= 0)
        if len(falls):
            index = int(known[falls[0] + 1])
            self._refuse(
                first + index,
                "message_number",
                "DE71",
                f"message number {numbers[index]} after {numbers[known[falls[0]]]}",
                "ascending message numbers",
            )

    def _check_mode(self, first: int) -> None:
        mode = (self._private(122, first) or "P").strip()
        if mode == "P" or (mode == "T" and self.allow_test):
            return
        self._refuse(
            first,
            "test_mode",
            "PDS0122",
            f"processing mode {mode!r}",
            "P, production (option allow_test = true reads test files)",
        )

    def _private(self, tag: int, index: int) -> str | None:
        return self.found.text_at(self.found.subelement(tag), index)

    def _refuse(self, index: int, code: str, field: str | None, found: str, expected: str) -> None:
        start, _ = self.found.messages.raw_span(index)
        mti, function = self.found.mti[index], self.function[index]
        self.findings.refuse(
            code,
            byte_offset=start,
            record_no=index + 1,
            record=f"{mti}/{function}" if function >= 0 else str(mti),
            field=field,
            found=found,
            expected=expected,
            hint="Do not use any of the file; ask for it again and open a case if it stays so.",
        )
