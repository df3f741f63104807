"""The shape of a file: which records it may have, its header and its trailer.

Nothing of the money is read before this is right.
"""

from typing import Any, Protocol

import numpy as np
import polars as pl

from parsers.amex import fixed, layout
from parsers.amex.cuts import Delimited
from parsers.lookups import look_up
from parsers.outcome import ControlTotal, Findings
from parsers.text_records import Records

_HINT = "Fetch the file again; if it stays so, ask American Express."
_SHOWN = 20


def _unknown(records: Records, known: dict[str, bool]) -> list[int]:
    """Return the records that are none of `known`, as many as are shown."""
    is_known = look_up(records.record, known, pl.Boolean(), default=False).to_numpy()
    return [] if is_known.all() else np.flatnonzero(~is_known)[:_SHOWN].tolist()


class Frame(Protocol):
    """What holds the records of a file together."""

    records: int

    def look(self, records: Records, findings: Findings) -> None:
        """Look at the records of a piece."""

    def prove(self, findings: Findings) -> tuple[ControlTotal, ...]:
        """Compare header and trailer, when all pieces were looked at."""


class GrrcnFrame:
    """HEADER and TRAILER of GRRCN, and the records between them."""

    _KNOWN = dict.fromkeys(layout.RECORDS, True)

    def __init__(self, cut: Delimited | None) -> None:
        self.cut = cut
        self.records = self.headers = self.trailers = self.unknown = 0
        self.said = ""
        self.declared = ("", "")
        self.place: dict[str, Any] = {}

    def look(self, records: Records, findings: Findings) -> None:
        """Look at the records of a piece."""
        for row in _unknown(records, self._KNOWN)[: _SHOWN - self.unknown]:
            self.unknown += 1
            place = records.place(row)
            findings.refuse(
                "record_unknown",
                line=place.line,
                byte_offset=place.byte_start,
                found=records.text[row],
                expected=", ".join(layout.RECORDS),
                hint="Report the record, if you may, with the version of the format.",
            )
        for row in np.flatnonzero(records.are(layout.HEADER)).tolist():
            self.said = self.said if self.headers else self._fields(records, row)[0]
            self.headers += 1
        for row in np.flatnonzero(records.are(layout.TRAILER)).tolist():
            if not self.trailers:
                self.declared = self._fields(records, row)[1]
                place = records.place(row)
                self.place = {"line": place.line, "byte_offset": place.byte_start}
            self.trailers += 1
        self.records += len(records)

    def _fields(self, records: Records, row: int) -> tuple[str, tuple[str, str]]:
        """Return the sequence number of a header; sequence number and count of a trailer."""
        if self.cut is not None:
            fields = [*self.cut.split(str(records.text[row])), "", "", "", ""]
            return fields[3], (fields[1], fields[2])
        text = records.fields(row, layout.GRRCN_FIXED[layout.TRAILER])
        said = records.fields(row, layout.GRRCN_FIXED[layout.HEADER])["sequence"]
        return said, (text["sequence"], text["count"])

    def prove(self, findings: Findings) -> tuple[ControlTotal, ...]:
        """Compare header and trailer: sequence number and number of records."""
        if not self.headers and not self.trailers:
            findings.warn(
                "header_missing",
                byte_offset=0,
                found="neither HEADER nor TRAILER",
                expected="both",
                hint="Whether anything is missing cannot be told from such a file.",
            )
            return ()
        if self.headers != 1 or self.trailers != 1:
            findings.refuse(
                "trailer_missing" if self.trailers < self.headers else "header_missing",
                byte_offset=0,
                found=f"{self.headers} HEADER and {self.trailers} TRAILER",
                expected="one of both",
                hint=_HINT,
            )
            return ()
        sequence = self._compare("sequence number", self.declared[0], self.said, findings)
        count = self._compare("number of records", self.declared[1], f"{self.records}", findings)
        return sequence, count

    def _compare(self, name: str, text: str, computed: str, findings: Findings) -> ControlTotal:
        agrees = text.strip().lstrip("0") == computed.strip().lstrip("0")
        if not agrees:
            findings.differs(
                "control_total_differs",
                declared=text or "nothing",
                computed=computed,
                record=layout.TRAILER,
                field=name,
                hint=_HINT,
                **self.place,
            )
        return ControlTotal(name, text, computed, agrees)


class FixedFrame:
    """DFHDR and DFTRL of EPRAW, EPTRN and EPA, and the records between them."""

    def __init__(self, codes: tuple[str, ...], count: tuple[int, int]) -> None:
        self.codes, self.count = codes, count
        self._known = dict.fromkeys((*codes, *fixed.FRAME), True)
        self.records = self.unsupported = 0
        self.first = self.last = self.code = ""
        self.place: dict[str, Any] = {}

    def look(self, records: Records, findings: Findings) -> None:
        """Look at the records of a piece."""
        for row in _unknown(records, self._known)[: _SHOWN - self.unsupported]:
            self.unsupported += 1
            place = records.place(row)
            findings.warn(
                "record_unsupported",
                line=place.line,
                byte_offset=place.byte_start,
                record=place.record,
                found=f"record {place.record}",
                expected=", ".join(self.codes),
                hint="Its positions are in no public source; use GRRCN where it matters.",
            )
        if not len(records):
            return
        if not self.records:
            self.first = str(records.text[0])
        self.last, place = str(records.text[-1]), records.place(-1)
        self.code = place.record
        self.place = {"line": place.line, "byte_offset": place.byte_start}
        self.records += len(records)

    def prove(self, findings: Findings) -> tuple[ControlTotal, ...]:
        """Refuse a file without the trailer of its header."""
        if self.code not in fixed.FRAME[1:]:
            findings.refuse(
                "trailer_missing",
                found="a file without DFTRL",
                expected="DFTRL in its last line",
                hint="The file was cut off: fetch it again.",
                **self.place,
            )
        elif self.last[5:23] != self.first[5:23]:
            findings.differs(
                "control_total_differs",
                declared=self.last[5:23],
                computed=self.first[5:23],
                record=self.code,
                field="date, time and file id",
                expected="the ones of the header",
                hint="Two files were mixed: fetch it again.",
                **self.place,
            )
        if findings.refused:
            return ()
        return self._compare_count(findings)

    def _compare_count(self, findings: Findings) -> tuple[ControlTotal, ...]:
        """Compare how many records there are; published samples were shortened, so only warn."""
        first, last = self.count
        said, computed = self.last[first - 1 : last].strip(), str(self.records)
        where = {"record": self.code, "field": "number of records", **self.place}
        if not said:
            findings.warn(
                "control_total_blank",
                found="nothing",
                expected=f"a number of records at {first} to {last}",
                hint="Whether records are missing cannot be told; was the file cut off?",
                **where,
            )
            return ()
        agrees = said.lstrip("0") == computed
        if not agrees:
            findings.differs(
                "control_total_differs",
                declared=said,
                computed=computed,
                severity="warning",
                hint=_HINT,
                **where,
            )
        return (ControlTotal("number of records", said, computed, agrees),)
