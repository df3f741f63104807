"""A workspace of two CSV feeds in folders, small enough to write its lines by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from assets.commit import Committed, commit_night
from assets.landed import land_dates
from assets.matched import match_dates
from assets.night import Night, open_night
from assets.parsed import parse_dates
from tieout.config import load_workspace

_SETTINGS = """\
[workspace]
name = "Two feeds"
calendar = "XECB"
time_zone = "Europe/Berlin"
start_date = "2026-04-27"
"""

_FEED = """\
role = "{role}"
transport = "directory"
format = "delimited"
pattern = "{name}_{{date:%Y%m%d}}.csv"
calendar = "XECB"
is_expected = false
[directory]
path = "in/{name}"
[layout]
amounts = "minor"
kind = {{ constant = "sale" }}
date_format = "%Y-%m-%d"
[layout.columns]
business_date = "day"
currency = "currency"
amount = "amount"
scheme_ref = "reference"
"""

_PLAN = """\
name = "books"
[[leg]]
name = "shop_bank"
left = "shop"
right = "bank"
calendar = "XECB"
left_lag_days = 1
right_lag_days = 0
left_missing = "miss_bank"
right_missing = "miss_internal"
duplicate_left = "dup_internal"
duplicate_right = "dup_bank"
[[leg.pass]]
type = "duplicates"
key = ["scheme_ref", "kind", "currency"]
[[leg.pass]]
type = "exact"
key = ["scheme_ref", "kind", "currency"]
"""


@dataclass(frozen=True)
class TwoFeeds:
    """The workspace at `home`; each row of a file is a reference and an amount in cents."""

    home: Path

    def put(self, feed: str, day: date, *rows: tuple[str, int], booked: date | None = None) -> None:
        """Write the feed's file of `day`; its rows belong to `booked`, which is `day` itself."""
        path = self.home / "in" / feed / f"{feed}_{day:%Y%m%d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{booked or day},EUR,{cents},{reference}" for reference, cents in rows]
        path.write_text("\n".join(["day,currency,amount,reference", *lines, ""]), "utf-8")

    @contextmanager
    def night(self, day: date) -> Iterator[Night]:
        """Open the night of `day` and take in its files, with nothing matched yet."""
        workspace = load_workspace(self.home)
        with open_night(workspace, first=day, last=day) as night:
            for feed in workspace.feeds.values():
                land_dates(night, feed, [day])
                parse_dates(night, feed, [day])
            yield night

    def run(self, day: date) -> Committed:
        """Run the night of `day` to its end."""
        with self.night(day) as night:
            for reconciliation, leg in night.legs():
                match_dates(night, reconciliation, leg, [day])
            return commit_night(night, [day])


@pytest.fixture
def two_feeds(tmp_path: Path) -> TwoFeeds:
    texts = {
        "tieout.toml": _SETTINGS,
        "feeds/shop.toml": _FEED.format(name="shop", role="internal"),
        "feeds/bank.toml": _FEED.format(name="bank", role="statement"),
        "reconciliations/books.toml": _PLAN,
        "data/pan.key": f"{'0' * 64}\n",
        "in/shop/.keep": "",
        "in/bank/.keep": "",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "data/pan.key").chmod(0o600)
    return TwoFeeds(tmp_path)
