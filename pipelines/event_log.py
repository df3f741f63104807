"""Dagster's event log in SQLite, without starting over for every event.

Dagster's own storage makes a database engine for each statement and opens and closes the file
around it. A night writes a hundred events, so most of its time went there: statements compiled
again, the write-ahead log copied back at each close, several flushes to the disk each time. Here
each file keeps its engine and connection while the instance lives, and the log is flushed when
SQLite copies it back: a power cut can cost the last events of a run, which are for looking at; the
books are in the workspace's own database.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

ENGINES_MAX = 16
"""How many files (one per run, one index) are kept open; the one unused longest is closed."""


class KeptSqliteEventLogStorage(SqliteEventLogStorage):
    """The same files and tables as `SqliteEventLogStorage`, with connections that are kept."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "KeptSqliteEventLogStorage":
        """Return the storage that `dagster.yaml` describes."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None) or _open(self.conn_string_for_shard(shard))
        self._engines[shard] = engine
        if len(self._engines) > ENGINES_MAX:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def has_table(self, table_name: str) -> bool:
        """Tell whether the index has a table; one that was there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event(self, event: EventLogEntry) -> None:
        """Store the event, and let those know who watch the run's file for changes."""
        super().store_event(event)
        # What is written stays in the file beside it (-wal) for a while, which nobody watches.
        Path(self.path_for_shard(event.run_id)).touch()

    def dispose(self) -> None:
        """Close every file."""
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()


def _open(url: str) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(raw: Any, _record: object) -> None:
        raw.execute("PRAGMA synchronous=NORMAL")

    return engine
