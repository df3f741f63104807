"""The real servers of the tests, started only by those that ask for them.

Each pytest worker has one MariaDB server; each test that asks has its own empty schema in it, and
its own OpenSSH server.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mariadb import MariaDB, template_in
from tests.support.sshd import SftpServer


@pytest.fixture(scope="session")
def mariadb_server(pytestconfig: pytest.Config) -> Iterator[MariaDB]:
    """The worker's MariaDB server."""
    server = MariaDB(template_in(pytestconfig.cache.mkdir("mariadb-template")))
    yield server
    server.close()


@pytest.fixture
def mariadb_url(mariadb_server: MariaDB) -> Iterator[str]:
    """The URL of an empty MariaDB schema of this test."""
    with mariadb_server.fresh_schema() as url:
        yield url


@pytest.fixture(params=["sqlite", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; a test that asks for it runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tieout.db'}"
    return str(request.getfixturevalue("mariadb_url"))


@pytest.fixture
def sftp_server() -> Iterator[SftpServer]:
    """A running OpenSSH server of this test with an empty folder."""
    server = SftpServer()
    yield server
    server.close()
