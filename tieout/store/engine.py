"""One database behind two verbs: `transaction()` to write, `reading()` to read.

What each database gets wrong by default is set right here, on every connection:

- SQLite: WAL, foreign keys, a busy time-out, and BEGIN IMMEDIATE for writers. A deferred
  transaction that reads first and writes later fails with "database is locked" instead of waiting.
- MariaDB and MySQL: READ COMMITTED (correctness comes from version checks, not from REPEATABLE
  READ, which loses updates), strict SQL mode (without it a number too large is clamped in silence),
  byte-wise no-pad collation, UTC, and a rollback of everything after a deadlock or a lock time-out
  (the server undoes only one statement; committing the rest would store half a transaction).
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import mysql as _mysql  # noqa: F401 - registers the dialect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError, ProgrammingError

from tieout.errors import DatabaseUnavailable, Transient, UsageError
from tieout.store.collation import binary_collation

T = TypeVar("T")

STRICT_MODE = (
    "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION"
)
_BUSY_SECONDS = 30
_LOCK_WAIT_SECONDS = 20
_ATTEMPTS_MAX = 6
# 1020 record changed since last read, 1205 lock wait time-out, 1213 deadlock.
_CONFLICTS = frozenset({1020, 1205, 1213})
# 1044, 1045 access denied; 1049 unknown database.
_REFUSED = frozenset({1044, 1045, 1049})
_NO_TABLE = 1146
# 1040 too many connections, 1053 shutting down; 2002…2013 no connection, or lost on the way.
_UNREACHABLE = frozenset({1040, 1053, 1927, 2002, 2003, 2006, 2013, 2055})


class TransactionConflict(Transient):
    """Another transaction was faster; all of this one is undone and may be run again whole."""


class Database:
    """A database by URL: `sqlite:///path/to/file.db` or `mysql+pymysql://user@host/schema`.

    `password` is kept out of the URL so that the URL may be shown. Nothing is opened until the
    first transaction.

    Raises:
        UsageError: the URL names neither SQLite nor MySQL.
    """

    def __init__(self, url: str, password: str | None = None) -> None:
        self.url = _parse_url(url)
        self.dialect: str = self.url.get_backend_name()
        full = self.url if password is None else self.url.set(password=password)
        self.engine = _sqlite_engine(full) if self.dialect == "sqlite" else _mysql_engine(full)

    def __repr__(self) -> str:
        return f"Database({self.shown_url})"

    @property
    def shown_url(self) -> str:
        """The URL with any password hidden."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open one transaction: committed at the end of the block, undone if anything is raised.

        Raises:
            DatabaseUnavailable: the database does not answer.
            TransactionConflict: deadlock, lock time-out or a changed row; nothing was written.
        """
        with _plain_errors(self.url), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one unchanging state and is always rolled back."""
        if self.dialect == "sqlite":
            engine = self.engine.execution_options(is_reading=True)
        else:
            engine = self.engine.execution_options(isolation_level="REPEATABLE READ")
        with _plain_errors(self.url), engine.connect() as connection:
            yield connection

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction, again from the start (at most 6 times) after a conflict.

        `work` must take everything it decides on from this connection, so that the second run
        decides on the new state.
        """
        for attempt in range(1, _ATTEMPTS_MAX):
            try:
                with self.transaction() as connection:
                    return work(connection)
            except TransactionConflict:
                time.sleep(0.01 * 2**attempt)
        with self.transaction() as connection:
            return work(connection)

    def upgrade(self) -> None:
        """Bring the schema to the newest revision; a second call changes nothing."""
        # Alembic takes a quarter of a second to import and only this verb needs it.
        from tieout.store.migration import upgrade_schema

        if self.dialect == "sqlite" and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        with _plain_errors(self.url):
            upgrade_schema(self.engine)

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def _parse_url(url: str) -> URL:
    hint = "Give sqlite:///data/tieout.db or mysql+pymysql://user@host:3306/schema."
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UsageError("The database URL cannot be read.", hint=hint) from None
    name = parsed.get_backend_name()
    if name not in ("sqlite", "mysql"):
        raise UsageError(f"The database URL names {name!r}.", hint=hint)
    if name == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise UsageError("An SQLite database needs a file.", hint=hint)
    return parsed


def _sqlite_engine(url: URL) -> Engine:
    # Parameters stay out of error messages: they hold amounts and references of real people.
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(raw: Any, record: object) -> None:
        # Our own BEGIN below decides when a transaction starts, not the driver.
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_reading = connection.get_execution_options().get("is_reading", False)
        connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")

    return engine


def _mysql_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        pool_pre_ping=True,
        pool_recycle=3600,
        connect_args={"charset": "utf8mb4", "connect_timeout": 10},
    )

    @event.listens_for(engine, "connect")
    def configure(raw: Any, record: object) -> None:
        with raw.cursor() as cursor:
            collation = binary_collation(raw.get_server_info())
            cursor.execute(f"SET NAMES utf8mb4 COLLATE {collation}")
            cursor.execute("SET SESSION sql_mode=%s, time_zone='+00:00'", (STRICT_MODE,))
            cursor.execute("SET SESSION innodb_lock_wait_timeout=%s", (_LOCK_WAIT_SECONDS,))
            cursor.execute("SELECT @@SESSION.sql_mode")
            (mode,) = cursor.fetchone()
        if "STRICT_ALL_TABLES" not in mode.split(","):
            raise UsageError(
                f"The database session runs with sql_mode {mode!r}, which is not strict.",
                hint="Without it too large numbers are clamped in silence; remove what resets it.",
            )

    return engine


@contextmanager
def _plain_errors(url: URL) -> Iterator[None]:
    """Turn the driver's errors about connections and locks into ours; leave the others alone."""
    try:
        yield
    except (OperationalError, InterfaceError, ProgrammingError) as error:
        ours = _translate(error.orig, url)
        if ours is None:
            raise
        raise ours from error


def _translate(error: BaseException | None, url: URL) -> Exception | None:
    shown = url.render_as_string(hide_password=True)
    first = error.args[0] if error is not None and error.args else None
    if first == _NO_TABLE or str(first).startswith("no such table"):
        return UsageError(
            f"The database {shown} lacks our tables ({error}).", hint="Run: tieout db upgrade"
        )
    if isinstance(error, sqlite3.OperationalError):
        if "locked" in str(first):
            return TransactionConflict(
                f"The database {shown} was locked for {_BUSY_SECONDS} seconds.",
                hint="Another process holds it; try again when it has finished.",
            )
        if "unable to open" in str(first) or "disk" in str(first):
            return DatabaseUnavailable(
                f"The database {shown} cannot be used: {first}.",
                hint="Check that the folder exists, may be written to, and has space.",
            )
        return None
    if first in _CONFLICTS:
        return TransactionConflict(
            f"Another transaction was faster (MySQL error {first}).",
            hint="Nothing was written; run it again.",
        )
    if first in _REFUSED:
        return UsageError(
            f"The database {shown} refuses us (MySQL error {first}).",
            hint="Check user, password, schema and grants.",
        )
    if first in _UNREACHABLE or first == 0:
        return DatabaseUnavailable(
            f"The database {shown} does not answer (MySQL error {first}).",
            hint="Check that the server runs and can be reached; then try again.",
        )
    return None
