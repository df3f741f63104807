"""The benchmark measures what it says: the data has the residuals, the ratio is printed."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tieout.cli import bench
from tieout.cli.bench_match import bare_join, match_all, write_data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small day of data."""
    made = tmp_path_factory.mktemp("bench")
    write_data(made, 20_000)
    return made


class TestData:
    """The mix of residuals."""

    def test_every_kind_of_residual_occurs(self, folder: Path) -> None:
        cards, payouts = match_all(folder)

        assert set(cards.matches["pass"]) == {"P1", "P2", "P4"}
        assert set(cards.breaks["reason"]) == {
            "amt_over",
            "amt_under",
            "date_late_presentment",
            "dup_scheme",
            "miss_internal",
            "miss_scheme",
        }
        assert payouts.matches.height >= 9

    def test_the_floor_finds_most_lines(self, folder: Path) -> None:
        assert bare_join(folder).height > 19_000

    def test_the_same_seed_writes_the_same_bytes(self, folder: Path, tmp_path: Path) -> None:
        write_data(tmp_path, 20_000)

        for name in ("left", "right", "bank"):
            file = f"{name}.parquet"
            assert (tmp_path / file).read_bytes() == (folder / file).read_bytes()


class TestVerb:
    """`tieout bench match`."""

    def test_prints_one_document_with_the_ratio(self) -> None:
        app = typer.Typer()
        app.callback()(lambda: None)
        bench.register(app)

        run = CliRunner().invoke(app, ["bench", "match", "--size=5000", "--runs=1", "--json"])

        said = json.loads(run.stdout)
        assert said["bench"] == "match"
        assert said["size"]["left"] == 5000
        assert said["ratios"]["cascade_to_floor"] > 0
        assert set(said["seconds"]) == set(said["cpu_seconds"]) == {"cascade", "written", "floor"}
        assert set(said) == {
            *("bench", "size", "seconds", "cpu_seconds", "ratios", "memory_mib", "peers")
        }
