"""Whole worlds reconciled: every anomaly found with its reason, and not one case besides."""

from pathlib import Path

import polars as pl
import pytest

from tests.tieout.simulator.reconciling import Reconciler
from tieout.simulator.play import AcquirerSimulator, play_all
from tieout.simulator.verify import compare
from tieout.simulator.world import World
from tieout.store.engine import Database


def _reconciled(folder: Path, world: World) -> tuple[AcquirerSimulator, Reconciler]:
    database = Database(f"sqlite:///{folder}/core.db")
    database.upgrade()
    simulator = AcquirerSimulator(database, world)
    reconciler = Reconciler(folder / "home", database, seed=world.seed)
    for day, files in play_all(simulator):
        reconciler.run(day, files)
    return simulator, reconciler


class TestReconciledWorlds:
    """The simulator's claim about itself, proved with parsers and matchers."""

    @pytest.mark.parametrize(
        "world",
        [World(7), World(1, business_dates=6, payments_per_date=40)],
        ids=["usual", "smallest"],
    )
    def test_finds_exactly_what_was_planted(self, tmp_path: Path, world: World) -> None:
        simulator, reconciler = _reconciled(tmp_path, world)

        result = compare(
            simulator.manifest.as_json(),
            pl.concat(reconciler.outcomes).with_columns(business_date=pl.col("run_date")),
            list(reconciler.cases.values()),
        )

        assert result.missed == ()
        assert result.unexpected == ()
        assert result.found == result.planted == 21

    def test_a_world_without_anomalies_has_no_case(self, tmp_path: Path) -> None:
        world = World(2, business_dates=6, payments_per_date=40, has_anomalies=False)

        _, reconciler = _reconciled(tmp_path, world)

        assert reconciler.cases == {}
