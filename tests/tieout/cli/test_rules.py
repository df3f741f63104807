"""`tieout rules preview`: what other rules would have made of past dates."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from tests.assets.conftest import REFERENCE, TwoFeeds, leg, make_two_feeds
from tieout.cli import rules as verb
from tieout.errors import UsageError

MON, TUE = date(2026, 3, 2), date(2026, 3, 3)
EXACT = [("exact", REFERENCE)]
LOOSE = [("window", ["currency", "amount_minor"])]


@pytest.fixture
def feeds(tmp_path: Path) -> TwoFeeds:
    """A is paid on the next day, B's reference is mistyped, C is off by a cent."""
    feeds = make_two_feeds(tmp_path)
    feeds.plan(leg("shop", "bank", left_lag_days=1, passes=EXACT))
    feeds.put("shop", MON, ("A", 100), ("B", 200), ("C", 300))
    feeds.put("bank", TUE, ("A", 100), ("b", 200), ("C", 301))
    feeds.run(MON, TUE)
    return feeds


def plan_of(feeds: TwoFeeds, text: str) -> Path:
    path = feeds.home / "candidate.toml"
    path.write_text(f'name = "books"\n{text}', "utf-8")
    return path


def preview(feeds: TwoFeeds, plan: Path, *more: str) -> Any:
    app = typer.Typer()
    app.callback()(lambda: None)
    verb.register(app)
    words = ["rules", "preview", str(plan), f"--from={MON}", f"--to={TUE}", f"--home={feeds.home}"]
    run = CliRunner().invoke(app, [*words, "--json", *more], catch_exceptions=False)
    return json.loads(run.stdout)


def tolerant() -> str:
    table = leg("shop", "bank", left_lag_days=1, passes=EXACT)
    more = (
        f'[[leg.pass]]\ntype = "tolerance"\nkey = {REFERENCE}\namount_minor = {{ default = 1 }}\n'
    )
    return table + more


class TestPreview:
    """Counts, money and lines; nothing is kept."""

    def test_the_same_rules_change_nothing(self, feeds: TwoFeeds) -> None:
        same = plan_of(feeds, leg("shop", "bank", left_lag_days=1, passes=EXACT))

        found = preview(feeds, same)

        assert (found["changes"], found["lines"]) == ([], 6)

    def test_a_tolerance_gains_what_is_off_by_a_cent(self, feeds: TwoFeeds) -> None:
        before = feeds.outcomes(TUE)

        found = preview(feeds, plan_of(feeds, tolerant()), f"--out={feeds.home}/changes.csv")

        (gained,) = found["changes"]
        assert (gained["change"], gained["lines"], gained["amount_minor"]) == ("gained", 2, 601)
        changes = pl.read_csv(feeds.home / "changes.csv")
        assert changes["pass"].unique().to_list() == ["P2"]
        assert changes["break_reason_before"].unique().to_list() == ["amt_over"]
        assert feeds.outcomes(TUE).equals(before)

    def test_weaker_rules_lose_matches_and_change_reasons(self, feeds: TwoFeeds) -> None:
        found = preview(feeds, plan_of(feeds, leg("shop", "bank", left_lag_days=1, passes=LOOSE)))

        counts = {row["change"]: row["lines"] for row in found["changes"]}
        assert counts == {"lost": 2, "reason": 4}

    def test_several_candidates_are_counted_as_such(self, tmp_path: Path) -> None:
        feeds = make_two_feeds(tmp_path)
        feeds.plan(leg("shop", "bank", left_lag_days=1, passes=EXACT))
        feeds.put("shop", MON, ("X", 500), ("Y", 500))
        feeds.put("bank", TUE, ("z", 500))
        feeds.run(MON, TUE)

        found = preview(feeds, plan_of(feeds, leg("shop", "bank", left_lag_days=1, passes=LOOSE)))

        assert [(row["change"], row["lines"]) for row in found["changes"]] == [("ambiguous", 3)]

    def test_a_plan_of_another_name_says_what_to_do(self, feeds: TwoFeeds) -> None:
        path = feeds.home / "candidate.toml"
        path.write_text('name = "boks"\n' + leg("shop", "bank"), "utf-8")

        with pytest.raises(UsageError, match="did you mean 'books'"):
            preview(feeds, path)

    def test_dates_that_were_never_run_are_refused(self, feeds: TwoFeeds) -> None:
        plan = plan_of(feeds, leg("shop", "bank"))

        with pytest.raises(UsageError, match="No business date from"):
            preview(feeds, plan, "--from=2020-01-01", "--to=2020-01-31")
