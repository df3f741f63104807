"""The lines of a feed that came in on a business date, and which files have arrived by then."""

from datetime import date

import polars as pl
from sqlalchemy import Connection

from assets.night import Night
from tieout.frames.settlement import empty_lines, validate_lines
from tieout.store.files import files_received_on, files_up_to, names_of_empty_files
from tieout.transfer.pattern import NamePattern


def lines_received(
    night: Night, connection: Connection, feed: str, business_date: date
) -> pl.DataFrame:
    """Return the lines of the feed's parsed files that belong to `business_date`, in file order.

    Validated on the way in as they were on the way out: a frame that no longer keeps its contract
    stops the run.
    """
    files = [
        file
        for file in files_received_on(connection, feed, business_date)
        if file.state == "parsed" and file.frame_sha256 is not None
    ]
    frames = [night.frames.read(file.frame_sha256) for file in files if file.frame_sha256]
    return validate_lines(
        pl.concat([empty_lines(), *frames]).unique("record_id", keep="last", maintain_order=True)
    )


def received_file_dates(
    night: Night, connection: Connection, feed: str, business_date: date
) -> list[date]:
    """Return the dates of the feed's files that are parsed and were received by `business_date`."""
    files = files_up_to(connection, feed, business_date)
    dates = {file.file_date for file in files if file.state == "parsed"}
    return sorted(dates | empty_file_dates(night, connection, feed, business_date))


def empty_file_dates(night: Night, connection: Connection, feed: str, last: date) -> set[date]:
    """Return the dates in the names of the feed's files without lines, each delivery for itself."""
    text = night.workspace.feeds[feed].pattern
    if text is None:
        return set()
    found = map(NamePattern(text).find_date, names_of_empty_files(connection, feed, last))
    return {day for day in found if day is not None}
