"""Findings about single records: at most twenty of a kind, each with its line and byte offset."""

from collections import Counter

import numpy as np

from parsers.bai2.layout import CODES
from parsers.bai2.loops import NO_CODE
from parsers.bai2.physical import Records
from parsers.outcome import Findings
from parsers.views import Offsets

_SHOWN_MAX = 20
_IS_KNOWN = np.zeros(101, bool)  # the last place stands for NO_CODE
_IS_KNOWN[[int(one) for one in CODES]] = True


class Complaints:
    """Knows where a block stands in its file."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.start = self.lines = 0
        self._shown: Counter[str] = Counter()
        self._directions: list[tuple[int, int, int]] = []

    def check_codes(self, records: Records) -> None:
        """Refuse unknown record codes; warn of lines without one."""
        strange = (~_IS_KNOWN[records.kinds]).nonzero()[0]
        if not len(strange):
            return
        for record in self._some("record_unknown", strange[records.kinds[strange] != NO_CODE]):
            code = f"{records.kinds[record]:02d}"
            self._add(
                "record_unknown",
                records,
                record,
                code,
                expected=f"one of {', '.join(CODES)}",
                hint="Ask the bank for a file of BAI version 2.",
            )
        for record in self._some("record_code_missing", strange[records.kinds[strange] == NO_CODE]):
            self.findings.warn(
                "record_code_missing",
                line=self.line(records, record),
                byte_offset=self.offset(records, record),
                found=records.piece(record),
                expected="a line that starts with its record code",
                hint="It was read as the continuation of the text before it.",
            )

    def check_end(self, records: Records, last: int) -> None:
        """Warn of a file trailer without the slash that ends it."""
        end = int(records.raw_ends[last] - records.raw_starts[last] + records.starts[last])
        if ord("/") not in records.codes[records.ends[last] : max(end, records.ends[last] + 1)]:
            self.findings.warn(
                "end_mark_missing",
                line=self.line(records, last),
                byte_offset=self.offset(records, last),
                record="99",
                found=records.piece(last),
                expected="a slash at its end",
                hint="The file may be cut off here: fetch it again.",
            )

    def refuse_details(self, code: str, records: Records, firsts: Offsets, expected: str) -> None:
        """Refuse the details that start at some records."""
        for first in self._some(code, firsts):
            hint = "Ask the bank for a corrected file."
            self._add(code, records, first, "16", expected=expected, hint=hint)

    def note_directions(self, records: Records, firsts: Offsets, types: Offsets) -> None:
        """Remember details whose type code has no direction, for the end of the file."""
        for first, kind in zip(firsts.tolist(), types.tolist(), strict=True):
            if len(self._directions) >= _SHOWN_MAX:
                return
            where = self.line(records, first), self.offset(records, first)
            self._directions.append((*where, kind))

    def warn_directions(self) -> None:
        """Warn of the details whose type code has no direction."""
        for line, offset, kind in self._directions:
            self.findings.warn(
                "direction_unknown",
                line=line,
                byte_offset=offset,
                record="16",
                field="type code",
                found=f"{kind:03d}",
                expected="100-399 credit, 400-699 debit, 920-959 credit, 960-999 debit",
                hint="The entry is kept but not booked; ask the bank what the code means.",
            )

    def line(self, records: Records, record: int) -> int:
        """Return the line of a record in the file."""
        return self.lines + int(records.lines[record]) + 1

    def offset(self, records: Records, record: int) -> int:
        """Return the first byte of a record in the file."""
        return self.start + int(records.raw_starts[record])

    def _some(self, code: str, found: Offsets) -> list[int]:
        some = found[: _SHOWN_MAX - self._shown[code]].tolist()
        self._shown[code] += len(some)
        return [int(one) for one in some]

    def _add(
        self, code: str, records: Records, record: int, name: str, *, expected: str, hint: str
    ) -> None:
        self.findings.refuse(
            code,
            line=self.line(records, record),
            byte_offset=self.offset(records, record),
            record=name,
            found=records.whole(
                record, int(records.lasts[np.searchsorted(records.firsts, record)])
            ),
            expected=expected,
            hint=hint,
        )
