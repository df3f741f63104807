"""What is open on a date: due dates over the holiday, and what was matched before."""

from datetime import date

import polars as pl

from assets.carried import LegInputs, load_leg_inputs
from tests.assets.conftest import TwoFeeds
from tieout.reports.outcomes import load_outcomes
from tieout.store.runs import generations_before

THURSDAY, MONDAY, TUESDAY = date(2026, 4, 30), date(2026, 5, 4), date(2026, 5, 5)


def _inputs(feeds: TwoFeeds, day: date) -> LegInputs:
    with feeds.night(day) as night, night.database.reading() as connection:
        ((name, leg),) = night.legs()
        earlier = generations_before(connection, name, leg.name, day, fence=night.fence)
        return load_leg_inputs(night, connection, leg, day, {day}, earlier)


def _outcomes(feeds: TwoFeeds, day: date) -> dict[tuple[str, str], tuple[str, str | None]]:
    """The outcome and reason of each line of a date, by feed and reference."""
    with feeds.night(day) as night, night.database.reading() as connection:
        frame = load_outcomes(connection, night.frames, day)
    columns = ("feed", "scheme_ref", "outcome", "break_reason")
    return {(row[0], row[1]): (row[2], row[3]) for row in frame.select(columns).iter_rows()}


class TestDueDates:
    """The euro system is closed on Friday 1 May; a weekend follows."""

    def test_a_lag_of_one_day_ends_after_the_holiday_and_the_weekend(
        self, two_feeds: TwoFeeds
    ) -> None:
        two_feeds.put("shop", THURSDAY, ("A", 100))
        two_feeds.put("bank", THURSDAY, ("B", 200))

        inputs = _inputs(two_feeds, THURSDAY)

        assert inputs.left["due_date"].to_list() == [MONDAY]
        assert inputs.right["due_date"].to_list() == [THURSDAY]

    def test_a_line_is_carried_until_its_due_date_and_a_break_on_it(
        self, two_feeds: TwoFeeds
    ) -> None:
        two_feeds.put("shop", THURSDAY, ("A", 100))

        two_feeds.run(THURSDAY)
        two_feeds.run(MONDAY)

        assert _outcomes(two_feeds, THURSDAY) == {("shop", "A"): ("carried", None)}
        assert _outcomes(two_feeds, MONDAY) == {("shop", "A"): ("break", "miss_bank")}

    def test_a_carried_line_keeps_its_clock(self, two_feeds: TwoFeeds) -> None:
        two_feeds.put("shop", THURSDAY, ("A", 100))
        two_feeds.run(THURSDAY)

        inputs = _inputs(two_feeds, MONDAY)

        row = inputs.left.select("scheme_ref", "first_seen_date", "due_date").row(0)
        assert row == ("A", THURSDAY, MONDAY)


class TestHistory:
    """Lines that were matched on an earlier date."""

    def test_the_same_record_a_day_later_is_a_duplicate(self, two_feeds: TwoFeeds) -> None:
        two_feeds.put("shop", THURSDAY, ("A", 100))
        two_feeds.put("bank", THURSDAY, ("A", 100))
        two_feeds.put("bank", MONDAY, ("A", 100), ("C", 300), booked=THURSDAY)

        two_feeds.run(THURSDAY)
        two_feeds.run(MONDAY)

        assert _outcomes(two_feeds, THURSDAY)["bank", "A"] == ("matched", None)
        assert _outcomes(two_feeds, MONDAY)["bank", "A"][1] == "dup_bank"
        assert _outcomes(two_feeds, MONDAY)["bank", "C"][1] == "miss_internal"

    def test_the_same_bytes_under_another_name_are_the_same_file(self, two_feeds: TwoFeeds) -> None:
        two_feeds.put("bank", THURSDAY, ("A", 100))
        two_feeds.put("bank", MONDAY, ("A", 100), booked=THURSDAY)

        two_feeds.run(THURSDAY)
        two_feeds.run(MONDAY)

        assert _outcomes(two_feeds, MONDAY) == {("bank", "A"): ("break", "miss_internal")}

    def test_holds_both_sides_of_what_was_matched(self, two_feeds: TwoFeeds) -> None:
        two_feeds.put("shop", THURSDAY, ("A", 100), ("B", 200))
        two_feeds.put("bank", THURSDAY, ("A", 100))
        two_feeds.run(THURSDAY)

        history = _inputs(two_feeds, MONDAY).history

        found = history.select("side", "scheme_ref").sort("side")
        assert found.rows() == [("left", "A"), ("right", "A")]
        assert history.filter(pl.col("scheme_ref") == "B").is_empty()


class TestWaiting:
    """A line waits for the file of its due date only where a run expects one."""

    def test_a_line_due_before_the_first_night_is_a_break_and_does_not_wait_for_ever(
        self, two_feeds: TwoFeeds
    ) -> None:
        two_feeds.put("shop", MONDAY, ("EARLY", 100), booked=THURSDAY)
        two_feeds.put("bank", MONDAY, ("OTHER", 200))

        two_feeds.run(MONDAY)

        assert _outcomes(two_feeds, MONDAY)["shop", "EARLY"][0] == "break"
