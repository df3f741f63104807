"""What a run came to, for people and for scripts: per date and feed files, lines, breaks, money."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tieout.cli.output import print_table, some_names
from tieout.config import Workspace
from tieout.money import format_minor
from tieout.reports.files import FileCount, FileWarnings, lines_received, warned_files
from tieout.reports.overview import FeedRows, OpenedCases, load_date

EXIT_BREAKS, EXIT_FILE_MISSING, EXIT_INTEGRITY = 3, 4, 6


@dataclass(frozen=True)
class DaySummary:
    """One business date after its run; `changed` results came into force.

    Attributes:
        idle: feeds that no reconciliation names, and the lines that they brought.
        warned: files that were accepted with warnings.
        strays: folder of a feed → names in it that fit no feed's pattern; known after a run only.
    """

    business_date: date
    feeds: tuple[FeedRows, ...]
    changed: int
    idle: Mapping[str, int] = field(default_factory=dict)
    warned: tuple[FileWarnings, ...] = ()
    strays: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def exit_code(self, fail_over: int | None) -> int:
        """Return 6 for a refused file, 4 for a missing one, 3 for too many breaks, else 0."""
        if any(row.files.refused for row in self.feeds):
            return EXIT_INTEGRITY
        opened: Counter[str] = sum((self._open(row) for row in self.feeds), Counter())
        if opened["file_missing"]:
            return EXIT_FILE_MISSING
        if fail_over is not None and opened.total() > fail_over:
            return EXIT_BREAKS
        return 0

    def trouble(self) -> str:
        """Return in words what the exit code says: files refused or missing; empty otherwise."""
        refused = sum(row.files.refused for row in self.feeds)
        missing = sum(self._open(row)["file_missing"] for row in self.feeds)
        found = ((refused, "refused"), (missing, "missing"))
        return ", ".join(
            f"{count} {'file' if count == 1 else 'files'} {what}" for count, what in found if count
        )

    def notes(self, home: Path) -> Iterator[str]:
        """Yield what is no trouble, and should not go unseen either; each with what to do."""
        if self.warned:
            count = sum(one.count for one in self.warned)
            files = some_names([one.name for one in self.warned])
            yield (
                f"{count:,} warning{'' if count == 1 else 's'} in {files}: "
                f"`tieout files {self.warned[0].name} --home {home}` shows what they say."
            )
        for feed in self.idle:
            yield (
                f"No reconciliation names the feed {feed}: its lines are kept, and compared "
                "with nothing."
            )
        for folder, names in self.strays.items():
            count = len(names)
            yield (
                f"{folder}: {count:,} file{'' if count == 1 else 's'} that no feed's `pattern` "
                f"fits, left there: {some_names(names)}."
            )

    @staticmethod
    def _open(row: FeedRows) -> Counter[str]:
        return sum((leg.cases.open_by_reason for leg in row.legs), Counter())

    def as_json(self) -> dict[str, Any]:
        """Return the summary with stable keys."""
        return {
            "business_date": self.business_date.isoformat(),
            "changed": self.changed,
            "feeds": [self._feed_json(row) for row in self.feeds],
            "files_of_no_feed": {folder: list(names) for folder, names in self.strays.items()},
        }

    def _feed_json(self, row: FeedRows) -> dict[str, Any]:
        return {
            "feed": row.feed,
            "files": row.files.received,
            "warnings": sum(one.count for one in self.warned if one.feed == row.feed),
            "is_reconciled": row.feed not in self.idle,
            "legs": [
                {
                    "leg": leg.leg,
                    "lines": leg.counts.lines,
                    "matched": leg.counts.matched,
                    "proposed": leg.counts.proposed,
                    "carried": leg.counts.carried,
                    "in_break": leg.counts.in_break,
                    "left_out": leg.counts.other,
                    "opened": dict(sorted(leg.cases.by_reason.items())),
                    "open": dict(sorted(leg.cases.open_by_reason.items())),
                    "at_risk_minor": dict(sorted(leg.cases.at_risk.items())),
                }
                for leg in row.legs
            ],
        }


def summarise(
    connection: Connection,
    workspace: Workspace,
    business_date: date,
    changed: int,
    *,
    strays: Mapping[str, Sequence[str]] | None = None,
) -> DaySummary:
    """Read what the database holds about one business date."""
    lines = lines_received(connection, business_date)
    idle = {feed: lines.get(feed, 0) for feed in workspace.feeds_without_reconciliation()}
    rows = {row.feed: row for row in load_date(connection, business_date)}
    rows |= {feed: FeedRows(feed, FileCount(), ()) for feed in idle if feed not in rows}
    return DaySummary(
        business_date,
        tuple(rows[feed] for feed in sorted(rows)),
        changed,
        idle,
        warned_files(connection, business_date),
        strays or {},
    )


_COUNTS = ("Files", "Lines", "Matched", "Proposed", "Carried", "In break", "Left out")
COLUMNS = ("Date", "Feed", "Leg", *_COUNTS, "Cases opened", "At risk")
NO_LEG = "none"


def print_summary(days: Sequence[DaySummary]) -> None:
    """Print one table over all dates: what each feed came to on each leg, and the cases opened.

    Matched to left out add up to the lines.
    """
    rows = [row for day in days for row in _rows(day)]
    print_table(COLUMNS, rows, right=(*_COUNTS, "At risk"), is_for_people=True)


def _rows(day: DaySummary) -> Iterator[tuple[str, ...]]:
    shown_date = day.business_date.isoformat()
    for row in day.feeds:
        head = (shown_date, row.feed)
        files = str(row.files.received)
        for leg in row.legs:
            counts = leg.counts
            parts = (counts.matched, counts.proposed, counts.carried, counts.in_break, counts.other)
            figures = (counts.lines, *parts)
            yield (*head, leg.leg, files, *(f"{n:,}" for n in figures), *_opened(leg.cases))
            head, files, shown_date = ("", ""), "", ""
        if row.feed in day.idle:
            lines = day.idle[row.feed]
            yield (*head, NO_LEG, files, *(f"{n:,}" for n in (lines, 0, 0, 0, 0, lines)), "", "")
            shown_date = ""


def _opened(cases: OpenedCases) -> tuple[str, str]:
    """Return the cases that a date opened, by reason, and what they still put at risk."""
    reasons = []
    for reason, count in sorted(cases.by_reason.items()):
        closed = count - cases.open_by_reason[reason]
        reasons.append(f"{count} {reason}" + (f" ({closed} closed since)" if closed else ""))
    at_risk = (
        f"{format_minor(minor, currency, thousands=',')} {currency}"
        for currency, minor in sorted(cases.at_risk.items())
        if minor
    )
    return ", ".join(reasons), ", ".join(at_risk)
