"""Header and trailers of a BASE II file against its records."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from parsers.outcome import ControlTotal, Findings
from parsers.records import cut
from parsers.visa_baseii import layout

_HINT = "Fetch the file again; if it stays so, ask the sender."


@dataclass(frozen=True, slots=True)
class Header:
    """One file header: `day` is its processing date, None when unreadable."""

    processing_bin: str
    file_id: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What stands between two trailers: numbers of records, and unsigned sums of amounts."""

    monetary: int
    records: int
    transactions: int
    source: int
    destination: int


class Controls:
    """Checks one transmission; a contradiction refuses the file, or warns if so told."""

    def __init__(self, findings: Findings, *, is_strict: bool, allow_test: bool) -> None:
        self.findings = findings
        self.differs = findings.refuse if is_strict else findings.warn
        self.allow_test = allow_test
        self.totals: list[ControlTotal] = []

    def read_headers(self, records: pl.DataFrame) -> list[Header]:
        """Return the file headers; refuse test files and ids that repeat."""
        found = records.filter(pl.col("code") == layout.HEADER).with_columns(
            cut(layout.FILE_HEADER)
        )
        headers: list[Header] = []
        for row in found.iter_rows(named=True):
            day = read_day(row["date"])
            name = f"{row['bin']}-{row['date']}-{row['file_id'].strip()}"
            header = Header(row["bin"], name, day)
            if day is None:
                self._refuse(row, "date_unreadable", "processing date", row["date"], "YYDDD")
            if "TEST" in row["test"] and not self.allow_test:
                self._refuse(row, "test_mode", "test option", row["test"], "a production file")
            if any(one.file_id == name for one in headers):
                self._refuse(row, "file_id_duplicate", "file id", name, "an id for each file")
            headers.append(header)
        return headers

    def check_frame(self, records: pl.DataFrame, headers: list[Header]) -> None:
        """Refuse a header without trailer and records outside both; warn about an extract."""
        files = int((records["code"] == layout.FILE).sum())
        if not headers and not files:
            self.findings.warn(
                "header_missing",
                byte_offset=0,
                found="neither file header nor file trailer",
                expected="records 90 and 92",
                hint="Whether anything is missing cannot be told from such a file.",
            )
            return
        marks = records.filter(pl.col("code").is_in([layout.HEADER, layout.FILE]))
        expected = [layout.HEADER, layout.FILE] * max(len(headers), files)
        codes = marks["code"].to_list()
        if codes != expected:
            place = next(
                (
                    at
                    for at, (one, two) in enumerate(zip(codes, expected, strict=False))
                    if one != two
                ),
                len(codes),
            )
            row = marks.row(min(place, len(codes) - 1), named=True)
            missing = expected[place] == layout.FILE
            code = "trailer_missing" if missing else "header_missing"
            what = f"{len(headers)} file headers and {files} file trailers"
            self._refuse(row, code, "file", what, "pairs of records 90 and 92")
        elif records["code"][0] != layout.HEADER or records["code"][-1] != layout.FILE:
            last = records.row(-1, named=True)
            what = "records before the header or after the trailer"
            self._refuse(last, "record_outside_file", "file", what, "90 first, 92 last")

    def check_trailers(self, records: pl.DataFrame, sums: pl.DataFrame) -> None:
        """Compare each 91 and 92 with what stands before it.

        `sums` has one row per batch (batch_no): file_no, monetary, records, transactions, source,
        destination.
        """
        trailers = records.filter(pl.col("code").is_in([layout.BATCH, layout.FILE]))
        for row in trailers.with_columns(cut(layout.TRAILER)).iter_rows(named=True):
            is_batch = row["code"] == layout.BATCH
            column, number = (
                ("batch_no", row["batch_no"]) if is_batch else ("file_no", row["file_no"])
            )
            mine = sums.filter(pl.col(column) == number)
            closed = int((mine["closed"]).sum())
            own = 0 if is_batch else 1
            counted = Counted(
                monetary=int(mine["monetary"].sum()),
                records=int(mine["records"].sum()) + own,
                transactions=int(mine["transactions"].sum()) + closed + own,
                source=int(mine["source"].sum() or 0),
                destination=int(mine["destination"].sum() or 0),
            )
            name = f"batch {row['batches'].strip()}" if is_batch else "file"
            self._compare_all(row, name, counted, closed if not is_batch else None)

    def _compare_all(
        self, row: dict[str, object], name: str, counted: Counted, batches: int | None
    ) -> None:
        figures = [
            ("monetary", "monetary transactions", counted.monetary),
            ("records", "TCRs", counted.records),
            ("transactions", "transactions", counted.transactions),
            ("source", "source amounts", counted.source),
        ]
        if batches is not None:
            figures.append(("batches", "batches", batches))
        if str(row["destination"]).strip(" 0"):  # zero in files on their way to the scheme
            figures.append(("destination", "destination amounts", counted.destination))
        for field, what, computed in figures:
            text = str(row[field]).strip()
            is_number = text.isascii() and text.isdigit()
            declared = str(int(text)) if is_number else text
            agrees = is_number and int(text) == computed
            self.totals.append(ControlTotal(f"{what} of {name}", declared, str(computed), agrees))
            if not agrees:
                self.differs(
                    "control_total_differs",
                    line=row["line"],
                    byte_offset=row["byte_start"],
                    record=str(row["code"]),
                    field=f"{what} of {name}",
                    found=f"declared {declared or 'nothing'}, computed {computed}",
                    expected="equal figures",
                    hint=_HINT,
                )

    def _refuse(
        self, row: dict[str, object], code: str, field: str, found: str, expected: str
    ) -> None:
        self.findings.refuse(
            code,
            line=row["line"],
            byte_offset=row["byte_start"],
            record=str(row["code"]),
            field=field,
            found=found,
            expected=expected,
            hint="Test data must not post." if code == "test_mode" else _HINT,
        )


def read_day(text: str) -> date | None:
    """Return the day of YYDDD."""
    if not (len(text) == 5 and text.isascii() and text.isdigit()):
        return None
    year, day = 2000 + int(text[:2]), int(text[2:])
    found = date(year, 1, 1) + timedelta(days=day - 1)
    return found if day >= 1 and found.year == year else None
