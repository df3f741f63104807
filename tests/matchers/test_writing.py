"""Results as files: the same values as the frames, the same bytes whatever ran before."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from matchers import LegPlan, MatchResult, assembly, match_leg, parse_plan
from matchers.writing import write_result
from tests.matchers.builders import a_leg, exact, line, lines
from tieout.cli.bench_match import DAY, PLAN, write_data

_TABLES = ("outcomes", "matches", "members", "breaks")
_LEG = parse_plan(PLAN).get_leg("cards")
_AS_OF = DAY + timedelta(days=21)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small day of data."""
    made = tmp_path_factory.mktemp("day")
    write_data(made, 5_000)
    return made


def _scans(folder: Path) -> list[pl.LazyFrame]:
    return [pl.scan_parquet(folder / f"{name}.parquet") for name in ("left", "right")]


def _matched(sides: list[pl.LazyFrame], leg: LegPlan = _LEG) -> MatchResult:
    return match_leg(sides[0], sides[1], leg, as_of=_AS_OF)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class TestFiles:
    """What `write_result` writes."""

    def test_files_hold_the_frames(self, folder: Path, tmp_path: Path) -> None:
        result = _matched(_scans(folder))

        write_result(result, tmp_path)

        for name in _TABLES:
            read, frame = pl.read_parquet(tmp_path / f"{name}.parquet"), getattr(result, name)
            assert read.schema == frame.schema
            assert read.equals(frame)

    def test_slices_change_no_value(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = _matched(_scans(folder)).outcomes
        monkeypatch.setattr(assembly, "_SLICE", 700)

        write_result(_matched(_scans(folder)), tmp_path)

        assert pl.read_parquet(tmp_path / "outcomes.parquet").equals(whole)

    def test_bytes_depend_neither_on_the_order_of_rows_nor_on_earlier_runs(
        self, folder: Path, tmp_path: Path
    ) -> None:
        sides = _scans(folder)
        write_result(_matched(sides), tmp_path / "one")
        strange = lines(line("a", "R1", 100, currency="JPY"), line("b", "R2", 7, currency="SEK"))
        write_result(_matched([strange.lazy()] * 2, a_leg(exact())), tmp_path / "between")

        mixed = [side.collect().sample(fraction=1, shuffle=True, seed=7).lazy() for side in sides]
        write_result(_matched(mixed), tmp_path / "other")

        assert _bytes(tmp_path / "one") == _bytes(tmp_path / "other")

    def test_nothing_in_gives_empty_files(self, tmp_path: Path) -> None:
        none = lines().lazy()

        write_result(_matched([none, none], a_leg(exact())), tmp_path)

        assert all(pl.read_parquet(tmp_path / f"{name}.parquet").is_empty() for name in _TABLES)


class TestScans:
    """A Parquet scan is matched like the frame that it holds."""

    def test_scan_and_frame_give_the_same_result(self, folder: Path) -> None:
        sides = _scans(folder)
        left, right = (side.collect() for side in sides)

        of_scan, of_frame = _matched(sides), match_leg(left, right, _LEG, as_of=_AS_OF)

        assert all(getattr(of_scan, name).equals(getattr(of_frame, name)) for name in _TABLES)
        assert of_scan.proof.as_json() == of_frame.proof.as_json()

    def test_an_unsorted_file_is_put_in_order(self, folder: Path, tmp_path: Path) -> None:
        mixed = []
        for name, side in zip(("left", "right"), _scans(folder), strict=True):
            shuffled = side.collect().sample(fraction=1, shuffle=True, seed=3)
            shuffled.write_parquet(tmp_path / f"{name}.parquet", row_group_size=800)
            mixed.append(pl.scan_parquet(tmp_path / f"{name}.parquet"))

        result = _matched(mixed)

        assert result.outcomes.equals(_matched(_scans(folder)).outcomes)
