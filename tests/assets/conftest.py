"""Workspaces of CSV feeds in folders, with or without our own core, their lines written by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Row, select

from assets.commit import Committed, commit_night
from assets.landed import land_dates
from assets.matched import match_dates
from assets.night import Night, open_night
from assets.parsed import parse_dates
from tieout.config import load_workspace
from tieout.reports.outcomes import load_outcomes
from tieout.store.engine import Database
from tieout.store.tables.cases import discrepancy_case

_SETTINGS = """\
[workspace]
name = "Two feeds"
calendar = "XECB"
time_zone = "Europe/Berlin"
start_date = "2026-02-26"
"""

_FEED = """\
role = "{role}"
transport = "directory"
format = "delimited"
pattern = "{name}_{{date:%Y%m%d}}.csv"
calendar = "XECB"
is_expected = {is_expected}
[directory]
path = "in/{name}"
[layout]
amounts = "minor"
kind = {{ constant = "sale" }}
date_format = "{date_format}"
[layout.columns]
business_date = "day"
currency = "currency"
amount = "amount"
scheme_ref = "{reference}"
{own_key}
"""

_CORE = 'role = "internal"\ntransport = "core"\nformat = "delimited"\ncalendar = "XECB"\n'

_LEG = """\
[[leg]]
name = "{name}"
left = "{left}"
right = "{right}"
calendar = "{calendar}"
left_lag_days = {left_lag_days}
right_lag_days = {right_lag_days}
left_missing = "miss_bank"
right_missing = "miss_internal"
duplicate_left = "dup_internal"
duplicate_right = "dup_bank"
"""

_PASS = '[[leg.pass]]\ntype = "{type}"\nkey = {key}\n'

REFERENCE = ["scheme_ref", "kind", "currency"]
DUPLICATES_AND_EXACT = [("duplicates", REFERENCE), ("exact", REFERENCE)]


def leg(
    left: str,
    right: str,
    *,
    name: str = "",
    left_lag_days: int = 0,
    right_lag_days: int = 0,
    calendar: str = "XECB",
    passes: list[tuple[str, list[str]]] = DUPLICATES_AND_EXACT,
) -> str:
    """Return one leg of a plan; its passes are pairs of type and key."""
    head = _LEG.format(
        name=name or f"{left}_{right}",
        left=left,
        right=right,
        calendar=calendar,
        left_lag_days=left_lag_days,
        right_lag_days=right_lag_days,
    )
    steps = [_PASS.format(type=kind, key=key).replace("'", '"') for kind, key in passes]
    return "".join([head, *steps])


@dataclass(frozen=True)
class TwoFeeds:
    """The workspace at `home`; each row of a file is a reference and an amount in cents.

    There may be more feeds than two, and the core: `feed`, `core` and `plan` write the settings.
    """

    home: Path

    def feed(
        self,
        name: str,
        *,
        role: str = "internal",
        is_expected: bool = False,
        date_format: str = "%Y-%m-%d",
        reference: str = "reference",
        has_own_keys: bool = False,
    ) -> None:
        """Write the settings of a feed; `reference` is the column that its reference stands in."""
        text = _FEED.format(
            name=name,
            role=role,
            is_expected=str(is_expected).lower(),
            date_format=date_format,
            reference=reference,
            own_key='record_id = "key"' if has_own_keys else "",
        )
        self.write(f"feeds/{name}.toml", text)
        (self.home / "in" / name).mkdir(parents=True, exist_ok=True)

    def core(self) -> None:
        """Add our own core in place of the shop."""
        (self.home / "feeds/shop.toml").unlink()
        self.write("feeds/core.toml", _CORE)

    def plan(self, *legs: str) -> None:
        """Write the plan anew."""
        self.write("reconciliations/books.toml", "\n".join(['name = "books"', *legs]))

    def write(self, name: str, text: str) -> None:
        """Write a file of the workspace."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def put(
        self,
        feed: str,
        day: date,
        *rows: tuple[str, int],
        booked: date | None = None,
        key: str = "",
    ) -> None:
        """Write the feed's file of `day`; its rows belong to `booked`, which is `day` itself.

        The sender's own key of each row is its reference, or `key` where there is only one row.
        """
        lines = [
            f"{booked or day},EUR,{cents},{reference},{key or reference},"
            for reference, cents in rows
        ]
        header = "day,currency,amount,reference,key,unused"
        self.write(f"in/{feed}/{feed}_{day:%Y%m%d}.csv", "\n".join([header, *lines, ""]))

    @contextmanager
    def night(self, day: date) -> Iterator[Night]:
        """Open the night of `day` and take in its files, with nothing matched yet."""
        workspace = load_workspace(self.home)
        with open_night(workspace, first=day, last=day) as night:
            for feed in workspace.feeds.values():
                land_dates(night, feed, _dates(night, day))
                parse_dates(night, feed, _dates(night, day))
            yield night

    def run(self, *days: date) -> Committed:
        """Run the nights of `days` to their end, one after the other; return the last."""
        for day in days:
            with self.night(day) as night:
                for reconciliation, one in night.legs():
                    match_dates(night, reconciliation, one, _dates(night, day))
                committed = commit_night(night, [day])
        return committed

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open the workspace's database, brought to the newest schema."""
        workspace = load_workspace(self.home)
        database = Database(workspace.database_url, workspace.database_password())
        database.upgrade()
        yield database
        database.close()

    def outcomes(self, day: date) -> pl.DataFrame:
        """Return what is in force for a date."""
        with self.night(day) as night, night.database.reading() as connection:
            return load_outcomes(connection, night.frames, day)

    def told(self, day: date) -> dict[tuple[str, str], tuple[str, str | None]]:
        """Return the outcome and reason of each line of a date, by feed and reference."""
        columns = ("feed", "scheme_ref", "outcome", "break_reason")
        rows = self.outcomes(day).select(columns).iter_rows()
        return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    def cases(self) -> list[Row[Any]]:
        """Return every case, by its cause."""
        with self.database() as database, database.reading() as connection:
            query = select(discrepancy_case).order_by(discrepancy_case.c.cause)
            return list(connection.execute(query))


def _dates(night: Night, day: date) -> list[date]:
    """Return the dates that the job works on: the one asked for and those left unfinished."""
    return sorted({day, *night.unfinished})


def make_two_feeds(home: Path) -> TwoFeeds:
    """Write a workspace in which a shop's lines are held against the bank's of the next day."""
    feeds = TwoFeeds(home)
    feeds.write("tieout.toml", _SETTINGS)
    feeds.write("data/pan.key", f"{'0' * 64}\n")
    (home / "data/pan.key").chmod(0o600)
    feeds.feed("shop")
    feeds.feed("bank", role="statement")
    feeds.plan(leg("shop", "bank", left_lag_days=1))
    return feeds


@pytest.fixture
def two_feeds(tmp_path: Path) -> TwoFeeds:
    return make_two_feeds(tmp_path)
