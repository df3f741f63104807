"""Files that are wrong as a whole: sent twice in other bytes, or with a hole before them."""

from datetime import date

import pytest

from tests.assets.conftest import TwoFeeds, leg
from tieout.simulator.writers.camt053 import Entry, Statement, write_camt
from tieout.store.files import files_up_to

MON, TUE, WED, THU = (date(2026, 3, day) for day in (2, 3, 4, 5))

_BANK = """\
role = "statement"
transport = "directory"
format = "mt940"
pattern = "bank_{{date:%Y%m%d}}.csv"
calendar = "XECB"
is_expected = {is_expected}
[directory]
path = "in/bank"
"""

_STATEMENT = """\
:20:{day:%Y%m%d}
:25:12345678
:28C:{number}
:60F:C{before:%y%m%d}EUR{opening},00
:61:{day:%y%m%d}C{moved},00NTRFREF{number}
:62F:C{day:%y%m%d}EUR{closing},00
"""


def put_statement(
    feeds: TwoFeeds, day: date, opening: int, moved: int, *, before: date = MON
) -> None:
    """Write the bank's statement of `day`, in whole euros."""
    closing = opening + moved
    text = _STATEMENT.format(
        day=day, number=day.day, before=before, opening=opening, moved=moved, closing=closing
    )
    feeds.write(f"in/bank/bank_{day:%Y%m%d}.csv", text)


def put_message(
    feeds: TwoFeeds, day: date, about: date, *entries: Entry, opening: int = 1000, end: str = ""
) -> None:
    """Write a file of `day` with the bank's message about another one."""
    number = about.toordinal()
    statement = Statement("DE1", "EUR", f"S-{number}", about, opening, number, entries)
    text = write_camt([statement]).decode()
    feeds.write(f"in/bank/bank_{day:%Y%m%d}.csv", text + end)


@pytest.fixture
def bank(two_feeds: TwoFeeds) -> TwoFeeds:
    two_feeds.write("feeds/bank.toml", _BANK.format(is_expected="false"))
    two_feeds.plan(leg("shop", "bank", left_lag_days=1))
    return two_feeds


def open_reasons(feeds: TwoFeeds) -> list[str]:
    return [case.reason for case in feeds.cases() if case.leg == "files" and case.state != "closed"]


class TestTheSameContent:
    """Monday's file comes again on Tuesday, made anew."""

    @pytest.fixture
    def again(self, two_feeds: TwoFeeds) -> TwoFeeds:
        two_feeds.put("shop", MON, ("A", 100), ("B", 200))
        two_feeds.put("bank", MON, ("A", 100), ("B", 200))
        first = (two_feeds.home / f"in/bank/bank_{MON:%Y%m%d}.csv").read_text()
        two_feeds.write(f"in/bank/bank_{TUE:%Y%m%d}.csv", first.replace(",\n", ",new\n"))
        return two_feeds

    def test_is_one_case_beside_the_duplicates(self, again: TwoFeeds) -> None:
        again.run(MON, TUE, TUE)

        assert open_reasons(again) == ["file_dup"]
        assert set(again.told(TUE).values()) == {("duplicate", "dup_bank")}

    def test_is_the_same_case_whichever_date_is_run_first(self, again: TwoFeeds) -> None:
        again.run(TUE, MON, TUE)

        (case,) = [case for case in again.cases() if case.leg == "files"]
        assert case.explanation.startswith("bank_20260303.csv says line by line what bank_20260302")

    def test_with_another_line_is_another_file(self, again: TwoFeeds) -> None:
        again.put("bank", TUE, ("A", 100), ("B", 201))

        again.run(MON, TUE)

        assert open_reasons(again) == []


