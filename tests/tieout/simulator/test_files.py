"""The files, read by our own parsers: accepted, footing, and saying what the truth says."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from parsers import ParsedFile
from tests.tieout.simulator.reconciling import NOBODY, parse_file
from tests.tieout.simulator.worlds import Played, play_without_core
from tieout.config import Workspace, load_workspace
from tieout.simulator.anomalies import ADVICE_FEED, BANK_FEED, CLEARING_FEED, AnomalyKind
from tieout.simulator.files import SimulatedFile
from tieout.simulator.workspace import write_workspace
from tieout.simulator.world import World


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The workspace of world 5."""
    home: Path = tmp_path_factory.mktemp("home")
    write_workspace(home, NOBODY, seed=5)
    return load_workspace(home)


@pytest.fixture(scope="module")
def played() -> Played:
    """World 5 with everything that goes wrong in it."""
    return play_without_core(World(5))


@pytest.fixture(scope="module")
def clean() -> Played:
    """World 5 without anomalies."""
    return play_without_core(World(5, has_anomalies=False))


def _parsed(workspace: Workspace, files: list[SimulatedFile]) -> list[ParsedFile]:
    return [parse_file(workspace, file) for file in files]


def _frame(workspace: Workspace, played: Played, feed: str) -> pl.DataFrame:
    files = [one for one in played.files.values() if one.feed == feed]
    return pl.concat(one.frame for one in _parsed(workspace, files))


def _sums(frame: pl.DataFrame, column: str) -> dict[tuple[object, ...], int]:
    return {
        row[:-1]: row[-1]
        for row in frame.group_by("business_date", "kind", "currency")
        .agg(pl.col(column).cast(pl.Int128).sum())
        .iter_rows()
    }


class TestFiles:
    """Every file of the world, through the parsers."""

    def test_all_are_accepted_with_every_control_total_in_agreement(
        self, workspace: Workspace, played: Played
    ) -> None:
        files = list(played.files.values())

        parsed = _parsed(workspace, files)

        assert len(files) == 3 * len(played.world.dates)
        assert [one.findings for one in parsed] == [()] * len(files)
        assert all(total.agrees for one in parsed for total in one.control_totals)
        assert all(one.control_totals for one in parsed)

    def test_the_first_date_has_nothing_to_clear(
        self, workspace: Workspace, played: Played
    ) -> None:
        first = [one for one in played.files.values() if one.business_date == played.world.dates[0]]

        parsed = _parsed(workspace, first)

        assert all(one.accepted and one.frame.is_empty() for one in parsed)

    def test_statements_continue_from_day_to_day(
        self, workspace: Workspace, played: Played
    ) -> None:
        files = [played.file(BANK_FEED, index) for index in range(len(played.world.dates))]

        closing: dict[str | None, int | None] = {}
        for parsed in _parsed(workspace, files):
            assert [one.currency for one in parsed.statements] == ["EUR", "USD", "JPY"]
            for one in parsed.statements:
                assert one.consistent
                assert one.opening_minor is not None
                assert one.opening_minor == closing.get(one.currency, one.opening_minor)
                closing[one.currency] = one.closing_minor

    def test_card_numbers_leave_the_parser_masked(
        self, workspace: Workspace, played: Played
    ) -> None:
        frame = _frame(workspace, played, CLEARING_FEED)

        assert frame["pan_masked"].str.contains(r"^\d{6}\*{6}\d{4}$").all()


class TestTruth:
    """Sums: what the files say against what the acquirer saw."""

    def test_a_clean_world_clears_every_claim_on_the_next_date(
        self, workspace: Workspace, clean: Played
    ) -> None:
        frame = _frame(workspace, clean, CLEARING_FEED)

        dates = clean.world.dates
        expected: Counter[tuple[object, ...]] = Counter()
        for claim in clean.truth.claims:
            index = clean.world.index_of(claim.business_date)
            if not claim.is_voided and index + 1 < len(dates):
                currency = clean.truth.approvals[claim.order_ref].currency
                sign = 1 if claim.kind == "sale" else -1
                key = (dates[index + 1], claim.kind, currency)
                expected[key] += sign * claim.amount_minor
        assert _sums(frame, "amount_minor") == dict(expected)

    def test_the_advice_follows_the_clearing(self, workspace: Workspace, clean: Played) -> None:
        cleared = _frame(workspace, clean, CLEARING_FEED)
        advice = _frame(workspace, clean, ADVICE_FEED).filter(pl.col("kind") != "payout")

        assert _sums(advice, "amount_minor") == _sums(cleared, "amount_minor")

    def test_every_payout_is_booked_on_the_next_date(
        self, workspace: Workspace, clean: Played
    ) -> None:
        dates = clean.world.dates
        payouts = _frame(workspace, clean, ADVICE_FEED).filter(
            (pl.col("kind") == "payout") & (pl.col("business_date") < dates[-1])
        )
        booked = _frame(workspace, clean, BANK_FEED)

        columns = ["batch_ref", "currency", "amount_minor"]
        assert booked.select(columns).sort(columns).equals(payouts.select(columns).sort(columns))
        following = dict(pairwise(dates))
        on = dict(payouts.select("batch_ref", "business_date").iter_rows())
        for batch_ref, day in booked.select("batch_ref", "business_date").iter_rows():
            assert day == following[on[batch_ref]]

    def test_anomalies_account_for_every_difference_at_the_bank(
        self, workspace: Workspace, played: Played
    ) -> None:
        dates = played.world.dates
        payouts = _frame(workspace, played, ADVICE_FEED).filter(
            (pl.col("kind") == "payout") & (pl.col("business_date") < dates[-1])
        )
        booked = _frame(workspace, played, BANK_FEED)

        difference: Counter[str] = Counter()
        for currency, minor in booked.select("currency", "amount_minor").iter_rows():
            difference[currency] += minor
        for currency, minor in payouts.select("currency", "amount_minor").iter_rows():
            difference[currency] -= minor
        planted: Counter[str] = Counter()
        for one in played.maker.manifest.anomalies:
            sign = {
                AnomalyKind.PAYOUT_SHORT.value: 1,
                AnomalyKind.PAYOUT_MISSING.value: -1,
                AnomalyKind.UNKNOWN_CREDIT.value: 1,
            }.get(one.kind, 0)
            planted[str(one.currency)] += sign * one.amount_minor
        assert {k: v for k, v in difference.items() if v} == {k: v for k, v in planted.items() if v}
