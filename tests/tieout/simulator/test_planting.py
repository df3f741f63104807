"""Every anomaly in every world, none touching another, each early enough to show."""

import pytest

from tests.tieout.simulator.worlds import play_without_core
from tieout.simulator.anomalies import (
    ADVICE_BANK,
    EXPECTATIONS,
    AnomalyKind,
    Plant,
)
from tieout.simulator.planting import plant_anomalies
from tieout.simulator.script import write_script
from tieout.simulator.world import World

SEEDS = range(30)


def _plants(world: World) -> dict[AnomalyKind, Plant]:
    plan = plant_anomalies(world, write_script(world))
    return {plant.kind: plant for plant in plan.plants}


class TestPlanting:
    """What is planted, in thirty worlds of the smallest size."""

    @pytest.mark.parametrize("seed", SEEDS)
    def test_plants_every_kind_and_writes_each_into_the_manifest(self, seed: int) -> None:
        played = play_without_core(World(seed, business_dates=6, payments_per_date=40))

        anomalies = played.maker.manifest.anomalies

        assert sorted(one.kind for one in anomalies) == sorted(kind.value for kind in AnomalyKind)
        assert all(one.references and all(one.references) for one in anomalies)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_lets_no_two_anomalies_share_a_payment_or_a_batch(self, seed: int) -> None:
        played = play_without_core(World(seed, business_dates=6, payments_per_date=40))
        anomalies = played.maker.manifest.anomalies

        references = [reference for one in anomalies for reference in one.references]
        orders = [plant.order_ref for plant in played.plan.plants if plant.order_ref]
        items = {
            reference for one in anomalies if one.leg != ADVICE_BANK for reference in one.references
        }
        hit = {one.references[0] for one in anomalies if one.leg == ADVICE_BANK}

        assert len(set(references)) == len(references)
        assert len(set(orders)) == len(orders)
        for file in played.files.values():
            for line in file.content.decode("latin-1").splitlines() if ".csv" in file.name else ():
                fields = line.split(",")
                assert not (fields[-1] in hit and fields[2] in items)

    @pytest.mark.parametrize("seed", SEEDS)
    def test_shows_each_within_the_world_and_none_in_the_late_file(self, seed: int) -> None:
        world = World(seed)

        plants = _plants(world)

        last, late = len(world.dates) - 1, plants[AnomalyKind.LATE_FILE].index
        for kind, plant in plants.items():
            is_bank = EXPECTATIONS[kind].leg == ADVICE_BANK
            assert 1 <= plant.index <= last
            if kind is not AnomalyKind.LATE_FILE:
                assert plant.index - is_bank != late
        assert plants[AnomalyKind.NEVER_CLEARED].index < last
        assert plants[AnomalyKind.LATE_PRESENTMENT].index >= 4
        assert late < last

    def test_plants_nothing_where_nothing_is_wanted(self) -> None:
        played = play_without_core(World(1, has_anomalies=False))

        assert played.maker.manifest.anomalies == []
        assert all(one.sent_on == one.business_date for one in played.files.values())

    def test_sends_the_late_file_with_those_of_the_next_date(self) -> None:
        world = World(1)
        played = play_without_core(world)

        late = [one for one in played.files.values() if one.sent_on != one.business_date]

        assert [one.feed for one in late] == ["mastercard_clearing"]
        assert world.index_of(late[0].sent_on) == world.index_of(late[0].business_date) + 1
