"""Twenty worlds, each on two databases: what was planted is found, nothing else, and the same."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.scratch import scratch_folder
from tests.support.seeds import PlayedWorld, login_to, small_world
from tests.support.sshd import SftpServer
from tieout.simulator.sftp_server import FolderSftpServer
from tieout.simulator.upload import upload
from tieout.simulator.world import World
from tieout.transfer.sftp import SftpLogin

_SEEDS = range(1, 21)
_DEFAULT_SIZE = (7, 14)
_OVER_OPENSSH = (2, 7, 12, 17)
_THROUGH_THE_COMMAND = (5, 10)
_TIEOUT = Path(sys.executable).with_name("tieout")


@pytest.fixture
def scratch() -> Iterator[Path]:
    folder = scratch_folder("seeds")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def login(seed: int, scratch: Path, request: pytest.FixtureRequest) -> Iterator[SftpLogin]:
    """The folder of the counterparties' files: on OpenSSH for some seeds, else on our own server.

    Both speak SFTP over TCP; the second one starts within milliseconds.
    """
    if seed in _OVER_OPENSSH:
        server: SftpServer = request.getfixturevalue("sftp_server")
        yield login_to(server)
        return
    with FolderSftpServer(scratch / "outbox", keys=scratch / "keys") as embedded:
        yield login_to(embedded)


def _printed_outcomes(home: Path, day: str) -> str:
    return subprocess.run(
        [_TIEOUT, "outcomes", "--home", home, "--date", day],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout


@pytest.mark.parametrize("seed", _SEEDS)
class TestEverySeed:
    """Played and run day by day, on SQLite and on MariaDB."""

    def test_finds_what_was_planted_and_nothing_else_with_equal_bytes(
        self, seed: int, scratch: Path, login: SftpLogin, mariadb_url: str
    ) -> None:
        world = World(seed) if seed in _DEFAULT_SIZE else small_world(seed)
        sqlite = PlayedWorld.begin(scratch / "sqlite", world, login)
        mariadb = PlayedWorld.begin(scratch / "mariadb", world, login, database_url=mariadb_url)

        for day in world.dates:
            files = sqlite.play(day)
            assert files == mariadb.play(day)
            upload(files, login)
            assert sqlite.run(day) == mariadb.run(day)

        for played in (sqlite, mariadb):
            found = played.verify()
            assert (found.missed, found.unexpected) == ((), ())
            assert found.found == found.planted == len(played.simulator.manifest.anomalies)
        for day in world.dates:
            expected = sqlite.outcomes(day)
            assert mariadb.outcomes(day) == expected
            if seed in _THROUGH_THE_COMMAND:
                printed = [_printed_outcomes(one.home, str(day)) for one in (sqlite, mariadb)]
                assert printed == [expected, expected]
        sqlite.database.close()
        mariadb.database.close()
