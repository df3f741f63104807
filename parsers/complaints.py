"""What is wrong with the rows of a report, in the order of its checks, however it is read.

A report that is read in pieces goes through the same checks again and again. What they find belongs
together: rows are listed up to a limit, lines are counted over all pieces, and at the end findings
stand as if the report had been read at once.
"""

from collections import Counter
from dataclasses import replace

import polars as pl

from parsers.outcome import Finding, Findings

BAD_ROWS_SHOWN = 25


class Complaints:
    """The findings of one report's rows."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._check = 0
        self._checks: list[int] = [0] * len(findings.kept)
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._places: dict[tuple[str, ...], int | None] = {}

    def start(self) -> None:
        """Begin with the checks of another piece."""
        self._check = 0

    def go_on(self) -> None:
        """Come to the next check, which may find something or not."""
        self._check += 1

    def tell(self, finding: Finding) -> int | None:
        """Add a finding of the check at hand; return its place, None where there are too many."""
        kept = self.findings.kept
        self._checks += [0] * (len(kept) - len(self._checks))
        self.findings.add(finding)
        if len(kept) == len(self._checks):
            return None
        self._checks.append(self._check)
        return len(kept) - 1

    def list_rows(self, code: str, field: str, bad: pl.DataFrame, expected: str) -> None:
        """Refuse rows, shape (rows, record_no, line, byte_start, was): BAD_ROWS_SHOWN of them."""
        before = self._counts[code, field]
        self._counts[code, field] += bad.height
        for row in bad.head(max(BAD_ROWS_SHOWN - before, 0)).iter_rows(named=True):
            finding = Finding(
                code,
                "refusal",
                line=row["line"],
                byte_offset=row["byte_start"],
                record_no=row["record_no"],
                field=field,
                found="nothing" if row["was"] is None else repr(row["was"]),
                expected=expected,
                hint="Ask the sender for the file again, unchanged by a spreadsheet.",
            )
            self.tell(finding)
        more = self._counts[code, field] - BAD_ROWS_SHOWN
        if more > 0:
            finding = Finding(
                code,
                "refusal",
                field=field,
                found=f"{more} more lines like the ones listed",
                expected=expected,
                hint="They have the same cause.",
            )
            self._grow((code, field), finding)

    def count_rows(self, code: str, bad: pl.DataFrame, found: str, expected: str) -> None:
        """Warn once about rows, naming the first and their number."""
        line, place, number = bad.select("line", "byte_start", "record_no").row(0)
        key = (code, found, expected)
        self._counts[key] += bad.height
        finding = Finding(
            code,
            "warning",
            line=line,
            byte_offset=place,
            record_no=number,
            found=f"{found}, {self._counts[key]} times",
            expected=expected,
            hint="The lines are kept as written; ask the sender which figure counts.",
        )
        self._grow(key, finding)

    def _grow(self, key: tuple[str, ...], finding: Finding) -> None:
        """Add a finding or, where an earlier piece has added it, say what is found by now."""
        if key not in self._places:
            self._places[key] = self.tell(finding)
            return
        place = self._places[key]
        if place is not None:
            kept = self.findings.kept
            kept[place] = replace(kept[place], found=finding.found)

    def in_order(self) -> None:
        """Bring the findings of all pieces into the order of the checks; none may follow."""
        kept = self.findings.kept
        order = sorted(range(len(self._checks)), key=self._checks.__getitem__)
        kept[: len(order)] = [kept[place] for place in order]
