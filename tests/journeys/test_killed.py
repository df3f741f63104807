"""Killed with SIGKILL, anywhere: the same command again ends as if nothing had happened.

The night that dies has lines carried into it, closes a case about a missing file and reads five
files. It is killed at every step that it announces and at random moments; nobody repairs anything
before it is run again. At every step it is killed twice: the process alone, and its whole group (a
night starts no process of its own, so both should be the same). At random moments they alternate.
"""

import hashlib
import random
import sqlite3
import time
from pathlib import Path

import pytest

from tests.journeys.conftest import Pristine
from tests.support.gate import Gate
from tests.support.launcher import Launcher
from tests.support.nights import Standing, run_night, standing_of, start_night

CLEARING, ADVICE, BANK = "mastercard_clearing", "processor_advice", "bank_statement"
STEPS = (
    "run.claimed",
    f"landed.listed:{BANK}",
    f"landed.downloaded:{BANK}",
    f"landed.kept:{BANK}",
    f"landed.registered:{BANK}",
    f"landed.listed:{CLEARING}",
    f"landed.downloaded:{CLEARING}",
    f"landed.kept:{CLEARING}",
    f"landed.registered:{CLEARING}",
    f"landed.downloaded:{CLEARING}",
    f"landed.kept:{CLEARING}",
    f"landed.registered:{CLEARING}",
    f"landed.listed:{ADVICE}",
    f"landed.downloaded:{ADVICE}",
    f"landed.kept:{ADVICE}",
    f"landed.registered:{ADVICE}",
    "landed.kept:core",
    "landed.registered:core",
    f"parsed.read:{BANK}",
    f"parsed.written:{BANK}",
    f"parsed.marked:{BANK}",
    f"parsed.read:{CLEARING}",
    f"parsed.written:{CLEARING}",
    f"parsed.marked:{CLEARING}",
    f"parsed.read:{CLEARING}",
    f"parsed.written:{CLEARING}",
    f"parsed.marked:{CLEARING}",
    f"parsed.read:{ADVICE}",
    f"parsed.written:{ADVICE}",
    f"parsed.marked:{ADVICE}",
    "parsed.read:core",
    "parsed.written:core",
    "parsed.marked:core",
    "matched.written:advice_bank",
    "matched.staged:advice_bank",
    "matched.written:clearing_advice",
    "matched.staged:clearing_advice",
    "matched.written:core_clearing",
    "matched.staged:core_clearing",
    "commit.begin",
    "commit.written",
    "commit.done",
)
"""Every step of the disturbed night, in order; a test compares them with what it announces."""

RANDOM_KILLS = 50


def _steps() -> list[object]:
    return [pytest.param(place, id=f"{place:02d} {name}") for place, name in enumerate(STEPS)]


def assert_as_undisturbed(
    home: Path, pristine: Pristine, undisturbed: Standing, launcher: Launcher
) -> None:
    """Compare everything that can be seen, then what lies below it."""
    standing = standing_of(home, pristine.dates, launcher=launcher)
    assert standing.outcomes == undisturbed.outcomes
    assert standing.cases == undisturbed.cases
    assert standing == undisturbed
    _assert_one_result_in_force(home)
    _assert_kept_bytes_are_whole(home)


