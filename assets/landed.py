"""Take in what a feed has for a business date: fetched, kept by content, registered once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assets.ledger import export_ledger
from assets.night import Night
from assets.sources import of_no_feed, source_opener
from tieout.clock import now
from tieout.config import Feed
from tieout.errors import UsageError
from tieout.steps import step
from tieout.store.files import Arrival, register_file
from tieout.transfer.fetch import FetchedFile, fetch_feed
from tieout.transfer.pattern import NamePattern


@dataclass(frozen=True)
class Landed:
    """What the listed files of a feed came to, and the names beside them that are of no feed."""

    files: Sequence[FetchedFile]
    strays: Sequence[str] = ()


def land_dates(night: Night, feed: Feed, dates: Sequence[date]) -> dict[date, Landed]:
    """Take in the feed's files for `dates`, in order; return what each listed file came to.

    Raises:
        TransferUnavailable: some file could not be fetched; the others are landed all the same.
    """
    if feed.transport == "core":
        return {day: Landed([_land_ledger(night, feed, day)]) for day in dates}
    return {day: _fetch(night, feed, day) for day in dates}


def _fetch(night: Night, feed: Feed, business_date: date) -> Landed:
    if feed.pattern is None:
        raise UsageError(f"Feed {feed.name} has no file-name pattern.")
    report = fetch_feed(
        night.database,
        source_opener(night.workspace, feed),
        night.landing,
        feed=feed.name,
        pattern=NamePattern(feed.pattern),
        business_date=business_date,
        settle_seconds=feed.settle_seconds,
    )
    report.raise_for_failures()
    files = [file for file in report.files if file.status != "not_yet"]
    return Landed(files, of_no_feed(night.workspace.feeds.values(), feed, report.ignored))


def _land_ledger(night: Night, feed: Feed, business_date: date) -> FetchedFile:
    name, content = export_ledger(night, business_date)
    sha256 = night.landing.put(content)
    step(f"landed.kept:{feed.name}")
    arrival = Arrival(feed.name, name, sha256, len(content), 0, business_date)
    registration = night.database.run(
        lambda tx: register_file(tx, arrival, received_on=business_date, at=now())
    )
    step(f"landed.registered:{feed.name}")
    return FetchedFile(name, registration.outcome, business_date, len(content), sha256)
