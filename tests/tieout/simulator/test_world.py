"""One seed, one world: dates, script, references, files and ids."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.tieout.simulator.worlds import play_through_core, play_without_core
from tieout.errors import UsageError
from tieout.references import is_arn, is_pan
from tieout.simulator.merchants import TEST_CARDS, contract_fee
from tieout.simulator.script import Answer, write_script
from tieout.simulator.world import World
from tieout.store.engine import Database


def _small(seed: int) -> World:
    return World(seed, business_dates=6, payments_per_date=40)


class TestWorld:
    """Dates, payments and contract."""

    def test_steps_over_the_closing_day_and_the_weekend(self) -> None:
        world = World(1)

        dates = world.dates

        assert dates[2:4] == (date(2026, 4, 30), date(2026, 5, 4))

    def test_gives_the_payments_of_closed_days_to_the_next_business_date(self) -> None:
        world = World(1)

        script = write_script(world)

        closed = [
            one
            for one in script
            if date(2026, 5, 1) <= one.authorised_at.date() <= date(2026, 5, 3)
        ]
        assert {one.authorised_at.date().day for one in closed} == {1, 2, 3}
        assert {world.business_date(one.authorised_at) for one in closed} == {date(2026, 5, 4)}

    def test_contains_every_answer_of_an_acquirer(self) -> None:
        script = write_script(World(1))

        assert {one.answer for one in script} == set(Answer)

    def test_refuses_a_world_too_short_to_show_everything(self) -> None:
        with pytest.raises(UsageError, match="too short"):
            World(1, business_dates=5)

    def test_uses_published_test_cards_only(self) -> None:
        assert all(is_pan(card) for card in TEST_CARDS)

    def test_rounds_the_fee_half_up(self) -> None:
        # 1.5 % of 1.00 EUR is 1.5 cents.
        assert contract_fee("sale", 100, "EUR") == 2 + 10
        assert contract_fee("sale", 99, "EUR") == 1 + 10
        assert contract_fee("refund", 100, "EUR") == 0
        assert contract_fee("chargeback", 100, "JPY") == 2000


class TestDeterminism:
    """The seed decides every byte."""

    def test_same_seed_same_bytes(self, tmp_path: Path) -> None:
        (tmp_path / "one").mkdir()
        (tmp_path / "two").mkdir()

        first, files = play_through_core(tmp_path / "one", _small(11))
        second, again = play_through_core(tmp_path / "two", _small(11))

        assert files == again
        assert first.manifest.as_bytes() == second.manifest.as_bytes()
        assert _presentments(tmp_path / "one") == _presentments(tmp_path / "two")

    def test_other_seed_other_bytes(self) -> None:
        one, other = (play_without_core(_small(seed)) for seed in (1, 2))

        assert one.maker.manifest.as_bytes() != other.maker.manifest.as_bytes()
        assert {file.content for file in one.files.values() if len(file.content) > 4000}.isdisjoint(
            file.content for file in other.files.values()
        )

    def test_references_are_unique_and_valid(self) -> None:
        truth = play_without_core(World(3)).truth

        arns = [claim.arn for claim in truth.claims]

        assert len(set(arns)) == len(arns)
        assert all(is_arn(arn) for arn in arns)


class TestPlaying:
    """The core and the acquirer after a world has been played."""

    def test_every_operation_ends(self, tmp_path: Path) -> None:
        play_through_core(tmp_path, _small(4))

        rows = _rows(tmp_path, "select distinct kind, state from operation")

        assert {state for _, state in rows} == {"SUCCEEDED", "DECLINED", "FAILED"}
        assert {kind for kind, state in rows if state != "SUCCEEDED"} == {"AUTHORISE"}

    def test_core_and_acquirer_agree_on_every_claim(self, tmp_path: Path) -> None:
        simulator, _ = play_through_core(tmp_path, _small(4))

        rows = _rows(
            tmp_path,
            "select arn, rrn, amount_minor, business_date from presentment"
            " where kind <> 'reversal' and state = 'EXPECTED'",
        )

        ours = {(arn, rrn, amount, str(day)) for arn, rrn, amount, day in rows}
        theirs = {
            (
                claim.arn,
                claim.rrn,
                claim.amount_minor if claim.kind == "sale" else -claim.amount_minor,
                claim.business_date.isoformat(),
            )
            for claim in simulator.truth.claims
            if not claim.is_voided
        }
        assert ours == theirs

    def test_dates_are_played_once_and_in_order(self, tmp_path: Path) -> None:
        simulator, _ = play_through_core(tmp_path, _small(4))

        with pytest.raises(UsageError, match="cannot be played now"):
            simulator.play(simulator.world.dates[0])
        with pytest.raises(UsageError, match="no business date of this world"):
            simulator.play(simulator.world.dates[0] - timedelta(days=365))


def _presentments(folder: Path) -> list[tuple[object, ...]]:
    return _rows(folder, "select * from presentment order by id")


def _rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with Database(f"sqlite:///{folder}/core.db").reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]
