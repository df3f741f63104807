"""The commands, ready to run."""

from pathlib import Path

import pytest

from tests.assets.conftest import make_two_feeds
from tests.matchers.commands import Books, Match


@pytest.fixture
def match(tmp_path: Path) -> Match:
    """`tieout match` with the plan of the scenarios."""
    return Match(tmp_path)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """A workspace in which a shop's lines are held against the bank's of the next day."""
    return Books(make_two_feeds(tmp_path / "books"))
