"""A registered database, a landing store, and a sender of each kind behind one interface."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tests.support.sshd import SftpServer
from tieout.simulator.sftp_server import FolderSftpServer
from tieout.store.engine import Database
from tieout.transfer.directory import DirectorySource
from tieout.transfer.fetch import FetchReport, fetch_feed
from tieout.transfer.landing import LocalLandingStore
from tieout.transfer.pattern import NamePattern
from tieout.transfer.sftp import SftpLogin, SftpSource
from tieout.transfer.source import FileSource

MONDAY = date(2026, 11, 2)
TUESDAY = date(2026, 11, 3)
PATTERN = NamePattern("clearing_{date:%Y%m%d}.ipm")


def login_to(server: SftpServer | FolderSftpServer, folder: str = ".") -> SftpLogin:
    """Return the login that the server's own files describe."""
    return SftpLogin(
        host=server.host,
        port=server.port,
        username=server.username,
        folder=folder,
        private_key=server.private_key,
        known_hosts=server.known_hosts,
    )


@dataclass
class Sender:
    """A real sender whose folder the test can change, also in the middle of a read."""

    root: Path
    kind: str
    connect: Callable[[int, Callable[[int], None]], FileSource]

    def source(
        self, *, window_bytes: int = 65_536, after_window: Callable[[int], None] = lambda _: None
    ) -> FileSource:
        """Return an unopened source with small windows."""
        return self.connect(window_bytes, after_window)


@pytest.fixture(params=["openssh", "embedded", "directory"])
def sender(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sender]:
    """Each kind of sender: OpenSSH, the embedded server, a local folder."""
    if request.param == "directory":
        root = tmp_path / "share"
        root.mkdir()
        yield Sender(
            root,
            "directory",
            lambda size, hook: DirectorySource(root, window_bytes=size, after_window=hook),
        )
    elif request.param == "openssh":
        server: SftpServer = request.getfixturevalue("sftp_server")
        yield Sender(server.root, "openssh", _sftp(server))
    else:
        with FolderSftpServer(tmp_path / "served", keys=tmp_path / "keys") as embedded:
            yield Sender(embedded.root, "embedded", _sftp(embedded))


def _sftp(
    server: SftpServer | FolderSftpServer,
) -> Callable[[int, Callable[[int], None]], FileSource]:
    login = login_to(server)
    return lambda size, hook: SftpSource(login, window_bytes=size, after_window=hook)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An upgraded SQLite database."""
    one = Database(f"sqlite:///{tmp_path / 'tieout.db'}")
    one.upgrade()
    yield one
    one.close()


@pytest.fixture
def landing(tmp_path: Path) -> LocalLandingStore:
    """An empty landing store."""
    return LocalLandingStore(tmp_path / "landing")


@dataclass
class Fetcher:
    """Fetches the clearing feed into one database and one landing store."""

    database: Database
    landing: LocalLandingStore

    def fetch(
        self,
        open_source: Callable[[], FileSource],
        business_date: date = MONDAY,
        *,
        settle_seconds: float = 0.0,
        size_max: int = 10**9,
    ) -> FetchReport:
        """Fetch without waiting between connections."""
        return fetch_feed(
            self.database,
            open_source,
            self.landing,
            feed="clearing",
            pattern=PATTERN,
            business_date=business_date,
            pause_seconds=0,
            settle_seconds=settle_seconds,
            size_max=size_max,
        )


@pytest.fixture
def fetcher(database: Database, landing: LocalLandingStore) -> Fetcher:
    """A fetcher on an empty register."""
    return Fetcher(database, landing)


def incoming_files(landing: LocalLandingStore) -> list[Path]:
    """Return the temporary files of a landing store."""
    return sorted((landing.root / "incoming").glob("*"))


def landed_files(landing: LocalLandingStore) -> list[Path]:
    """Return the kept files of a landing store."""
    return sorted(path for path in landing.root.glob("??/*") if path.is_file())
