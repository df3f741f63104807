"""`tieout match explain`, on what a night left behind."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.assets.conftest import REFERENCE, TwoFeeds, leg, make_two_feeds
from tieout.cli import match as verb
from tieout.errors import UsageError

MON = date(2026, 3, 2)
PASSES = [("duplicates", REFERENCE), ("exact", REFERENCE), ("window", ["currency", "amount_minor"])]


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> TwoFeeds:
    feeds = make_two_feeds(tmp_path_factory.mktemp("explained"))
    feeds.plan(leg("shop", "bank", passes=PASSES))
    feeds.put("shop", MON, ("A", 100), ("B", 200), ("C", 300))
    feeds.put("bank", MON, ("A", 100), ("B", 250), ("Z", 900))
    feeds.run(MON)
    return feeds


def explained(home: Path, named: str, *more: str) -> list[dict[str, Any]]:
    app = typer.Typer()
    app.callback()(lambda: None)
    verb.register(app)
    words = ["match", "explain", named, f"--home={home}", "--json", *more]
    run = CliRunner().invoke(app, words, catch_exceptions=False)
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


def line_of(feeds: TwoFeeds, feed: str, reference: str) -> str:
    rows = feeds.outcomes(MON).filter(feed=feed, scheme_ref=reference)
    return str(rows["record_id"][0])


class TestExplain:
    """A match, a break of two sides, a break of one."""

    def test_a_match_says_what_was_equal_and_which_pass_took_it(self, feeds: TwoFeeds) -> None:
        (found,) = explained(feeds.home, line_of(feeds, "shop", "A"))

        results = {row["field"]: row["result"] for row in found["compared"]}
        assert (results["scheme_ref"], results["amount"]) == ("equal", "equal")
        assert [one["code"] for one in found["passes"] if one["took"]] == ["P1"]
        assert found["said"].startswith("scheme_ref, kind and currency equal, amounts equal")

    def test_a_break_says_whom_each_pass_met_and_what_was_wrong(self, feeds: TwoFeeds) -> None:
        (found,) = explained(feeds.home, line_of(feeds, "shop", "B"))

        why = {one["code"]: one["why"] for one in found["passes"]}
        assert found["break_reason"] == "amt_over"
        assert "2.50 EUR, 0.50 off, the same break" in why["P1"]
        assert "No line of the other side has currency EUR, amount_minor 200" in why["P6"]

    def test_a_break_of_one_side_met_nobody(self, feeds: TwoFeeds) -> None:
        (found,) = explained(feeds.home, line_of(feeds, "shop", "C"), f"--date={MON}")

        assert {one["result"] for one in found["compared"]} == {"one side only"}
        assert found["passes"][-1]["why"] == "Nobody took it: miss_bank."

    def test_the_id_of_a_break_is_as_good_as_that_of_its_line(self, feeds: TwoFeeds) -> None:
        (by_line,) = explained(feeds.home, line_of(feeds, "bank", "B"))

        (by_break,) = explained(feeds.home, by_line["break_id"])

        assert by_break["compared"] == by_line["compared"]

    def test_a_case_is_as_good_as_its_break(self, feeds: TwoFeeds) -> None:
        (by_line,) = explained(feeds.home, line_of(feeds, "bank", "B"))
        (case,) = [one for one in feeds.cases() if one.reason == "amt_over"]

        (by_case,) = explained(feeds.home, case.case_id.lower())

        assert by_case["break_id"] == by_line["break_id"]
        assert by_case["passes"] != []

    def test_a_reference_of_one_group_explains_it(self, feeds: TwoFeeds) -> None:
        (by_line,) = explained(feeds.home, line_of(feeds, "shop", "A"))

        (by_reference,) = explained(feeds.home, "A")

        assert by_reference == by_line

    def test_a_reference_of_several_groups_lists_their_lines(self, tmp_path: Path) -> None:
        feeds = make_two_feeds(tmp_path)
        feeds.plan(leg("shop", "bank", passes=PASSES))
        feeds.put("shop", MON, ("A", 100), ("A", 300))
        feeds.put("bank", MON, ("A", 100))
        feeds.run(MON)

        found = explained(feeds.home, "A")

        lines = [line for one in found for line in one["lines"]]
        assert [(one["side"], one["amount_minor"]) for one in lines] == [
            ("left", 100),
            ("left", 300),
            ("right", 100),
        ]
        assert {one["note"] for one in found} == {
            "One of several lines with this reference: explain its record_id."
        }

    def test_an_unknown_id_says_where_ids_are_listed(self, feeds: TwoFeeds) -> None:
        with pytest.raises(UsageError, match="Nothing is called 'nobody' on any date"):
            explained(feeds.home, "nobody")

    def test_after_a_change_of_the_plan_the_passes_are_not_told(self, feeds: TwoFeeds) -> None:
        plan = feeds.home / "reconciliations/books.toml"
        before = plan.read_text()

        feeds.plan(leg("shop", "bank", passes=PASSES[:2]))
        (found,) = explained(feeds.home, line_of(feeds, "shop", "A"))
        plan.write_text(before)

        assert found["passes"] == []
        assert found["note"].startswith("The plan has changed since")
