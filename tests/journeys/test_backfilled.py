"""Earlier dates again: reruns change nothing, late files reach every later date, ranges are one.

Whatever the order in which files came and dates were run, the same files taken in on the same
business dates end in the same outcomes, the same cases and the same books.
"""

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance

from pipelines.build import JOB, build_definitions
from pipelines.night_run import QUIET, dagster_home
from tests.journeys.conftest import NIGHT, SEED, Pristine
from tests.support.gate import Gate
from tests.support.launcher import Launcher
from tests.support.nights import (
    Standing,
    login_of,
    point_at,
    put_file,
    put_files,
    run_night,
    standing_of,
    start_night,
)

LATER = datetime(2026, 5, 8, 4, 30, tzinfo=UTC)
_OF_THE_WAY_THERE = frozenset({"events", "version", "described_on", "opened_run", "updated_at"})
"""What a case tells about how it came to stand as it does."""

_BALANCES = (
    "SELECT account, currency, sum(amount_minor) FROM posting GROUP BY 1, 2"
    " HAVING sum(amount_minor) <> 0 ORDER BY 1, 2"
)


@dataclass(frozen=True)
class InForce:
    """What stands, without the way there: the history of cases may be longer."""

    outcomes: dict[date, bytes]
    cases: dict[str, Any]

    @classmethod
    def of(cls, standing: Standing) -> "InForce":
        """Leave out the histories, and cases that were closed as of the date that opened them."""
        cases = {
            case_id: {key: value for key, value in story.items() if key not in _OF_THE_WAY_THERE}
            for case_id, story in standing.stories.items()
            if story["closed_on"] is None or story["closed_on"] > story["opened_on"]
        }
        return cls(standing.outcomes, cases)


def _run_all(
    home: Path, outbox: Path, pristine: Pristine, launcher: Launcher, *, without: str = ""
) -> None:
    """Run the disturbed date and all after it; the file of this name does not come."""
    for number, day in enumerate(pristine.world.dates[NIGHT:]):
        if number > 0:
            put_files(outbox, pristine.world.files[day])
        if without:
            (outbox / without).unlink(missing_ok=True)
        done = run_night(home, day, launcher=launcher)
        assert done.code == (4 if without and number == 0 else 0), done.stderr


def _balances(home: Path) -> list[Any]:
    """What every account of the core comes to."""
    connection = sqlite3.connect(home / "data" / "tieout.db")
    rows = connection.execute(_BALANCES).fetchall()
    connection.close()
    return rows


@pytest.fixture(scope="session")
def complete(
    pristine: Pristine, launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A workspace in which every file was there from the start and every date has been run."""
    home = tmp_path_factory.mktemp("complete") / "workspace"
    outbox = pristine.copy_with_outbox(home)
    _run_all(home, outbox, pristine, launcher)
    return home


class TestRerun:
    """An earlier date, run again after later ones."""

    def test_changes_nothing(
        self, complete: Path, pristine: Pristine, launcher: Launcher, tmp_path: Path
    ) -> None:
        home = tmp_path / "workspace"
        shutil.copytree(complete, home)
        before = standing_of(home, pristine.world.dates, launcher=launcher)

        for day in pristine.world.dates:
            again = run_night(home, day, launcher=launcher)
            assert again.code in (0, 4), again.stderr
            assert "nothing changed" in again.stderr

        assert standing_of(home, pristine.world.dates, launcher=launcher) == before


class TestLateFile:
    """A file that comes when later dates have been run, taken in by its own date."""

    @pytest.mark.parametrize("kind", ["clearing", "advice", "statement"])
    def test_later_dates_come_out_as_if_it_had_been_there(
        self,
        complete: Path,
        pristine: Pristine,
        launcher: Launcher,
        tmp_path: Path,
        kind: str,
    ) -> None:
        home, dates = tmp_path / "workspace", pristine.world.dates
        outbox = pristine.copy_with_outbox(home)
        (late,) = outbox.glob(f"{kind}_{pristine.day:%Y%m%d}.*")
        content = late.read_bytes()
        _run_all(home, outbox, pristine, launcher, without=late.name)
        without = standing_of(home, dates, launcher=launcher)

        put_file(outbox, late.name, content, sent_at=LATER)
        again = run_night(home, pristine.day, launcher=launcher)

        standing = standing_of(home, dates, launcher=launcher)
        wanted = standing_of(complete, dates, launcher=launcher)
        assert again.code == 0, again.stderr
        assert without.outcomes[dates[-1]] != wanted.outcomes[dates[-1]]
        assert standing.outcomes == wanted.outcomes
        assert InForce.of(standing) == InForce.of(wanted)
        assert _balances(home) == _balances(complete)


class TestForgottenDate:
    """A date whose run was killed, its files taken in, is only run again after later dates."""

    @pytest.mark.parametrize("name", ["parsed.read:mastercard_clearing", "commit.begin"])
    def test_comes_out_as_if_they_had_been_run_in_order(
        self,
        complete: Path,
        pristine: Pristine,
        gate: Gate,
        launcher: Launcher,
        tmp_path: Path,
        name: str,
    ) -> None:
        home, dates = tmp_path / "workspace", pristine.world.dates
        outbox = pristine.copy_with_outbox(home)
        killed = start_night(home, pristine.day, env=gate.env, launcher=launcher)
        gate.hold_at_step(killed, name)
        killed.kill()
        killed.wait()

        for day in dates[NIGHT + 1 :]:
            put_files(outbox, pristine.world.files[day])
            run_night(home, day, launcher=launcher)
        again = run_night(home, pristine.day, launcher=launcher)

        standing = standing_of(home, dates, launcher=launcher)
        wanted = standing_of(complete, dates, launcher=launcher)
        assert again.code == 0, again.stderr
        assert standing.outcomes == wanted.outcomes
        assert InForce.of(standing) == InForce.of(wanted)
        assert _balances(home) == _balances(complete)


class TestRange:
    """Several dates as one run of Dagster's, as its backfill starts it."""

    def test_is_the_same_as_one_date_after_the_other(
        self, pristine: Pristine, launcher: Launcher, tmp_path: Path
    ) -> None:
        outbox, dates = tmp_path / "outbox", pristine.world.dates
        outbox.mkdir()
        for day in dates:
            put_files(outbox, pristine.world.files[day])
        homes = [tmp_path / "one by one", tmp_path / "range"]
        for home in homes:
            shutil.copytree(pristine.world.home, home)
            point_at(home, SEED, login_of(pristine.server, folder=str(outbox)))

        for day in dates:
            assert run_night(homes[0], day, launcher=launcher).code == 0
        _materialise_range(homes[1], dates[0], dates[-1])

        one_by_one, as_range = (standing_of(home, dates, launcher=launcher) for home in homes)
        assert as_range == one_by_one
        assert _balances(homes[1]) == _balances(homes[0])


def _materialise_range(home: Path, first: date, last: date) -> None:
    """Run every asset over a range of partitions in one run."""
    job = build_definitions(home).resolve_job_def(JOB)
    with DagsterInstance.from_config(str(dagster_home(home))) as instance:
        result = job.execute_in_process(
            instance=instance,
            run_config=QUIET,
            tags={
                "dagster/asset_partition_range_start": first.isoformat(),
                "dagster/asset_partition_range_end": last.isoformat(),
            },
        )
    assert result.success
