"""What a bank states, held against itself and our lines; and the cases against the breaks."""

from datetime import date

import pytest
from sqlalchemy import Connection, update

from tests.assets.conftest import TwoFeeds, leg
from tests.assets.test_file_cases import put_message, put_statement
from tests.assets.test_proofs import assert_nothing_in_force, proofs
from tieout.errors import ProofFailed
from tieout.simulator.writers.camt053 import Entry
from tieout.store.proofs import Proof
from tieout.store.tables.cases import discrepancy_case

MON, TUE, WED = (date(2026, 3, day) for day in (2, 3, 4))

_BANK = """\
role = "statement"
transport = "directory"
format = "{format}"
pattern = "bank_{{date:%Y%m%d}}.csv"
calendar = "XECB"
is_expected = {is_expected}
[directory]
path = "in/bank"
"""


def bank_of(feeds: TwoFeeds, *, format: str = "mt940", is_expected: str = "false") -> TwoFeeds:
    feeds.write("feeds/bank.toml", _BANK.format(format=format, is_expected=is_expected))
    feeds.plan(leg("shop", "bank", left_lag_days=1))
    return feeds


@pytest.fixture
def bank(two_feeds: TwoFeeds) -> TwoFeeds:
    return bank_of(two_feeds)


def figures(feeds: TwoFeeds, day: date, proof: Proof) -> list[tuple[object, ...]]:
    return [
        (row.name, row.count_in, row.count_out, row.sum_in_minor, row.sum_out_minor, row.holds)
        for row in proofs(feeds, day, proof)
    ]


def reasons(feeds: TwoFeeds) -> list[tuple[str, int]]:
    """Return the open cases about the feed's files, with their money."""
    return [
        (case.reason, case.at_risk_minor)
        for case in feeds.cases()
        if case.leg == "files" and case.state == "open"
    ]


class TestContinuity:
    """Each statement opens with what the one before closed with, and foots."""

    def test_closes_where_statements_follow(self, bank: TwoFeeds) -> None:
        put_statement(bank, MON, 1000, 50)
        put_statement(bank, TUE, 1050, 20)

        bank.run(MON, TUE)

        assert figures(bank, TUE, Proof.CONTINUITY) == [
            ("opening + entries = closing, 12345678", 2, 2, 212000, 212000, True),
            ("opens as the one before closed, 12345678", 1, 1, 105000, 105000, True),
        ]

    def test_a_hole_does_not_close_and_is_a_case(self, bank: TwoFeeds) -> None:
        put_statement(bank, MON, 1000, 50)
        put_statement(bank, TUE, 1070, 20)

        bank.run(MON, TUE)

        (_, follows) = figures(bank, TUE, Proof.CONTINUITY)
        assert follows[1:] == (1, 0, 105000, 107000, False)
        assert reasons(bank) == [("file_gap", 2000)]


