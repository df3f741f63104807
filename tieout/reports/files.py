"""What arrived: files per business date, the list of files, and one file with what it declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from tieout.errors import UsageError
from tieout.store.tables.files import file_delivery, file_finding, inbound_file

PAGE_ROWS = 50
STATES = ("received", "parsed", "refused", "restated")
FINDINGS_SHOWN_MAX = 100

_file = inbound_file.c


@dataclass
class FileCount:
    """Files of one date (and feed): all that came, and those still refused.

    A refused file whose correction was parsed no longer counts as refused.
    """

    received: int = 0
    refused: int = 0


@dataclass
class FileCounts:
    """Files by business date received on and feed."""

    by_feed: dict[tuple[date, str], FileCount] = field(default_factory=dict)

    def of(self, day: date, feed: str) -> FileCount:
        """Return the files of one date and feed."""
        return self.by_feed.get((day, feed), FileCount())

    def of_day(self, day: date) -> FileCount:
        """Return the files of one date."""
        found = [count for (of_day, _), count in self.by_feed.items() if of_day == day]
        return FileCount(sum(c.received for c in found), sum(c.refused for c in found))


def count_files(connection: Connection, dates: Sequence[date]) -> FileCounts:
    """Return how many files the runs of these dates took in, per date and feed."""
    columns = (_file.feed, _file.file_date, _file.received_on, _file.state)
    rows = connection.execute(select(*columns).where(_file.received_on.in_(dates))).all()
    refused = {(row.feed, row.file_date) for row in rows if row.state == "refused"}
    mended = _parsed_among(connection, refused)
    counts = FileCounts()
    for row in rows:
        count = counts.by_feed.setdefault((row.received_on, row.feed), FileCount())
        count.received += 1
        if row.state == "refused" and (row.feed, row.file_date) not in mended:
            count.refused += 1
    return counts


def _parsed_among(
    connection: Connection, wanted: set[tuple[str, date]]
) -> frozenset[tuple[str, date]]:
    if not wanted:
        return frozenset()
    query = select(_file.feed, _file.file_date).where(
        _file.state == "parsed",
        _file.feed.in_({feed for feed, _ in wanted}),
        _file.file_date.in_({day for _, day in wanted}),
    )
    return frozenset((row.feed, row.file_date) for row in connection.execute(query))


@dataclass(frozen=True)
class FileWarnings:
    """A file that was accepted with warnings, and how many."""

    feed: str
    name: str
    count: int


def warned_files(connection: Connection, day: date) -> tuple[FileWarnings, ...]:
    """Return the files that the run of a date accepted with warnings, by feed and name."""
    query = (
        select(_file.feed, _file.name, func.count().label("found"))
        .join(file_finding, file_finding.c.file_id == _file.id)
        .where(
            _file.received_on == day,
            _file.state == "parsed",
            file_finding.c.severity == "warning",
        )
        .group_by(_file.feed, _file.name, _file.id)
        .order_by(_file.feed, _file.name, _file.id)
    )
    return tuple(
        FileWarnings(row.feed, row.name, int(row.found)) for row in connection.execute(query)
    )


def lines_received(connection: Connection, day: date) -> dict[str, int]:
    """Return how many lines the accepted files of a date hold, by feed."""
    query = select(_file.feed, _file.summary).where(
        _file.received_on == day, _file.state == "parsed"
    )
    lines: dict[str, int] = {}
    for row in connection.execute(query):
        held = row.summary.get("lines", 0) if isinstance(row.summary, Mapping) else 0
        lines[row.feed] = lines.get(row.feed, 0) + int(held)
    return lines


@dataclass(frozen=True)
class FileFilter:
    """Conditions that all hold; an empty one holds for every file."""

    received_on: date | None = None
    feed: str = ""
    state: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for less than all files."""
        return self != FileFilter()

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter as conditions on `inbound_file`."""
        found: list[ColumnElement[bool]] = []
        if self.received_on is not None:
            found.append(_file.received_on == self.received_on)
        if self.feed:
            found.append(_file.feed == self.feed)
        if self.state:
            found.append(_file.state == self.state)
        return found


@dataclass(frozen=True)
class FilePage:
    """Rows of one page, newest first, and the key of the next one; None on the last page."""

    rows: tuple[Any, ...]
    next_key: str | None


def list_files(
    connection: Connection, wanted: FileFilter, *, after: str = "", limit: int = PAGE_ROWS
) -> FilePage:
    """Return files, the newest business date first; `after` is the key of the page before.

    Raises:
        UsageError: `after` is no such key.
    """
    conditions = wanted.conditions()
    if after:
        conditions.append(_follows(after))
    query = select(inbound_file).where(*conditions)
    query = query.order_by(_file.received_on.desc(), _file.id.desc()).limit(limit + 1)
    found = connection.execute(query).all()
    rows = tuple(found[:limit])
    is_last = len(found) <= limit
    return FilePage(rows, None if is_last else f"{rows[-1].received_on}.{rows[-1].id}")


def list_feeds(connection: Connection) -> tuple[str, ...]:
    """Return the feeds of which a file has arrived, in order."""
    return tuple(connection.execute(select(_file.feed).distinct().order_by(_file.feed)).scalars())


@dataclass(frozen=True)
class FileDetail:
    """One file: what it declares about itself, what was wrong, and every time it was seen.

    `file`, `findings` and `deliveries` are rows of the tables of files.
    """

    file: Any
    control_totals: tuple[Mapping[str, Any], ...]
    statements: tuple[Mapping[str, Any], ...]
    findings: tuple[Any, ...]
    findings_count: int
    deliveries: tuple[Any, ...]
    other_feeds: tuple[str, ...]


def find_file(connection: Connection, sha256: str, *, feed: str = "") -> FileDetail | None:
    """Return the file with this content, of `feed` or else the first registered; None if none."""
    query = select(inbound_file).where(_file.sha256 == sha256).order_by(_file.id)
    rows = connection.execute(query).all()
    row = next((row for row in rows if feed in ("", row.feed)), None)
    if row is None:
        return None
    of_file = file_finding.c.file_id == row.id
    findings = connection.execute(
        select(file_finding).where(of_file).order_by(file_finding.c.seq).limit(FINDINGS_SHOWN_MAX)
    )
    count = connection.execute(select(func.count()).where(of_file)).scalar_one()
    deliveries = connection.execute(
        select(file_delivery)
        .where(file_delivery.c.file_id == row.id)
        .order_by(file_delivery.c.seen_at, file_delivery.c.id)
        .limit(FINDINGS_SHOWN_MAX)
    )
    summary = row.summary if isinstance(row.summary, Mapping) else {}
    return FileDetail(
        row,
        _mappings(summary.get("control_totals")),
        _mappings(summary.get("statements")),
        tuple(findings.all()),
        int(count),
        tuple(deliveries.all()),
        tuple(other.feed for other in rows if other.feed != row.feed),
    )


def find_named(
    connection: Connection, name: str, received_on: date | None
) -> list[tuple[str, str]]:
    """Return (feed, SHA-256) of the files called `name` (or with that hash), received on a date.

    An empty name, or no date, holds for every file. By date, feed, name and version.
    """
    query = select(_file.feed, _file.sha256)
    if name:
        query = query.where(or_(_file.name == name, _file.sha256 == name))
    if received_on is not None:
        query = query.where(_file.received_on == received_on)
    query = query.order_by(_file.received_on, _file.feed, _file.name, _file.version)
    return [(row.feed, row.sha256) for row in connection.execute(query)]


def _mappings(value: object) -> tuple[Mapping[str, Any], ...]:
    rows = value if isinstance(value, list) else []
    return tuple(row for row in rows if isinstance(row, Mapping))


def _follows(after: str) -> ColumnElement[bool]:
    day_text, _, number = after.partition(".")
    try:
        day = date.fromisoformat(day_text)
        last = int(number)
    except ValueError:
        raise UsageError(
            f"{after!r} is not a place in the list of files.", hint="Start from the first page."
        ) from None
    return or_(_file.received_on < day, and_(_file.received_on == day, _file.id < last))
