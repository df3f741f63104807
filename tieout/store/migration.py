"""Runs the Alembic migrations of `sql/migrations`, from any working directory.

Two processes that start at the same moment must not both create the tables: on SQLite the whole
upgrade is one BEGIN IMMEDIATE transaction; on MariaDB and MySQL, whose DDL commits by itself, a
named lock is held around it.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

import sql
from tieout.errors import DatabaseUnavailable, IntegrityError
from tieout.store.collation import binary_collation

_LOCK = "tieout_upgrade"
_LOCK_WAIT_SECONDS = 120


def upgrade_schema(engine: Engine, revision: str = "heads") -> None:
    """Bring the schema to `revision` (the newest by default).

    Raises:
        DatabaseUnavailable: another process has been upgrading for two minutes.
        IntegrityError: a table has a collation that does not compare byte by byte.
    """
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            _run(connection, revision)
        return
    with engine.connect() as connection:
        wanted = text("SELECT GET_LOCK(:name, :seconds)")
        taken = connection.execute(wanted, {"name": _LOCK, "seconds": _LOCK_WAIT_SECONDS})
        if taken.scalar() != 1:
            raise DatabaseUnavailable(
                "Another process is upgrading the database schema.",
                hint="Wait until it has finished, then try again.",
            )
        try:
            _set_default_collation(connection)
            _run(connection, revision)
            connection.commit()
            _check_collations(connection)
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _LOCK})


def config_for(connection: Connection | None = None) -> Config:
    """Return the Alembic configuration: where the scripts are, and the connection to use."""
    config = Config()
    scripts = Path(sql.__file__).parent / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _run(connection: Connection, revision: str) -> None:
    command.upgrade(config_for(connection), revision)


def _collation(connection: Connection) -> str:
    return binary_collation(str(connection.execute(text("SELECT VERSION()")).scalar_one()))


def _set_default_collation(connection: Connection) -> None:
    # Tables inherit it; both names come from the server itself, not from a user.
    schema = str(connection.execute(text("SELECT DATABASE()")).scalar_one()).replace("`", "``")
    collation = _collation(connection)
    connection.exec_driver_sql(
        f"ALTER DATABASE `{schema}` CHARACTER SET utf8mb4 COLLATE {collation}"
    )


def _check_collations(connection: Connection) -> None:
    query = text(
        "SELECT table_name, table_collation FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
        " AND table_collation <> :wanted ORDER BY table_name"
    )
    wanted = _collation(connection)
    wrong = connection.execute(query, {"wanted": wanted}).all()
    if wrong:
        raise IntegrityError(
            f"Table {wrong[0][0]} has collation {wrong[0][1]}, expected {wanted}: references that "
            "differ would compare as equal.",
            hint=f"ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4 COLLATE {wanted}.",
        )
