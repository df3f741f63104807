"""Whole nights over folders of files: nothing is lost, counted twice or left waiting for ever."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.assets.conftest import REFERENCE, TwoFeeds, leg, make_two_feeds
from tieout.errors import TieoutError, UsageError
from tieout.store.files import files_up_to
from tieout.store.tables.runs import run

MON, TUE, WED, THU = (date(2026, 3, day) for day in (2, 3, 4, 5))
FRIDAY_BEFORE = date(2026, 2, 27)


class TestFailedNight:
    """The shop's folder cannot be reached after the bank's file was taken in."""

    def test_the_next_night_takes_its_files(self, two_feeds: TwoFeeds) -> None:
        two_feeds.plan(leg("shop", "bank"))
        two_feeds.put("shop", MON, ("A", 100))
        two_feeds.put("bank", MON, ("A", 100), ("B", 300))
        two_feeds.put("shop", TUE, ("C", 500))
        two_feeds.put("bank", TUE, ("C", 500))
        folder = two_feeds.home / "in/shop"
        folder.rename(folder.with_name("away"))

        with pytest.raises(TieoutError):
            two_feeds.run(MON)
        folder.with_name("away").rename(folder)
        committed = two_feeds.run(TUE)

        assert committed.dates == [MON, TUE]
        with two_feeds.database() as database, database.reading() as connection:
            states = list(connection.execute(select(run.c.state).order_by(run.c.fence)).scalars())
            bank = files_up_to(connection, "bank", TUE)
        assert states == ["failed", "done"]
        assert [file.received_on for file in bank] == [MON, TUE]
        assert two_feeds.told(MON) == {
            ("shop", "A"): ("matched", None),
            ("bank", "A"): ("matched", None),
            ("bank", "B"): ("break", "miss_internal"),
        }


class TestWaiting:
    """A line waits only for files that a night expects."""

    def test_a_line_due_before_the_first_night_is_a_break(self, two_feeds: TwoFeeds) -> None:
        for name in ("shop", "bank"):
            two_feeds.feed(name, is_expected=True)
        two_feeds.plan(leg("shop", "bank"))
        two_feeds.put("shop", MON, ("OLD", 100), booked=FRIDAY_BEFORE)
        two_feeds.put("bank", MON)

        two_feeds.run(MON)

        assert two_feeds.told(MON) == {("shop", "OLD"): ("break", "miss_bank")}

    def test_a_line_due_on_a_closed_day_of_the_other_feed_is_a_break(
        self, two_feeds: TwoFeeds
    ) -> None:
        thursday, tuesday = date(2026, 4, 2), date(2026, 4, 7)  # Easter lies between
        for name in ("shop", "bank"):
            two_feeds.feed(name, is_expected=True)
        two_feeds.plan(leg("shop", "bank", left_lag_days=1, calendar="WEEKENDS"))
        two_feeds.put("shop", thursday, ("LOST", 100))
        two_feeds.put("bank", thursday)
        two_feeds.put("shop", tuesday)
        two_feeds.put("bank", tuesday)

        two_feeds.run(thursday, tuesday)

        assert two_feeds.told(tuesday) == {("shop", "LOST"): ("break", "miss_bank")}

    def test_a_line_due_on_a_date_nobody_ran_is_a_break(self, two_feeds: TwoFeeds) -> None:
        for name in ("shop", "bank"):
            two_feeds.feed(name, is_expected=True)
        two_feeds.plan(leg("shop", "bank", left_lag_days=1))
        two_feeds.put("shop", MON, ("A", 100))
        two_feeds.put("bank", MON)
        two_feeds.put("shop", WED, ("B", 100))
        two_feeds.put("bank", WED, ("B", 100))

        two_feeds.run(MON, WED)

        assert two_feeds.told(WED)["shop", "A"] == ("break", "miss_bank")

    def test_a_line_waits_for_a_file_that_is_missing(self, two_feeds: TwoFeeds) -> None:
        two_feeds.feed("bank", is_expected=True)
        two_feeds.plan(leg("shop", "bank"))
        two_feeds.put("shop", MON, ("A", 100))

        two_feeds.run(MON)

        assert two_feeds.told(MON) == {("shop", "A"): ("carried", None)}
        assert [case.reason for case in two_feeds.cases()] == ["file_missing"]

    def test_empty_files_of_equal_bytes_have_arrived_for_each_date(
        self, two_feeds: TwoFeeds
    ) -> None:
        two_feeds.feed("bank", is_expected=True)
        for day, reference in ((MON, "A"), (TUE, "B"), (WED, "C")):
            two_feeds.put("shop", day, (reference, 100))
            two_feeds.put("bank", day)

        two_feeds.run(MON, TUE, WED)

        reasons = [(case.reason, case.opened_on) for case in two_feeds.cases()]
        assert sorted(reasons) == [("miss_bank", TUE), ("miss_bank", WED)]


class TestOwnKeys:
    """A sender with keys of its own sends a line again."""

    def test_unchanged_it_is_the_same_line(self, two_feeds: TwoFeeds) -> None:
        two_feeds.feed("shop", has_own_keys=True)
        two_feeds.plan(leg("shop", "bank"))
        two_feeds.put("shop", MON, ("A", 100))
        two_feeds.put("bank", MON, ("A", 100))
        two_feeds.run(MON)
        two_feeds.put("shop", TUE, ("A", 100), ("B", 200), booked=MON)
        two_feeds.put("bank", TUE, ("B", 200))

        two_feeds.run(TUE)

        assert two_feeds.told(TUE) == {
            ("shop", "B"): ("matched", None),
            ("bank", "B"): ("matched", None),
        }
        assert two_feeds.cases() == []

    def test_with_another_amount_the_newest_counts_and_the_case_stays_one(
        self, two_feeds: TwoFeeds
    ) -> None:
        two_feeds.feed("shop", has_own_keys=True)
        two_feeds.plan(leg("shop", "bank"))
        two_feeds.put("shop", MON, ("A", 100))
        two_feeds.put("shop", TUE, ("A", 900), booked=MON)
        two_feeds.put("bank", WED, ("A", 900))

        two_feeds.run(MON, TUE)
        (before,) = two_feeds.cases()
        two_feeds.run(WED)

        (after,) = two_feeds.cases()
        assert (before.state, before.opened_on, before.at_risk_minor) == ("open", MON, 900)
        assert (after.case_id, after.state, after.closed_on) == (before.case_id, "closed", WED)
        assert after.closed_by["file_name"] == "bank_20260304.csv"


class TestLateFiles:
    """A file for an earlier date arrives after later dates were run."""

    def _put(self, feeds: TwoFeeds) -> None:
        feeds.plan(leg("shop", "bank"))
        for day, reference in ((MON, "A"), (TUE, "B")):
            feeds.put("shop", day, (reference, 100))
            feeds.put("bank", day, (reference, 100))
        feeds.put("shop", WED, ("LATE", 800))

    def _put_late(self, feeds: TwoFeeds) -> None:
        for name in ("shop", "bank"):
            feeds.put(name, FRIDAY_BEFORE, ("LATE", 800))

    def test_the_result_is_that_of_the_same_files_from_the_start(self, two_feeds: TwoFeeds) -> None:
        other = make_two_feeds(two_feeds.home / "other")
        self._put(two_feeds)
        self._put(other)
        two_feeds.run(MON, TUE, WED)

        self._put_late(two_feeds)
        two_feeds.run(MON)
        self._put_late(other)
        other.run(MON, TUE, WED)

        assert two_feeds.outcomes(WED).equals(other.outcomes(WED))
        assert two_feeds.told(WED) == {("shop", "LATE"): ("duplicate", "dup_internal")}
        stories = [
            [(case.cause, case.reason, case.opened_on, case.gaps) for case in feeds.cases()]
            for feeds in (two_feeds, other)
        ]
        assert stories[0] == stories[1]

    def test_an_empty_file_that_comes_late_is_missing_on_no_date(self, two_feeds: TwoFeeds) -> None:
        two_feeds.feed("bank", is_expected=True)
        for day in (TUE, WED):
            two_feeds.put("bank", day)
        two_feeds.run(MON, TUE, WED)

        two_feeds.put("bank", MON, booked=MON)
        two_feeds.run(MON)

        (case,) = two_feeds.cases()
        assert (case.reason, case.state) == ("file_missing", "closed")
        assert (case.opened_on, case.gaps) == (case.closed_on, [])  # it covers no date

    def test_a_case_keeps_its_gap_whatever_is_run_again(self, two_feeds: TwoFeeds) -> None:
        passes = [("exact", REFERENCE), ("window", ["currency", "amount_minor"])]
        two_feeds.plan(leg("shop", "bank", passes=passes))
        two_feeds.feed("bank", is_expected=True)
        two_feeds.put("shop", MON, ("L", 7700))
        two_feeds.put("bank", MON)
        two_feeds.put("bank", TUE, ("M", 7700))  # a proposal from here on
        two_feeds.put("bank", THU, ("N", 7700))  # ambiguous from here on
        two_feeds.run(MON, TUE, WED, THU)
        ours = "L"

        two_feeds.put("bank", WED, ("O", 7700))
        two_feeds.run(WED)
        again = [two_feeds.run(day) for day in (TUE, MON, THU, WED)]

        assert all(committed.is_unchanged for committed in again)
        (case,) = [
            one
            for one in two_feeds.cases()
            if any(line.get("scheme_ref") == ours for line in one.lines)
        ]
        assert (case.reason, case.state, case.opened_on) == ("amb_multi", "open", MON)
        assert case.gaps == [["2026-03-03", "2026-03-04"]]


class TestCorrectedLayout:
    """The rules by which a file is read were wrong, and are corrected."""

    @pytest.fixture
    def feeds(self, two_feeds: TwoFeeds) -> TwoFeeds:
        two_feeds.plan(leg("shop", "bank"))
        two_feeds.put("shop", MON, ("A", 100))
        two_feeds.put("bank", MON, ("A", 100))
        return two_feeds

    def test_a_refused_file_is_read_again(self, feeds: TwoFeeds) -> None:
        feeds.feed("bank", date_format="%d.%m.%Y")
        feeds.run(MON)
        assert "file_integrity" in {case.reason for case in feeds.cases() if case.state == "open"}

        feeds.feed("bank")
        feeds.run(MON)

        assert {outcome for outcome, _ in feeds.told(MON).values()} == {"matched"}
        assert {case.state for case in feeds.cases()} == {"closed"}
        assert feeds.run(MON).is_unchanged

    def test_an_accepted_file_is_read_again(self, feeds: TwoFeeds) -> None:
        feeds.feed("bank", reference="unused")
        feeds.run(MON)
        assert len(feeds.cases()) == 2

        feeds.feed("bank")
        feeds.run(MON)

        assert {outcome for outcome, _ in feeds.told(MON).values()} == {"matched"}
        assert {case.state for case in feeds.cases()} == {"closed"}

    def test_a_frame_that_is_gone_is_made_again(self, feeds: TwoFeeds) -> None:
        feeds.run(MON)
        with feeds.database() as database, database.reading() as connection:
            (file,) = files_up_to(connection, "bank", MON)
        (frame,) = (feeds.home / "data/frames").rglob(f"{file.frame_sha256}*")
        frame.unlink()

        committed = feeds.run(MON)

        assert committed.is_unchanged
        assert frame.exists()


class TestPlans:
    """What a plan may and may not say of lines that are open."""

    def test_a_leg_with_open_lines_cannot_vanish(self, two_feeds: TwoFeeds) -> None:
        two_feeds.put("shop", MON, ("A", 100))
        two_feeds.run(MON)

        two_feeds.plan(leg("shop", "bank", name="renamed"))

        with pytest.raises(UsageError, match="1 lines are open") as caught:
            two_feeds.run(TUE)
        assert "Give it its name back" in str(caught.value)

    def test_a_closer_is_the_line_of_the_cases_own_leg(self, two_feeds: TwoFeeds) -> None:
        two_feeds.feed("ledger")
        two_feeds.plan(leg("shop", "bank"), leg("bank", "ledger"))
        two_feeds.put("bank", MON, ("A", 1000))
        two_feeds.put("shop", TUE, ("A", 1000))
        two_feeds.put("ledger", TUE, ("A", 1000), ("B", 300))

        two_feeds.run(MON, TUE)

        closed = {
            case.leg: case.closed_by["file_name"]
            for case in two_feeds.cases()
            if case.state == "closed"
        }
        assert closed == {"shop_bank": "shop_20260303.csv", "bank_ledger": "ledger_20260303.csv"}

    def test_a_key_without_a_reference_makes_no_break_of_amounts(self, two_feeds: TwoFeeds) -> None:
        two_feeds.plan(leg("shop", "bank", passes=[("exact", ["business_date", "amount_minor"])]))
        two_feeds.put("shop", MON, ("A", 1000), ("B", 2000), ("C", 3000))
        two_feeds.put("bank", MON, ("A", 1000), ("Q", 77_700))

        two_feeds.run(MON)

        told = two_feeds.told(MON)
        assert {told["shop", "B"], told["shop", "C"]} == {("break", "miss_bank")}
        assert told["bank", "Q"] == ("break", "miss_internal")

    def test_parts_still_to_come_are_carried(self, two_feeds: TwoFeeds) -> None:
        passes = [("exact", REFERENCE), ("grouped", REFERENCE)]
        two_feeds.plan(leg("shop", "bank", left_lag_days=4, passes=passes))
        two_feeds.put("shop", MON, ("A", 15_000))
        for day in (MON, TUE, WED):
            two_feeds.put("bank", day, ("A", 5000))

        two_feeds.run(MON, TUE)
        waiting = {outcome for outcome, _ in two_feeds.told(TUE).values()}
        two_feeds.run(WED)

        assert waiting == {"carried"}
        assert {outcome for outcome, _ in two_feeds.told(WED).values()} == {"matched"}
        assert two_feeds.cases() == []
