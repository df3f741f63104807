"""Two runs of the same business date at once: one takes effect, the other says so and ends.

The lock spares the second run its work. Where the lock is gone, the fence still holds: a run that
was overtaken ends with exit code 5 and changes nothing.
"""

from pathlib import Path

import pytest

from tests.journeys.conftest import NIGHT, SEED, Pristine
from tests.support.gate import Gate
from tests.support.launcher import Finished, Launcher
from tests.support.nights import (
    Standing,
    login_of,
    prepare_world,
    put_files,
    run_night,
    standing_of,
    start_night,
)

RACES = 20


def _race(home: Path, pristine: Pristine, launcher: Launcher | None, day: int) -> list[Finished]:
    """Start two runs as close together as can be; return what each came to, by exit code."""
    date = pristine.world.dates[day]
    both = [start_night(home, date, launcher=launcher) for _ in range(2)]
    return sorted((run.wait()[0] for run in both), key=lambda one: one.code)


class TestSQLite:
    """The embedded database."""

    @pytest.mark.parametrize("turn", range(RACES))
    def test_one_takes_effect_and_the_other_is_told(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        launcher: Launcher,
        tmp_path: Path,
        turn: int,
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")

        winner, loser = _race(home, pristine, launcher, NIGHT)

        assert (winner.code, loser.code) == (0, 5), winner.stderr + loser.stderr
        assert "held by" in loser.stderr
        assert standing_of(home, pristine.dates, launcher=launcher) == undisturbed

    def test_the_installed_script_as_well(
        self, pristine: Pristine, undisturbed: Standing, launcher: Launcher, tmp_path: Path
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")

        winner, loser = _race(home, pristine, None, NIGHT)

        assert (winner.code, loser.code) == (0, 5), winner.stderr + loser.stderr
        assert standing_of(home, pristine.dates, launcher=launcher) == undisturbed


class TestMariaDB:
    """A database server; each night of the world is one race."""

    def test_one_takes_effect_and_the_other_is_told(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        launcher: Launcher,
        mariadb_url: str,
        tmp_path: Path,
    ) -> None:
        home, outbox = tmp_path / "workspace", tmp_path / "outbox"
        outbox.mkdir()
        login = login_of(pristine.server, folder=str(outbox))
        world = prepare_world(home, SEED, login, database_url=mariadb_url)

        codes = []
        for number, day in enumerate(pristine.dates):
            put_files(outbox, world.files[day])
            winner, loser = _race(home, pristine, launcher, number)
            codes.append((winner.code, loser.code))

        # The third night misses a file; exit code 4 is also one that took effect.
        assert codes == [(0, 5), (0, 5), (4, 5), (0, 5)]
        assert standing_of(home, pristine.dates, launcher=launcher) == undisturbed


class TestOvertaken:
    """A run that stands still, has lost its lock, and goes on when another has done its work."""

    @pytest.mark.parametrize(
        "name",
        [
            "run.claimed",
            "landed.listed:mastercard_clearing",
            "landed.downloaded:mastercard_clearing",
            "landed.registered:mastercard_clearing",
            "parsed.written:mastercard_clearing",
            "matched.written:core_clearing",
            "matched.staged:core_clearing",
            "commit.begin",
        ],
    )
    def test_changes_nothing_and_says_so(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        gate: Gate,
        launcher: Launcher,
        tmp_path: Path,
        name: str,
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")
        overtaken = start_night(home, pristine.day, env=gate.env, launcher=launcher)
        gate.hold_at_step(overtaken, name)

        (home / "data" / "run.lock").unlink()
        second = run_night(home, pristine.day, launcher=launcher)
        before = standing_of(home, pristine.dates, launcher=launcher)
        gate.release(overtaken)
        first = overtaken.wait()[0]

        assert second.code == 0, second.stderr
        assert first.code == 5, first.stderr
        assert "newer run" in first.stderr
        assert before == undisturbed
        assert standing_of(home, pristine.dates, launcher=launcher) == undisturbed

    def test_a_rerun_after_it_finds_everything_done(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        gate: Gate,
        launcher: Launcher,
        tmp_path: Path,
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")
        overtaken = start_night(home, pristine.day, env=gate.env, launcher=launcher)
        gate.hold_at_step(overtaken, "parsed.read:mastercard_clearing")
        (home / "data" / "run.lock").unlink()
        run_night(home, pristine.day, launcher=launcher)
        gate.release(overtaken)
        overtaken.wait()

        again = run_night(home, pristine.day, launcher=launcher)

        assert again.code == 0
        assert "nothing changed" in again.stderr
        assert standing_of(home, pristine.dates, launcher=launcher) == undisturbed
