"""`tieout match confirm, reject, undo, join`: what people decide holds in every later run."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from tests.assets.conftest import REFERENCE, TwoFeeds, leg, make_two_feeds
from tieout.cli import match as verb
from tieout.decisions.groups import DecisionRefused
from tieout.store.audit import find_break_in_chain

MON, TUE, WED = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
PASSES = [
    ("duplicates", REFERENCE),
    ("exact", REFERENCE),
    ("window", ["currency", "amount_minor"]),
]


@pytest.fixture
def feeds(tmp_path: Path) -> TwoFeeds:
    """A is matched, B may be what the bank calls Z, C and D have 300 together with E."""
    two_feeds = make_two_feeds(tmp_path)
    two_feeds.plan(leg("shop", "bank", passes=PASSES))
    two_feeds.put("shop", MON, ("A", 100), ("B", 200), ("C", 120), ("D", 180))
    two_feeds.put("bank", MON, ("A", 100), ("Z", 200), ("E", 300))
    two_feeds.run(MON)
    return two_feeds


def said(feeds: TwoFeeds, *words: str) -> Any:
    app = typer.Typer()
    app.callback()(lambda: None)
    verb.register(app)
    why = [] if words[0] == "decisions" else ["--reason=seen on paper", "--by=ann"]
    run = CliRunner().invoke(
        app, ["match", *words, f"--home={feeds.home}", "--json", *why], catch_exceptions=False
    )
    return json.loads(run.stdout)


def match_of(feeds: TwoFeeds, reference: str, day: date = MON) -> str:
    return str(feeds.outcomes(day).filter(scheme_ref=reference)["match_id"][0])


def line_of(feeds: TwoFeeds, reference: str, day: date = MON) -> str:
    return str(feeds.outcomes(day).filter(scheme_ref=reference)["record_id"][0])


def told(feeds: TwoFeeds, day: date = MON) -> dict[str, str]:
    return {reference: outcome for (_, reference), (outcome, _) in feeds.told(day).items()}


class TestProposals:
    """Confirm and reject."""

    def test_a_confirmed_proposal_is_matched_in_every_rerun(self, feeds: TwoFeeds) -> None:
        before = feeds.outcomes(MON)

        answer = said(feeds, "confirm", match_of(feeds, "B"))
        feeds.run(MON)
        feeds.run(MON)

        after = feeds.outcomes(MON).filter(scheme_ref="B")
        assert answer["from"] == str(MON)
        assert before.filter(scheme_ref="B")["outcome"].item() == "proposed"
        assert after.select("outcome", "pass", "evidence_class").row(0) == ("matched", "M", "M")
        assert [case.state for case in feeds.cases() if "B" in str(case.lines)] in ([], ["closed"])

    def test_a_rejected_proposal_is_not_made_again(self, feeds: TwoFeeds) -> None:
        said(feeds, "reject", match_of(feeds, "B"))
        feeds.run(MON)

        assert told(feeds)["B"] == told(feeds)["Z"] == "break"

    def test_what_is_not_proposed_cannot_be_confirmed(self, feeds: TwoFeeds) -> None:
        with pytest.raises(DecisionRefused, match="proposed now"):
            said(feeds, "confirm", match_of(feeds, "A"))

    def test_a_second_decision_about_the_same_lines_is_refused(self, feeds: TwoFeeds) -> None:
        named = match_of(feeds, "B")
        said(feeds, "confirm", named)

        with pytest.raises(DecisionRefused, match="D-1 already says"):
            said(feeds, "reject", named)


class TestUndo:
    """Nothing that a person or a rule matched is for ever."""

    def test_an_undone_match_stays_undone_and_its_lines_are_open(self, feeds: TwoFeeds) -> None:
        said(feeds, "undo", match_of(feeds, "A"))
        feeds.run(MON)
        feeds.run(TUE)

        assert [told(feeds)["A"], told(feeds, TUE)["A"]] == ["break", "break"]
        assert {case.reason for case in feeds.cases()} >= {"miss_bank", "miss_internal"}

    def test_taking_the_decision_back_restores_every_byte(self, feeds: TwoFeeds) -> None:
        before = feeds.outcomes(MON)
        answer = said(feeds, "undo", match_of(feeds, "A"))
        feeds.run(MON)
        changed = feeds.outcomes(MON)

        said(feeds, "undo", answer["decision"])
        feeds.run(MON)

        assert not before.equals(changed)
        assert before.drop("case_id").equals(feeds.outcomes(MON).drop("case_id"))

    def test_undoing_what_a_person_matched_withdraws_the_decision(self, feeds: TwoFeeds) -> None:
        before = feeds.outcomes(MON)
        said(feeds, "confirm", match_of(feeds, "B"))
        feeds.run(MON)

        answer = said(feeds, "undo", match_of(feeds, "B"))
        feeds.run(MON)

        assert answer["decision"] == "D-1"
        assert before.drop("case_id").equals(feeds.outcomes(MON).drop("case_id"))
        assert said(feeds, "decisions")[0]["state"] == "withdrawn"

    def test_the_next_night_takes_the_decision_up_by_itself(self, feeds: TwoFeeds) -> None:
        said(feeds, "undo", match_of(feeds, "A"))
        waiting = said(feeds, "decisions")[0]["state"]

        feeds.run(TUE)

        assert (waiting, said(feeds, "decisions")[0]["state"]) == ("waits for a run", "in force")
        assert told(feeds)["A"] == "break"

    def test_every_decision_is_in_the_audit_chain(self, feeds: TwoFeeds) -> None:
        answer = said(feeds, "undo", match_of(feeds, "A"))
        said(feeds, "undo", answer["decision"])

        with feeds.database() as database, database.reading() as connection:
            assert find_break_in_chain(connection) is None


class TestJoin:
    """Lines that no rule puts together."""

    def test_one_deposit_for_two_payments_with_no_common_reference(self, feeds: TwoFeeds) -> None:
        ids = [line_of(feeds, reference) for reference in "CDE"]

        answer = said(feeds, "join", *ids)
        feeds.run(MON)

        lines = feeds.outcomes(MON).filter(pl.col("scheme_ref").is_in(list("CDE")))
        assert answer["lines"] == 3
        assert lines["outcome"].unique().to_list() == ["matched"]
        assert lines["match_id"].n_unique() == 1
        assert lines["residual_minor"].unique().to_list() == [0]

    def test_sides_that_differ_are_refused_with_both_sums(self, feeds: TwoFeeds) -> None:
        ids = [line_of(feeds, reference) for reference in "CE"]

        with pytest.raises(DecisionRefused, match=r"left 1\.20, right 3\.00 EUR"):
            said(feeds, "join", *ids)

    def test_a_matched_line_is_refused(self, feeds: TwoFeeds) -> None:
        ids = [line_of(feeds, reference) for reference in "AE"]

        with pytest.raises(DecisionRefused, match="not all open"):
            said(feeds, "join", *ids)

    def test_lines_of_two_dates_are_matched_on_the_later_one(self, feeds: TwoFeeds) -> None:
        feeds.put("bank", TUE, ("late", 120))
        feeds.run(TUE)
        ids = [line_of(feeds, "C"), line_of(feeds, "late", TUE)]

        answer = said(feeds, "join", *ids)
        feeds.run(WED)

        assert answer["from"] == str(TUE)
        assert (told(feeds)["C"], told(feeds, TUE)["C"]) == ("break", "matched")
        assert "C" not in told(feeds, WED)


class TestPrecision:
    """A rule that people undo stops confirming by itself, and says so."""

    def test_an_undone_match_demotes_its_rule_on_later_dates(self, feeds: TwoFeeds) -> None:
        said(feeds, "undo", match_of(feeds, "A"))
        feeds.put("shop", TUE, ("T", 700))
        feeds.put("bank", TUE, ("T", 700))

        feeds.run(TUE)

        assert told(feeds, TUE)["T"] == "proposed"
        assert "P1 only proposes: 1 of 1" in _notes(feeds)

    def test_another_version_of_the_plan_starts_anew(self, feeds: TwoFeeds) -> None:
        said(feeds, "undo", match_of(feeds, "A"))
        feeds.run(MON)
        feeds.plan(leg("shop", "bank", passes=PASSES[1:]))
        feeds.put("shop", TUE, ("T", 700))
        feeds.put("bank", TUE, ("T", 700))

        feeds.run(TUE)

        assert told(feeds, TUE)["T"] == "matched"

    def test_a_rerun_of_the_later_date_says_the_same(self, feeds: TwoFeeds) -> None:
        said(feeds, "undo", match_of(feeds, "A"))
        feeds.put("shop", TUE, ("T", 700))
        feeds.put("bank", TUE, ("T", 700))
        feeds.run(TUE)
        first = feeds.outcomes(TUE)

        changed = feeds.run(TUE)

        assert changed.is_unchanged
        assert feeds.outcomes(TUE).equals(first)


def _notes(feeds: TwoFeeds) -> str:
    from sqlalchemy import select

    from tieout.store.tables.runs import run_proof

    with feeds.database() as database, database.reading() as connection:
        rows = connection.execute(select(run_proof.c.detail).where(run_proof.c.name == "not tried"))
        return "\n".join(rows.scalars())