class TestBalance:
    """The balance has moved by the lines that we hold."""

    def test_closes_with_matched_and_open_lines(self, bank: TwoFeeds) -> None:
        bank.put("shop", MON, ("REF2", 5000))
        put_statement(bank, MON, 1000, 50)
        put_statement(bank, TUE, 1050, 20)

        bank.run(MON, TUE)

        assert figures(bank, TUE, Proof.BALANCE) == [
            ("balance and lines on shop_bank", 2, 2, 107000, 107000, True)
        ]

    def test_entries_that_do_not_give_the_balance_are_a_case_until_they_do(
        self, two_feeds: TwoFeeds
    ) -> None:
        bank = bank_of(two_feeds)
        settings = bank.home / "feeds/bank.toml"
        text = settings.read_text("utf-8")
        settings.write_text(f'{text}[controls]\nstatement_total_differs = "warn"\n', "utf-8")
        put_statement(bank, MON, 1000, 50)
        path = bank.home / f"in/bank/bank_{MON:%Y%m%d}.csv"
        path.write_text(path.read_text().replace("EUR1050,00", "EUR1053,00"), "utf-8")

        bank.run(MON)

        ((_, _, _, closing, counted, holds),) = figures(bank, MON, Proof.BALANCE)
        assert (closing, counted, holds) == (105300, 105000, False)
        assert reasons(bank) == [("bal_proof", 300)]
        (case,) = [one for one in bank.cases() if one.reason == "bal_proof"]
        assert case.explanation == (
            "The statements of bank close with 1053.00 EUR; their opening balance and all lines on "
            "leg shop_bank come to 1050.00: difference 3.00. Lines are missing from a statement, "
            "or stand there twice."
        )

    def test_a_file_case_explains_the_difference(self, bank: TwoFeeds) -> None:
        put_statement(bank, MON, 1000, 50)
        put_statement(bank, TUE, 1070, 20)

        bank.run(MON, TUE)

        (row,) = proofs(bank, TUE, Proof.BALANCE)
        assert not row.holds
        assert row.detail.endswith("a case about a file says why")

    def test_of_files_without_balances_there_is_none(self, two_feeds: TwoFeeds) -> None:
        two_feeds.put("shop", MON, ("A", 100))
        two_feeds.put("bank", MON, ("A", 100))

        two_feeds.run(MON)

        assert figures(two_feeds, MON, Proof.BALANCE) == []

    def test_counts_pending_entries_on_neither_side(self, two_feeds: TwoFeeds) -> None:
        camt = bank_of(two_feeds, format="camt")
        entries = (Entry(10000, MON, "A"), Entry(500, MON, "B", status="PDNG"))
        put_message(camt, MON, MON, *entries)

        camt.run(MON)

        ((*_, holds),) = figures(camt, MON, Proof.BALANCE)
        assert holds
        assert reasons(camt) == []


class TestCases:
    """The open cases hold the money of the open breaks."""

    @pytest.fixture
    def feeds(self, two_feeds: TwoFeeds) -> TwoFeeds:
        two_feeds.plan(leg("shop", "bank"))
        two_feeds.put("shop", MON, ("A", 100), ("B", 250))
        two_feeds.put("bank", MON, ("A", 100), ("C", 30))
        return two_feeds

    def test_hold_what_the_breaks_hold(self, feeds: TwoFeeds) -> None:
        feeds.run(MON)

        (row,) = proofs(feeds, MON, Proof.CASES)
        assert (row.count_in, row.count_out, row.sum_in_minor, row.sum_out_minor) == (
            2,
            2,
            280,
            280,
        )

    def test_a_case_that_was_changed_by_hand_is_mended_by_the_next_run(
        self, feeds: TwoFeeds
    ) -> None:
        feeds.run(MON)
        with feeds.database() as database, database.transaction() as connection:
            connection.execute(update(discrepancy_case).values(at_risk_minor=1))

        feeds.run(TUE)

        assert all(row.holds for row in proofs(feeds, TUE, Proof.CASES))

    def test_a_case_that_is_changed_in_the_commit_fails_the_run(self, feeds: TwoFeeds) -> None:
        with feeds.database() as database, database.transaction() as connection:
            _lose_cents(connection)

        with pytest.raises(ProofFailed, match="is not the same as break and as case"):
            feeds.run(MON)

        assert_nothing_in_force(feeds, MON)
        assert feeds.cases() == []
        (row,) = proofs(feeds, MON, Proof.CASES)
        assert (row.sum_in_minor, row.sum_out_minor, row.holds) == (280, 278, False)


def _lose_cents(connection: Connection) -> None:
    """Let the database itself take a cent off every case that is written."""
    connection.exec_driver_sql(
        "CREATE TRIGGER lose_cents AFTER INSERT ON discrepancy_case BEGIN"
        " UPDATE discrepancy_case SET at_risk_minor = at_risk_minor - 1"
        " WHERE case_id = NEW.case_id; END"
    )
