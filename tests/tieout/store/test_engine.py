"""What every connection guarantees, on each database: the traps of the stack as tests."""

import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from tests.tieout.store.scripted import ScriptedProvider, order, service_on
from tieout.errors import DatabaseUnavailable, UsageError
from tieout.store.audit import append_audit
from tieout.store.engine import Database, TransactionConflict
from tieout.store.metadata import ColumnValueInvalid
from tieout.store.tables import load_metadata
from tieout.store.tables.core import audit
from tieout.store.unit_of_work import write_lines

_WITH_AMOUNT = """
INSERT INTO audit_head (id, seq, hash) VALUES (2, AMOUNT, 'x')
"""

AT = datetime(2026, 4, 1, 9, 30, 15, 123456, tzinfo=UTC)


class TestSchema:
    """Migrations."""

    def test_migrations_make_exactly_our_tables(self, database: Database) -> None:
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            differences = compare_metadata(context, load_metadata())

        assert differences == []

    def test_upgrade_twice_changes_nothing(self, database: Database) -> None:
        database.upgrade()

        with database.reading() as connection:
            assert connection.scalar(text("SELECT seq FROM audit_head")) == 0

    def test_processes_that_upgrade_at_once_all_succeed(self, database_url: str) -> None:
        program = (
            "import sys; from tieout.store.engine import Database as D; D(sys.argv[1]).upgrade()"
        )
        command = [sys.executable, "-c", program, database_url]

        started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
        errors = [one.communicate(timeout=120)[1].decode() for one in started]

        assert [one.returncode for one in started] == [0, 0, 0], errors


class TestValues:
    """What is stored is what comes back, or an error."""

    def test_text_compares_byte_by_byte(self, database: Database) -> None:
        for name in ("Ab12", "aB12", "AB12 ", "Áb12", "AB12"):
            _audit(database, name)

        with database.reading() as connection:
            found = connection.execute(
                select(audit.c.entity_id).where(audit.c.entity_id == "AB12")
            ).scalars()
            assert found.all() == ["AB12"]

    def test_instants_keep_microseconds_and_zone(self, database: Database) -> None:
        _audit(database, "x")

        with database.reading() as connection:
            assert connection.scalar(select(audit.c.at)) == AT

    def test_naive_instant_is_refused(self, database: Database) -> None:
        with pytest.raises(Exception, match="no time zone") as raised:
            _audit(database, "x", at=AT.replace(tzinfo=None))

        assert isinstance(raised.value.__cause__ or raised.value, ColumnValueInvalid | DBAPIError)

    @pytest.mark.parametrize("amount", ["9223372036854775808", "'12x'"])
    def test_number_that_does_not_fit_is_an_error(self, database: Database, amount: str) -> None:
        problem = "cannot store|Out of range|Data truncated"
        statement = _WITH_AMOUNT.replace("AMOUNT", amount)

        with pytest.raises(DBAPIError, match=problem), database.transaction() as connection:
            connection.exec_driver_sql(statement)

    def test_lines_that_do_not_balance_are_never_written(self, database: Database) -> None:
        lines = [("a", "EUR", 1), ("b", "EUR", -2)]

        with database.transaction() as tx, pytest.raises(ValueError, match="sum to zero"):
            write_lines(tx, "j", lines)


class TestTransactions:
    """All or nothing, and again from the start."""

    def test_error_undoes_everything(self, database: Database) -> None:
        def fail(connection: Connection) -> None:
            _append(connection, "lost", AT)
            raise KeyError("after the write")

        with pytest.raises(KeyError):
            database.run(fail)

        with database.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(audit)) == 0

    def test_conflict_runs_the_whole_again(self, database: Database) -> None:
        tries: list[int] = []

        def work(connection: Connection) -> int:
            tries.append(1)
            seq = _append(connection, "one", AT)
            if len(tries) < 3:
                raise TransactionConflict("somebody was faster")
            return seq

        assert database.run(work) == 1
        assert len(tries) == 3

    def test_audit_rows_of_many_threads_make_one_chain(self, database: Database) -> None:
        def write() -> None:
            for number in range(10):
                _audit(database, str(number))

        threads = [threading.Thread(target=write) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

        with database.reading() as connection:
            seqs = connection.execute(select(audit.c.seq).order_by(audit.c.seq)).scalars().all()
        assert seqs == list(range(1, 41))

    def test_deadlock_leaves_no_half_transaction(self, mariadb_url: str) -> None:
        database = Database(mariadb_url)
        with database.transaction() as connection:
            connection.exec_driver_sql("CREATE TABLE pair (id INT PRIMARY KEY, v INT)")
            connection.exec_driver_sql("INSERT INTO pair VALUES (1, 0), (2, 0)")
        barrier = threading.Barrier(2)

        def add(first: int, second: int) -> None:
            tries: list[int] = []

            def work(connection: Connection) -> None:
                tries.append(1)
                connection.exec_driver_sql("UPDATE pair SET v = v + 1 WHERE id = %s", (first,))
                if len(tries) == 1:
                    barrier.wait(timeout=30)
                connection.exec_driver_sql("UPDATE pair SET v = v + 1 WHERE id = %s", (second,))

            database.run(work)

        threads = [threading.Thread(target=add, args=pair) for pair in ((1, 2), (2, 1))]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

        with database.reading() as connection:
            assert connection.exec_driver_sql("SELECT v FROM pair").scalars().all() == [2, 2]
        database.close()

    def test_session_is_strict_and_read_committed(self, mariadb_url: str) -> None:
        database = Database(mariadb_url)

        with database.transaction() as connection:
            mode, isolation = connection.exec_driver_sql(
                "SELECT @@SESSION.sql_mode, @@SESSION.tx_isolation"
            ).one()

        assert "STRICT_ALL_TABLES" in mode.split(",")
        assert isolation == "READ-COMMITTED"
        database.close()


class TestOpening:
    """Addresses that lead nowhere."""

    @pytest.mark.parametrize("url", ["postgresql://x/y", "sqlite://", "nonsense"])
    def test_unusable_url_is_refused(self, url: str) -> None:
        with pytest.raises(UsageError, match="mysql"):
            Database(url)

    def test_server_that_is_down_is_temporary(self) -> None:
        database = Database("mysql+pymysql://nobody@127.0.0.1:1/none", password="hidden")

        with pytest.raises(DatabaseUnavailable) as raised, database.transaction():
            pass

        assert "hidden" not in str(raised.value)
        assert raised.value.exit_code == 75

    def test_no_connection_is_held_while_the_provider_works(self, database: Database) -> None:
        class Counts(ScriptedProvider):
            held: int = -1

            def send(self, request: object) -> object:  # type: ignore[override]
                self.held = database.engine.pool.checkedout()  # type: ignore[attr-defined]
                return super().send(request)  # type: ignore[arg-type]

        provider = Counts()

        service_on(database, provider, lambda: AT).authorise(order())  # type: ignore[arg-type]

        assert provider.held == 0


def _append(connection: Connection, entity_id: str, at: datetime) -> int:
    return append_audit(
        connection,
        at=at,
        actor="tester",
        action="tested",
        entity="thing",
        entity_id=entity_id,
        detail={},
    )


def _audit(database: Database, entity_id: str, at: datetime = AT) -> None:
    database.run(lambda tx: _append(tx, entity_id, at))
