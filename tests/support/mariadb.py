"""A private MariaDB server for the tests: its own data, its own port, gone afterwards.

Making an empty data directory takes four seconds, copying one a few hundredths: the first session
makes a template in pytest's cache, every later server is a copy of it.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pymysql

from tests.support import processes
from tests.support.scratch import scratch_folder

_USER = "tieout"
_PASSWORD = "tieout"  # of a server that lives in a temporary folder and listens on 127.0.0.1 only
_SMALL = (
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=2",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=1M",
    "--performance-schema=OFF",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
    "--local-infile=1",
    "--max-connections=200",
)


class MariaDB:
    """One running server.

    Attributes:
        port: where it listens on 127.0.0.1.
        process: the server's process, for tests that kill it.
    """

    def __init__(self, template: Path) -> None:
        self.folder = scratch_folder("mariadb")
        self._data = self.folder / "data"
        self._log = self.folder / "server.log"
        subprocess.run(["cp", "-a", str(template), str(self._data)], check=True)
        self.port = processes.free_port()
        self.start()

    def start(self) -> None:
        """Start (again, on the same data and port) and wait until it answers."""
        grants = self.folder / "grants.sql"
        grants.write_text(
            f"CREATE USER IF NOT EXISTS '{_USER}'@'127.0.0.1' IDENTIFIED BY '{_PASSWORD}';\n"
            f"GRANT ALL ON *.* TO '{_USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        command = [
            processes.program("mariadbd"),
            "--no-defaults",
            f"--datadir={self._data}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--tmpdir={self.folder}",
            f"--init-file={grants}",
            *_SMALL,
            *_as_root(),
        ]
        self.process = processes.start(command, log=self._log)
        processes.wait_until_ready(self.process, self._answers, log=self._log)

    def stop(self) -> None:
        """Stop the server and keep its data."""
        processes.stop(self.process)

    def close(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, schema: str | None = None) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """A plain driver connection that commits every statement."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=_USER,
            password=_PASSWORD,
            database=schema,
            autocommit=True,
            connect_timeout=5,
        )

    def url(self, schema: str) -> str:
        """The SQLAlchemy URL of a schema."""
        return f"mysql+pymysql://{_USER}:{_PASSWORD}@127.0.0.1:{self.port}/{schema}"

    @contextlib.contextmanager
    def fresh_schema(self) -> Iterator[str]:
        """The URL of an empty schema, dropped afterwards with whoever still uses it."""
        schema = f"t_{uuid4().hex[:16]}"
        self._execute(f"CREATE DATABASE {schema} COLLATE utf8mb4_nopad_bin")
        try:
            yield self.url(schema)
        finally:
            if self.process.poll() is not None:  # a test killed the server; the next one needs it
                self.start()
            self._end_sessions_of(schema)
            self._execute(f"DROP DATABASE IF EXISTS {schema}")

    def _end_sessions_of(self, schema: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (schema,))
            for (session,) in cursor.fetchall():
                with contextlib.suppress(pymysql.MySQLError):  # it left by itself meanwhile
                    cursor.execute(f"KILL {int(session)}")

    def _execute(self, statement: str) -> None:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.MySQLError:
            return False
        return True


def template_in(cache: Path) -> Path:
    """The initialised data directory under `cache`, made when it is not there yet."""
    version = subprocess.run(
        [processes.program("mariadbd"), "--no-defaults", "--version"],
        check=True,
        capture_output=True,
    ).stdout
    template = cache / hashlib.sha256(version).hexdigest()[:16]
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers start together; one of them makes it
        if not template.exists():
            _initialise(template)
    return template


def _initialise(template: Path) -> None:
    unfinished = template.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [
        processes.program("mariadb-install-db", "mysql_install_db"),
        "--no-defaults",
        f"--datadir={unfinished}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--innodb-log-file-size=8M",
        *_as_root(),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise processes.ServerStartError(done.stdout[-3000:] + done.stderr[-3000:])
    unfinished.rename(template)


def _as_root() -> list[str]:
    return ["--user=root"] if os.getuid() == 0 else []
