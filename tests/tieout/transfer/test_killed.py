"""Killed with SIGKILL at any moment: nothing half is adopted, and the next fetch repairs it all."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.support.sshd import SftpServer
from tests.tieout.transfer.conftest import Fetcher, incoming_files, landed_files, login_to
from tieout.store.files import files_up_to
from tieout.transfer.sftp import SftpSource

NAME = "clearing_20261102.ipm"
CONTENT = os.urandom(400_000)

_FETCH = """
import os, signal, sys
from datetime import date
from pathlib import Path
from tieout.steps import listening
from tieout.store.engine import Database
from tieout.transfer.fetch import fetch_feed
from tieout.transfer.landing import LocalLandingStore
from tieout.transfer.pattern import NamePattern
from tieout.transfer.sftp import SftpLogin, SftpSource

url, root, host, port, username, private_key, known_hosts, die_at = sys.argv[1:]

def die(name):
    if name == die_at:
        os.kill(os.getpid(), signal.SIGKILL)

login = SftpLogin(host, int(port), username, ".", Path(private_key), Path(known_hosts))
with listening(lambda name: die(name.split(":")[0])):
    fetch_feed(
        Database(url),
        lambda: SftpSource(login, window_bytes=65536, after_window=lambda n: die(f"window {n}")),
        LocalLandingStore(Path(root)),
        feed="clearing",
        pattern=NamePattern("clearing_{date:%Y%m%d}.ipm"),
        business_date=date(2026, 11, 2),
    )
"""

MOMENTS = [
    "landed.listed",
    "window 65536",
    "window 262144",
    "window 400000",
    "landed.downloaded",
    "landed.kept",
    "landed.registered",
]


def fetch_and_die(fetcher: Fetcher, server: SftpServer, moment: str) -> int:
    """Fetch in a process of its own that kills itself at `moment`; return its exit status."""
    arguments = [
        fetcher.database.url.render_as_string(),
        str(fetcher.landing.root),
        server.host,
        str(server.port),
        server.username,
        str(server.private_key),
        str(server.known_hosts),
        moment,
    ]
    command = [sys.executable, "-c", _FETCH, *arguments]
    return subprocess.run(command, check=False, cwd=Path(__file__).parents[3]).returncode


class TestKilled:
    """The process dies; the files and the register are what they were or what they should be."""

    @pytest.mark.parametrize("moment", MOMENTS)
    def test_leaves_nothing_half_and_the_next_fetch_completes(
        self, sftp_server: SftpServer, fetcher: Fetcher, moment: str
    ) -> None:
        (sftp_server.root / NAME).write_bytes(CONTENT)

        status = fetch_and_die(fetcher, sftp_server, moment)

        assert status == -9
        assert all(path.read_bytes() == CONTENT for path in landed_files(fetcher.landing))
        with fetcher.database.reading() as connection:
            registered = files_up_to(connection, "clearing", date.max)
        assert len(registered) == (1 if moment == "landed.registered" else 0)

        fetcher.fetch(lambda: SftpSource(login_to(sftp_server)))

        assert incoming_files(fetcher.landing) == []
        assert [path.read_bytes() for path in landed_files(fetcher.landing)] == [CONTENT]
        with fetcher.database.reading() as connection:
            assert len(files_up_to(connection, "clearing", date.max)) == 1