def _assert_one_result_in_force(home: Path) -> None:
    with sqlite3.connect(home / "data" / "tieout.db") as connection:
        results = connection.execute(
            "SELECT reconciliation, leg, business_date, count(*) FROM generation"
            " WHERE state = 'current' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ).fetchall()
        staged = connection.execute("SELECT * FROM generation WHERE state = 'staged'").fetchall()
        runs = connection.execute("SELECT run_id FROM run WHERE state = 'started'").fetchall()
    connection.close()
    assert {count for *_, count in results} == {1}
    assert staged == []
    assert runs == []


def _assert_kept_bytes_are_whole(home: Path) -> None:
    landed = [path for path in (home / "data" / "landing").rglob("*") if path.is_file()]
    frames = list((home / "data" / "frames").rglob("*.parquet"))
    for path in [*landed, *frames]:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


class TestSteps:
    """At each step by its name."""

    def test_are_those_that_the_night_announces_and_none_starts_a_process(
        self, pristine: Pristine, gate: Gate, launcher: Launcher, tmp_path: Path
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")

        run = start_night(home, pristine.day, env=gate.env, launcher=launcher)
        children = []
        while gate.next_step(run) is not None:
            tasks = Path(f"/proc/{run.pid}/task").glob("*/children")
            children += [task.read_text() for task in tasks]
            gate.let_go()

        assert run.wait()[0].code == 0
        assert tuple(gate.passed) == STEPS
        assert set(children) == {""}

    @pytest.mark.parametrize("whole_group", [False, True], ids=["alone", "group"])
    @pytest.mark.parametrize("place", _steps())
    def test_killed_there_and_run_again(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        gate: Gate,
        launcher: Launcher,
        tmp_path: Path,
        place: int,
        whole_group: bool,
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")

        run = start_night(home, pristine.day, env=gate.env, launcher=launcher)
        assert gate.hold_at(run, place) == STEPS[place]
        run.kill(whole_group=whole_group)
        assert run.wait()[0].code == -9
        again = run_night(home, pristine.day, launcher=launcher)

        assert again.code == 0, again.stderr
        assert_as_undisturbed(home, pristine, undisturbed, launcher)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("landed.downloaded:mastercard_clearing", "landed.kept:mastercard_clearing"),
            ("landed.registered:mastercard_clearing", "parsed.written:mastercard_clearing"),
            ("parsed.written:bank_statement", "matched.staged:core_clearing"),
            ("matched.staged:core_clearing", "matched.staged:advice_bank"),
            ("commit.begin", "commit.written"),
            ("commit.written", "commit.done"),
            ("commit.done", "commit.written"),
        ],
    )
    def test_the_rerun_is_killed_too(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        launcher: Launcher,
        tmp_path: Path,
        first: str,
        second: str,
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")

        for number, name in enumerate((first, second)):
            gate = Gate(tmp_path / f"gate{number}")
            run = start_night(home, pristine.day, env=gate.env, launcher=launcher)
            gate.hold_at_step(run, name)
            run.kill()
            run.wait()
            gate.close()
        third = run_night(home, pristine.day, launcher=launcher)

        assert third.code == 0, third.stderr
        assert_as_undisturbed(home, pristine, undisturbed, launcher)


class TestInstalledScript:
    """The same through the script itself, without the launcher that saves its imports."""

    @pytest.mark.parametrize(
        "name", ["landed.downloaded:mastercard_clearing", "commit.written", "commit.done"]
    )
    def test_killed_there_and_run_again(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        gate: Gate,
        launcher: Launcher,
        tmp_path: Path,
        name: str,
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")

        run = start_night(home, pristine.day, env=gate.env)
        gate.hold_at_step(run, name)
        run.kill(whole_group=True)
        run.wait()
        again = run_night(home, pristine.day)

        assert again.code == 0, again.stderr
        assert_as_undisturbed(home, pristine, undisturbed, launcher)


@pytest.fixture(scope="session")
def night_seconds(
    pristine: Pristine, launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> float:
    """How long an undisturbed night takes on this machine."""
    home = pristine.copy_to(tmp_path_factory.mktemp("measured") / "workspace")
    begun = time.monotonic()
    run_night(home, pristine.day, launcher=launcher)
    return time.monotonic() - begun


class TestRandomMoments:
    """Between the steps: in the middle of a read, a write, a transaction."""

    @pytest.mark.parametrize("number", range(RANDOM_KILLS))
    def test_killed_then_and_run_again(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        launcher: Launcher,
        tmp_path: Path,
        night_seconds: float,
        number: int,
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")
        moment = random.Random(f"kill/{number}").uniform(0, night_seconds)

        run = start_night(home, pristine.day, launcher=launcher)
        run.has_ended_within(moment)
        run.kill(whole_group=number % 2 == 0)
        run.wait()
        again = run_night(home, pristine.day, launcher=launcher)

        assert again.code == 0, again.stderr
        assert_as_undisturbed(home, pristine, undisturbed, launcher)
