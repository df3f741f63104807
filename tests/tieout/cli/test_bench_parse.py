"""`tieout bench parse`: the samples are files without a finding, the figures stand beside goals."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tieout.cli import bench
from tieout.cli.bench_parse import GOALS
from tieout.cli.bench_parse.measure import WRITERS, Measured, Peer, TurnFailed, measure
from tieout.cli.bench_parse.ours import WrongSample, read_streamed, read_whole
from tieout.cli.bench_parse.readers import get_floor, get_peer
from tieout.cli.bench_parse.table import document_of, rows_of
from tieout.errors import UsageError

RECORDS = 230

FIGURES = Measured(
    format="bai2",
    records=100,
    bytes=2_000_000,
    seconds=0.5,
    cpu_seconds=0.5,
    streamed_seconds=0.5,
    floor="read as lines",
    floor_seconds=0.25,
    floor_goal=None,
    floor_ratio=2.0,
    cpu_ratio=2.0,
    peers=(Peer("bai2", 15.0, True, 100, 60_000.0, 12.0, 12.5),),
    peak_memory=4.0,
    streamed_peak_memory=None,
    validation_share=0.03,
)


@pytest.fixture
def app() -> typer.Typer:
    """The verb alone."""
    app = typer.Typer()
    app.callback()(lambda: None)
    bench.register(app)
    return app


@pytest.mark.parametrize("name", GOALS)
class TestSamples:
    """What is read."""

    def test_are_parsed_whole_and_streamed_without_a_finding(
        self, name: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "sample"
        path.write_bytes(WRITERS[name](RECORDS))

        whole, streamed = read_whole(name, path), read_streamed(name, path)

        assert whole.frame.height == RECORDS
        assert whole.records == streamed.records
        assert all(one.agrees for one in whole.control_totals)
        assert whole.frame["amount_minor"].n_unique() > 200

    def test_are_the_same_bytes_each_time(self, name: str) -> None:
        assert WRITERS[name](RECORDS) == WRITERS[name](RECORDS)

    def test_are_read_by_the_floor_and_by_every_peer(self, name: str, tmp_path: Path) -> None:
        path = tmp_path / "sample"
        path.write_bytes(WRITERS[name](RECORDS))

        counts = {peer: get_peer(peer)(path) for peer in GOALS[name].peers}

        framing = 2 if name == "mastercard_ipm" else 0
        assert set(counts.values()) <= {RECORDS + framing}
        assert get_floor(name)(path) > 0


class TestFigures:
    """What is said about them."""

    def test_stand_beside_their_goals(self) -> None:
        (row,) = rows_of([FIGURES])

        assert row[5:7] == ("0.250 s (read as lines)", "2.0")
        assert row[7:9] == ("bai2 12.0 (at least 15)", "floor 2.0; bai2 12.5")
        assert row[9:] == ("4.0", "not known", "3.0%")

    def test_say_that_a_peer_is_not_installed(self) -> None:
        alone = replace(FIGURES, peers=(Peer("bai2", 15.0, False, 100, None, None, None),))

        (row,) = rows_of([alone])

        assert row[7] == "bai2 not installed"
        assert "null" in json.dumps(document_of([alone], 1))

    def test_of_a_file_with_findings_are_not_given(self, tmp_path: Path) -> None:
        path = tmp_path / "sample"
        path.write_bytes(WRITERS["bai2"](RECORDS).replace(b"\n99,", b"\n99,1"))

        with pytest.raises(WrongSample, match="sample of bai2"):
            read_whole("bai2", path)

    def test_of_a_turn_that_fails_name_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(WRITERS, "bai2", lambda _: b"no file of any format")

        with pytest.raises(TurnFailed, match="turn of ours on bai2 ended with 1"):
            measure("bai2", tmp_path, records=10, runs=1)


class TestVerb:
    """The command line."""

    def test_prints_one_document_with_all_figures(self, app: typer.Typer) -> None:
        options = ["--format=bai2", "--records=50", "--runs=1", "--json"]

        run = CliRunner().invoke(app, ["bench", "parse", *options])

        said = json.loads(run.stdout)
        (one,) = said["formats"]
        assert (said["bench"], one["format"], one["records"]) == ("parse", "bai2", 50)
        assert one["floor_ratio"] > 0
        assert one["peers"][0]["times_slower"] > 0
        assert one["validation_share"] > 0

    def test_refuses_a_format_that_is_not_measured(self, app: typer.Typer) -> None:
        run = CliRunner().invoke(app, ["bench", "parse", "--format=coda"])

        assert isinstance(run.exception, UsageError)
        assert "mastercard_ipm" in str(run.exception)
