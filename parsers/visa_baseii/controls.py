"""Header and trailers of a BASE II file against its records, while they go by."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from parsers.outcome import ControlTotal, Findings
from parsers.visa_baseii import layout
from parsers.visa_baseii.options import Options
from parsers.visa_baseii.records import Records

_HINT = "Fetch the file again; if it stays so, ask the sender."
_HEADER, _BATCH, _FILE = (int(one) for one in (layout.HEADER, layout.BATCH, layout.FILE))


@dataclass(frozen=True, slots=True)
class Header:
    """One file header: `day` is its processing date, None when unreadable."""

    processing_bin: str
    file_id: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What stood before a place in the file: numbers, and unsigned sums of amounts."""

    monetary: int = 0
    records: int = 0
    transactions: int = 0
    source: int = 0
    destination: int = 0
    batches: int = 0

    def since(self, earlier: "Tally") -> "Tally":
        """Return what stands between an earlier place and this one."""
        names = self.__dataclass_fields__
        return Tally(**{name: getattr(self, name) - getattr(earlier, name) for name in names})


@dataclass(frozen=True, slots=True)
class Money:
    """The monetary transactions of a batch of records: rows in order, and their amounts."""

    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    source: np.ndarray[tuple[int], np.dtype[np.int64]]
    destination: np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A header or trailer, and where it stands."""

    code: int
    line: int
    byte_offset: int


class Controls:
    """Checks one transmission; every contradiction becomes a finding."""

    def __init__(self, findings: Findings, options: Options) -> None:
        self.findings = findings
        self.allow_test = options.allow_test
        self.totals: list[ControlTotal] = []
        self.headers: list[Header] = []
        self._ids: set[str] = set()
        self._marks: list[_Mark] = []
        self._first: int | None = None
        self._last = _Mark(0, 1, 0)
        self._before = self._batch = self._file = Tally()

    def read_headers(self, records: Records) -> None:
        """Take in the file headers among the next records."""
        for row in np.flatnonzero(records.code == _HEADER).tolist():
            self._read_header(records.row(row), self._mark(records, row))

    def read_trailers(self, records: Records, money: Money) -> None:
        """Compare the trailers among the same records with what was counted so far."""
        code = records.code
        if self._first is None:
            self._first = int(code[0])
        self._last = self._mark(records, len(records) - 1)
        is_edge = (code == _HEADER) | (code == _FILE)
        is_opening = records.opens & ~((code >= _HEADER) & (code <= _FILE))
        sums = [np.concatenate(([0], np.cumsum(one))) for one in (money.source, money.destination)]
        places = [np.flatnonzero(one) for one in (is_edge, is_opening, code == _BATCH)]

        def tally(row: int) -> Tally:
            at = int(np.searchsorted(money.rows, row, side="right"))
            edges, openings, batches = (int(np.searchsorted(one, row, "right")) for one in places)
            totals = (int(one[at]) for one in sums)
            return self._plus(at, row + 1 - edges, openings, *totals, batches)

        for row in np.flatnonzero((code >= _HEADER) & (code <= _FILE)).tolist():
            self._take(records, row, tally(row))
        self._before = tally(len(code) - 1)

    def _plus(self, *more: int) -> Tally:
        one = self._before
        values = (one.monetary, one.records, one.transactions, one.source, one.destination)
        return Tally(*(a + b for a, b in zip((*values, one.batches), more, strict=True)))

    def _take(self, records: Records, row: int, here: Tally) -> None:
        mark = self._mark(records, row)
        text = records.row(row)
        if mark.code == _BATCH:
            self._compare(text, mark, here.since(self._batch), own=0)
            self._batch = here
            return
        self._marks.append(mark)
        if mark.code == _FILE:
            self._compare(text, mark, here.since(self._file), own=1)
        self._batch = self._file = here

    def _mark(self, records: Records, row: int) -> _Mark:
        return _Mark(int(records.code[row]), int(records.line[row]), int(records.start[row]))

    def _read_header(self, text: str, mark: _Mark) -> None:
        """Keep a file header; refuse test files and ids that repeat."""
        field = _cut(text, layout.FILE_HEADER)
        name = f"{field['bin']}-{field['date']}-{field['file_id'].strip()}"
        day = read_day(field["date"])
        if day is None:
            self._refuse(mark, "date_unreadable", "processing date", field["date"], "YYDDD")
        if "TEST" in field["test"] and not self.allow_test:
            self._refuse(mark, "test_mode", "test option", field["test"], "a production file")
        if name in self._ids:
            self._refuse(mark, "file_id_duplicate", "file id", name, "an id for each file")
        self._ids.add(name)
        self.headers.append(Header(field["bin"], name, day))

    def _compare(self, text: str, mark: _Mark, counted: Tally, *, own: int) -> None:
        """Compare a trailer; a file trailer counts itself (`own`), a batch trailer is counted."""
        field = _cut(text, layout.TRAILER)
        is_file = mark.code == _FILE
        name = "file" if is_file else f"batch {field['batches'].strip()}"
        figures = [
            ("monetary", "monetary transactions", counted.monetary),
            ("records", "TCRs", counted.records + own),
            ("transactions", "transactions", counted.transactions + counted.batches + own),
            ("source", "source amounts", counted.source),
        ]
        if is_file:
            figures.append(("batches", "batches", counted.batches))
        if field["destination"].strip(" 0"):  # zero in files on their way to the scheme
            figures.append(("destination", "destination amounts", counted.destination))
        for key, what, computed in figures:
            self._compare_one(f"{what} of {name}", field[key].strip(), computed, mark)

    def _compare_one(self, name: str, text: str, computed: int, mark: _Mark) -> None:
        is_number = text.isascii() and text.isdigit()
        declared = str(int(text)) if is_number else text
        agrees = is_number and int(text) == computed
        self.totals.append(ControlTotal(name, declared, str(computed), agrees))
        if not agrees:
            self.findings.differs(
                "control_total_differs",
                declared=declared or "nothing",
                computed=computed,
                line=mark.line,
                byte_offset=mark.byte_offset,
                record=str(mark.code),
                field=name,
                hint=_HINT,
            )

    def finish(self) -> None:
        """Refuse a header without trailer and records outside both; warn about an extract."""
        files = sum(one.code == _FILE for one in self._marks)
        headers = len(self._marks) - files
        if not self._marks:
            self.findings.warn(
                "header_missing",
                byte_offset=0,
                found="neither file header nor file trailer",
                expected="records 90 and 92",
                hint="Whether anything is missing cannot be told from such a file.",
            )
            return
        codes = [one.code for one in self._marks]
        expected = [_HEADER, _FILE] * max(headers, files)
        if codes != expected:
            pairs = zip(codes, expected, strict=False)
            place = next((at for at, (one, two) in enumerate(pairs) if one != two), len(codes))
            code = "trailer_missing" if expected[place] == _FILE else "header_missing"
            mark = self._marks[min(place, len(codes) - 1)]
            what = f"{headers} file headers and {files} file trailers"
            self._refuse(mark, code, "file", what, "pairs of records 90 and 92")
        elif self._first != _HEADER or self._last.code != _FILE:
            what = "records before the header or after the trailer"
            self._refuse(self._last, "record_outside_file", "file", what, "90 first, 92 last")

    def _refuse(self, mark: _Mark, code: str, field: str, found: str, expected: str) -> None:
        self.findings.refuse(
            code,
            line=mark.line,
            byte_offset=mark.byte_offset,
            record=str(mark.code),
            field=field,
            found=found,
            expected=expected,
            hint="Test data must not post." if code == "test_mode" else _HINT,
        )


def _cut(text: str, fields: dict[str, tuple[int, int]]) -> dict[str, str]:
    return {name: text[first - 1 : last] for name, (first, last) in fields.items()}


def read_day(text: str) -> date | None:
    """Return the day of YYDDD."""
    if not (len(text) == 5 and text.isascii() and text.isdigit()):
        return None
    year, day = 2000 + int(text[:2]), int(text[2:])
    if day < 1:
        return None
    found = date(year, 1, 1) + timedelta(days=day - 1)
    return found if found.year == year else None
