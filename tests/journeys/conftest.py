"""A world made ready once per worker, for the journeys that disturb its nights."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tests.support.gate import Gate
from tests.support.launcher import Launcher
from tests.support.nights import (
    PreparedWorld,
    Standing,
    login_of,
    point_at,
    prepare_world,
    put_files,
    run_night,
    standing_of,
)
from tests.support.sshd import SftpServer

SEED = 1
NIGHT = 3
"""The night that is disturbed: lines are carried into it, and a late file arrives in it."""


@dataclass(frozen=True)
class Pristine:
    """A workspace in which the nights before `day` have been run, and where its files are.

    Attributes:
        world: all of the world; its workspace has seen no night.
        home: the workspace to copy; never run in.
        outbox: what the server serves on the evening of `day`.
        undisturbed: what stands after a night of `day` that nobody disturbed.
        seconds: how long that night took.
    """

    world: PreparedWorld
    server: SftpServer
    home: Path
    outbox: Path

    @property
    def day(self) -> date:
        """The business date that is disturbed."""
        return self.world.dates[NIGHT]

    @property
    def dates(self) -> tuple[date, ...]:
        """The business dates up to and with the disturbed one."""
        return self.world.dates[: NIGHT + 1]

    def copy_to(self, home: Path) -> Path:
        """A workspace of its own that fetches from the shared folder."""
        shutil.copytree(self.home, home)
        return home

    def copy_with_outbox(self, home: Path, *, server: SftpServer | None = None) -> Path:
        """A workspace of its own with files of its own; returns the folder of the files."""
        shutil.copytree(self.home, home)
        outbox = home / "outbox"
        shutil.copytree(self.outbox, outbox)
        point_at(home, SEED, login_of(server or self.server, folder=str(outbox)))
        return outbox


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    """Forks runs of `tieout` in this worker."""
    with Launcher() as started:
        yield started


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory, launcher: Launcher) -> Iterator[Pristine]:
    """The prepared workspace before the night that is disturbed."""
    folder = tmp_path_factory.mktemp("pristine")
    server = SftpServer()
    outbox = folder / "outbox"
    outbox.mkdir()
    login = login_of(server, folder=str(outbox))
    world = prepare_world(folder / "empty", SEED, login)
    home = folder / "workspace"
    shutil.copytree(world.home, home)
    for day in world.dates[:NIGHT]:
        put_files(outbox, world.files[day])
        assert run_night(home, day, launcher=launcher).code in (0, 4)
    put_files(outbox, world.files[world.dates[NIGHT]])
    yield Pristine(world, server, home, outbox)
    server.close()


@pytest.fixture(scope="session")
def undisturbed(
    pristine: Pristine, launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> Standing:
    """What stands after a night of the date that nobody disturbed."""
    home = pristine.copy_to(tmp_path_factory.mktemp("undisturbed") / "workspace")
    assert run_night(home, pristine.day, launcher=launcher).code == 0
    return standing_of(home, pristine.dates, launcher=launcher)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """A gate for one run."""
    made = Gate(tmp_path / "gate")
    yield made
    made.close()