class TestTheSameMessage:
    """The bank's message of Monday comes again on Tuesday, under another name."""

    @pytest.fixture
    def camt(self, two_feeds: TwoFeeds) -> TwoFeeds:
        settings = _BANK.format(is_expected="false").replace("mt940", "camt")
        two_feeds.write("feeds/bank.toml", settings)
        two_feeds.plan(leg("shop", "bank", left_lag_days=1))
        return two_feeds

    def test_with_other_entries_is_a_case_that_names_both_files(self, camt: TwoFeeds) -> None:
        put_message(camt, MON, MON, Entry(10000, MON, "A"))
        put_message(camt, TUE, MON, Entry(10000, MON, "A"), Entry(500, MON, "B"))

        camt.run(MON, TUE, TUE)

        (case,) = [case for case in camt.cases() if case.leg == "files"]
        assert case.reason == "file_restated"
        assert case.explanation.startswith(
            "bank_20260303.csv is the message MESSAGE-1 again, which bank_20260302.csv was"
        )

    def test_with_the_same_entries_is_told_once(self, camt: TwoFeeds) -> None:
        put_message(camt, MON, MON, Entry(10000, MON, "A"))
        put_message(camt, TUE, MON, Entry(10000, MON, "A"), end="\n\n")

        camt.run(MON, TUE)

        assert open_reasons(camt) == ["file_dup"]

    def test_of_a_bank_that_gives_all_messages_one_name_is_no_case(self, camt: TwoFeeds) -> None:
        put_message(camt, MON, MON, Entry(10000, MON, "A"))
        put_message(camt, TUE, TUE, Entry(500, TUE, "B"), opening=11000)

        camt.run(MON, TUE)

        assert open_reasons(camt) == []


class TestACorrectedVersion:
    """A refused file whose correction is in use."""

    def test_stays_refused_when_the_rules_change(self, two_feeds: TwoFeeds) -> None:
        name = f"in/bank/bank_{MON:%Y%m%d}.csv"
        two_feeds.put("shop", MON, ("A", 100))
        two_feeds.write(name, "day,currency,amount\n2026-03-02,EUR,250\n")
        two_feeds.run(MON)
        two_feeds.put("bank", MON, ("A", 100))
        two_feeds.run(MON)

        feed = two_feeds.home / "feeds/bank.toml"
        feed.write_text(feed.read_text().replace('scheme_ref = "reference"\n', ""))
        two_feeds.run(MON)

        with two_feeds.database() as database, database.reading() as connection:
            states = [file.state for file in files_up_to(connection, "bank", MON)]
        assert states == ["refused", "parsed"]


class TestContinuity:
    """Each statement opens with what the one before closed with."""

    def test_statements_that_follow_each_other_are_no_case(self, bank: TwoFeeds) -> None:
        put_statement(bank, MON, 1000, 50)
        put_statement(bank, TUE, 1050, 20)

        bank.run(MON, TUE)

        assert open_reasons(bank) == []

    def test_a_hole_is_a_case_with_its_amount_until_the_statement_comes(
        self, bank: TwoFeeds
    ) -> None:
        put_statement(bank, MON, 1000, 50)
        put_statement(bank, WED, 1070, 30, before=TUE)
        bank.run(MON, TUE, WED)
        (gap,) = [case for case in bank.cases() if case.leg == "files"]

        put_statement(bank, TUE, 1050, 20)
        bank.run(THU)

        assert (gap.reason, gap.currency, gap.at_risk_minor) == ("file_gap", "EUR", 2000)
        assert "bank_20260304.csv opens account 12345678 with 1070.00 EUR" in gap.explanation
        assert open_reasons(bank) == []

    def test_two_holes_of_one_date_are_two_cases(self, bank: TwoFeeds) -> None:
        put_statement(bank, MON, 1000, 50)
        put_statement(bank, TUE, 1950, 20)
        second = (bank.home / f"in/bank/bank_{TUE:%Y%m%d}.csv").read_text()
        put_statement(bank, TUE, 1977, 30)
        third = (bank.home / f"in/bank/bank_{TUE:%Y%m%d}.csv").read_text()
        bank.write(f"in/bank/bank_{TUE:%Y%m%d}.csv", second + third)

        bank.run(MON, TUE)

        gaps = [case.at_risk_minor for case in bank.cases() if case.reason == "file_gap"]
        assert sorted(gaps) == [700, 90000]

    def test_the_newest_statement_may_stand_first(self, bank: TwoFeeds) -> None:
        parts = []
        for opening, moved in ((1070, 30), (1050, 20), (1000, 50)):
            put_statement(bank, MON, opening, moved)
            parts.append((bank.home / f"in/bank/bank_{MON:%Y%m%d}.csv").read_text())
        bank.write(f"in/bank/bank_{MON:%Y%m%d}.csv", "".join(parts))

        bank.run(MON)

        assert open_reasons(bank) == []

    def test_a_missing_file_explains_the_hole(self, bank: TwoFeeds) -> None:
        bank.write("feeds/bank.toml", _BANK.format(is_expected="true"))
        put_statement(bank, MON, 1000, 50)
        put_statement(bank, WED, 1070, 30, before=TUE)

        bank.run(MON, TUE, WED)

        assert open_reasons(bank) == ["file_missing"]
