"""The servers of the tests are the real ones, private, and fresh for each test."""

import subprocess
from pathlib import Path

import paramiko
import pymysql
import pytest
from sqlalchemy.engine import make_url

from tests.support.mariadb import MariaDB
from tests.support.sshd import SftpServer


class TestMariaDB:
    """One server per worker, one schema per test."""

    @pytest.mark.parametrize("turn", [1, 2])
    def test_schema_is_empty_each_time(
        self, mariadb_url: str, mariadb_server: MariaDB, turn: int
    ) -> None:
        schema = make_url(mariadb_url).database

        with mariadb_server.connect(schema) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE only_here (id INT)")
            cursor.execute("SHOW TABLES")
            tables = cursor.fetchall()

        assert tables == (("only_here",),)

    def test_comes_back_on_the_same_port_with_its_data(
        self, mariadb_url: str, mariadb_server: MariaDB
    ) -> None:
        schema = make_url(mariadb_url).database
        with mariadb_server.connect(schema) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (id INT)")

        mariadb_server.stop()
        with pytest.raises(pymysql.MySQLError):
            mariadb_server.connect(schema)
        mariadb_server.start()

        with mariadb_server.connect(schema) as connection, connection.cursor() as cursor:
            assert cursor.execute("SHOW TABLES") == 1


class TestSftpServer:
    """One server per test."""

    def test_serves_its_folder_to_the_pinned_client(self, sftp_server: SftpServer) -> None:
        (sftp_server.root / "day.csv").write_bytes(b"a,b\n")

        with _logged_in(sftp_server) as client:
            names = client.open_sftp().listdir()

        assert names == ["day.csv"]

    def test_stops(self, sftp_server: SftpServer) -> None:
        sftp_server.stop()

        assert sftp_server.process.returncode is not None
        with pytest.raises((OSError, paramiko.SSHException)):
            _logged_in(sftp_server)


def _logged_in(server: SftpServer) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.load_host_keys(str(server.known_hosts))
    client.connect(
        server.host,
        server.port,
        server.username,
        pkey=paramiko.PKey.from_path(server.private_key),
        allow_agent=False,
        look_for_keys=False,
    )
    return client


class TestSystemScript:
    """What the Makefile calls before the tests."""

    def test_is_quiet_when_all_is_there(self) -> None:
        script = Path(__file__).with_name("system.sh")

        done = subprocess.run(["sh", str(script)], capture_output=True, check=False)

        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
