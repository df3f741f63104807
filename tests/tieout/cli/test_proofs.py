"""`tieout proofs`: every figure of a date, as a table and as a document."""

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.assets.conftest import TwoFeeds, leg, make_two_feeds
from tieout.cli import proofs as verb
from tieout.errors import UsageError

MON = date(2026, 3, 2)


@pytest.fixture
def feeds(tmp_path: Path) -> TwoFeeds:
    two_feeds = make_two_feeds(tmp_path)
    two_feeds.plan(leg("shop", "bank"))
    two_feeds.put("shop", MON, ("A", 100), ("B", 250))
    two_feeds.put("bank", MON, ("A", 100))
    return two_feeds


def said(feeds: TwoFeeds, *words: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    verb.register(app)
    return CliRunner().invoke(app, ["proofs", f"--home={feeds.home}", *words])


class TestProofs:
    """What was proved of a date."""

    def test_lists_each_proof_with_both_sums(self, feeds: TwoFeeds) -> None:
        feeds.run(MON)

        rows = [line.split("\t") for line in said(feeds, "--date=2026-03-02").stdout.splitlines()]

        assert rows[0][:4] == ["proof", "reconciliation", "leg", "what"]
        kept = ["conservation", "books", "shop_bank", "nothing lost, left side", "EUR"]
        assert [*kept, "2", "2", "3.50", "3.50", "yes", "1 files"] in rows

    def test_is_one_document_with_sums_in_minor_units(self, feeds: TwoFeeds) -> None:
        feeds.run(MON)

        document = json.loads(said(feeds, "--json").stdout)

        assert (document["business_date"], document["holds"]) == ("2026-03-02", True)
        first = document["proofs"][0]
        assert (first["proof"], first["sum_in_minor"]) == ("conservation", 350)

    def test_of_a_date_that_was_not_run_says_what_to_do(self, feeds: TwoFeeds) -> None:
        feeds.run(MON)

        result = said(feeds, "--date=2026-03-03")

        assert isinstance(result.exception, UsageError)
        assert "Nothing was proved of 2026-03-03" in str(result.exception)
