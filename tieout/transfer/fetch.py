"""Fetch what is new of a feed: list, read what was not read before, land it, register it.

Safe to kill at any moment and to run twice: a file is read to a temporary file that nobody adopts,
moved into the landing store under its hash, and registered in one transaction. Killed before the
registration, the next run reads the file again and finds its bytes landed already.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import IntegrityError as KeyTaken

from tieout import clock
from tieout.errors import Permanent, TieoutError, TransferUnavailable
from tieout.steps import step
from tieout.store.engine import Database
from tieout.store.files import Arrival, Registration, deliveries_seen, register_file
from tieout.transfer.errors import AccessRefused, FileChangedWhileRead, FileTooLarge
from tieout.transfer.landing import LandingStore
from tieout.transfer.pattern import NamePattern
from tieout.transfer.source import FileSource, RemoteFile, keeping

FileStatus = Literal["new", "unchanged", "restated", "not_yet", "failed"]

SIZE_MAX = 4 * 1024**3
"""The largest file that is taken in: a day of the largest senders is well below one GiB."""

_READS_MAX = 3
_CONNECTIONS_MAX = 3


@dataclass(frozen=True)
class FetchedFile:
    """What became of one listed file.

    Attributes:
        status: new; unchanged (known bytes, or not even read again); restated (known name, other
            bytes: held); not_yet (of a later date, or still being written); failed.
        sha256: of its bytes, when they were read.
        detail: why, for not_yet and failed; under which name the bytes are known, for unchanged.
        error: of a failed file.
    """

    name: str
    status: FileStatus
    file_date: date
    size: int
    sha256: str | None = None
    detail: str = ""
    error: TieoutError | None = None


@dataclass(frozen=True)
class FetchReport:
    """What fetching one feed for one business date came to.

    Attributes:
        files: one entry per listed file of the feed, by name.
        ignored: names in the folder that are not of this feed.
    """

    feed: str
    business_date: date
    files: tuple[FetchedFile, ...]
    ignored: tuple[str, ...]

    def with_status(self, status: FileStatus) -> list[FetchedFile]:
        """Return the files that came to `status`."""
        return [file for file in self.files if file.status == status]

    def raise_for_failures(self) -> None:
        """Raise when any file failed; the others are landed all the same.

        Raises:
            AccessRefused, FileTooLarge: trying again does not help one of them.
            TransferUnavailable: it may help all of them.
        """
        failed = self.with_status("failed")
        for file in failed:
            if isinstance(file.error, Permanent):
                raise file.error
        if failed:
            raise TransferUnavailable(
                f"{len(failed)} of {len(self.files)} files of feed {self.feed} could not be "
                f"fetched: " + " ".join(file.detail for file in failed[:5]),
                hint="The others are landed; the same command fetches only what is missing.",
            )


@dataclass(frozen=True)
class _Fetching:
    """The arguments of one `fetch_feed`, for the functions below."""

    database: Database
    landing: LandingStore
    feed: str
    pattern: NamePattern
    business_date: date
    size_max: int
    settle_seconds: float
    now: Callable[[], datetime]


def fetch_feed(
    database: Database,
    open_source: Callable[[], FileSource],
    landing: LandingStore,
    *,
    feed: str,
    pattern: NamePattern,
    business_date: date,
    size_max: int = SIZE_MAX,
    settle_seconds: float = 0.0,
    pause_seconds: float = 1.0,
    now: Callable[[], datetime] = clock.now,
) -> FetchReport:
    """Take in the files of `feed` whose date is not after `business_date` and that are new.

    Args:
        database: where arrivals are registered.
        open_source: makes a connection; called again (at most 3 times) when one breaks.
        landing: keeps the bytes.
        feed: name of the feed.
        pattern: which names are of this feed, and of which date.
        business_date: the run's date; becomes `received_on` of what is new.
        size_max: a larger file fails with FileTooLarge.
        settle_seconds: when not 0, a new file must keep size and time for so long; for senders
            that do not rename finished files into place.
        pause_seconds: before the second connection; doubled before the third, plus up to a half.
        now: the clock, for the time of registration.

    Raises:
        TransferUnavailable: the sender does not answer, three times.
        HostKeyChanged, AuthRefused, AccessRefused: see tieout.transfer.errors.
        LandingUnavailable, DatabaseUnavailable: ours does not.
    """
    fetching = _Fetching(
        database, landing, feed, pattern, business_date, size_max, settle_seconds, now
    )
    landing.sweep()
    done: dict[str, FetchedFile] = {}
    for attempt in range(1, _CONNECTIONS_MAX + 1):
        try:
            with open_source() as source:
                ignored = _fetch_round(fetching, source, done)
            break
        except TransferUnavailable:
            if attempt == _CONNECTIONS_MAX:
                raise
            _pause(pause_seconds * 2 ** (attempt - 1))
    files = tuple(done[name] for name in sorted(done))
    return FetchReport(feed, business_date, files, ignored)


def _fetch_round(
    fetching: _Fetching, source: FileSource, done: dict[str, FetchedFile]
) -> tuple[str, ...]:
    """Fetch over one connection; `done` keeps what an earlier one came to, and grows."""
    listed = source.list_files()
    step(f"landed.listed:{fetching.feed}")
    with fetching.database.reading() as connection:
        seen = deliveries_seen(connection, fetching.feed)
    ignored, wanted = [], []
    for file in listed:
        file_date = fetching.pattern.find_date(file.name)
        if file_date is None:
            ignored.append(file.name)
        elif file.name in done:
            continue
        elif file_date > fetching.business_date:
            detail = f"It is of {file_date}, after {fetching.business_date}."
            done[file.name] = FetchedFile(file.name, "not_yet", file_date, file.size, None, detail)
        elif (file.name, file.size, file.mtime) in seen:
            done[file.name] = FetchedFile(file.name, "unchanged", file_date, file.size)
        else:
            wanted.append((file, file_date))
    moving = _moving(fetching, source, [file for file, _ in wanted])
    for file, file_date in wanted:
        if file.name in moving:
            detail = f"It changed within {fetching.settle_seconds:g} s: still being written."
            result = FetchedFile(file.name, "not_yet", file_date, file.size, None, detail)
        else:
            result = _fetch_one(fetching, source, file, file_date)
        done[file.name] = result
    return tuple(ignored)


def _moving(fetching: _Fetching, source: FileSource, files: list[RemoteFile]) -> set[str]:
    """Return the names of those files that are not the same after the settling time."""
    if not files or fetching.settle_seconds <= 0:
        return set()
    time.sleep(fetching.settle_seconds)
    later = set(source.list_files())
    return {file.name for file in files if file not in later}


def _fetch_one(
    fetching: _Fetching, source: FileSource, file: RemoteFile, file_date: date
) -> FetchedFile:
    try:
        if file.size > fetching.size_max:
            raise FileTooLarge(
                f"{file.name!r} has {file.size:,} bytes, the limit is {fetching.size_max:,}.",
                hint="Ask the sender what it is.",
            )
        registration, file = _land(fetching, source, file, file_date)
    except (FileChangedWhileRead, AccessRefused, FileTooLarge) as error:
        return FetchedFile(file.name, "failed", file_date, file.size, None, str(error), error)
    known = registration.file
    detail = f"Known as {known.name!r}." if registration.outcome == "unchanged" else known.detail
    return FetchedFile(file.name, registration.outcome, file_date, file.size, known.sha256, detail)


def _land(
    fetching: _Fetching, source: FileSource, file: RemoteFile, file_date: date
) -> tuple[Registration, RemoteFile]:
    with fetching.landing.incoming() as path:
        sha256, file = _download(source, file, path)
        step(f"landed.downloaded:{fetching.feed}")
        with keeping(path):
            fetching.landing.put_file(path, sha256)
    step(f"landed.kept:{fetching.feed}")
    arrival = Arrival(fetching.feed, file.name, sha256, file.size, file.mtime, file_date)
    registration = _register(fetching, arrival)
    step(f"landed.registered:{fetching.feed}")
    return registration, file


def _download(source: FileSource, file: RemoteFile, path: Path) -> tuple[str, RemoteFile]:
    """Read the file, again as it is now when it changed meanwhile; at most 3 times."""
    for _ in range(_READS_MAX - 1):
        try:
            return source.download(file, path), file
        except FileChangedWhileRead:
            again = {listed.name: listed for listed in source.list_files()}
            file = again.get(file.name, file)
    return source.download(file, path), file


def _register(fetching: _Fetching, arrival: Arrival) -> Registration:
    def register() -> Registration:
        return fetching.database.run(
            lambda connection: register_file(
                connection, arrival, received_on=fetching.business_date, at=fetching.now()
            )
        )

    try:
        return register()
    except KeyTaken:  # another process registered the same bytes at this moment: find its row
        return register()


def _pause(seconds: float) -> None:
    time.sleep(seconds * (1 + secrets.randbelow(500) / 1000))
