"""The one MetaData, its naming convention, and column types that mean the same on every database.

SQLite tables are STRICT, so that an INTEGER column refuses '12x' as MariaDB does; STRICT allows
only INTEGER, TEXT, REAL, BLOB, and each type here says which of them it becomes. Text compares byte
by byte everywhere (the engine sets a no-pad binary collation on MariaDB and MySQL): 'Ab' is never
'AB', and 'A ' is never 'A'. Amounts are integers of minor units; there is no decimal or float type.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import CHAR, BigInteger, Boolean, Date, Integer, MetaData, String, Table, Text
from sqlalchemy import types as sa_types
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from tieout.errors import Permanent

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the project; `tieout.store.tables.load_metadata()` fills it."""

TABLE_OPTIONS: Mapping[str, Any] = {
    "sqlite_strict": True,
    "mysql_engine": "InnoDB",
    "mariadb_engine": "InnoDB",
}
"""Give these to every Table and to every `op.create_table`."""


def build_table(name: str, *items: Any) -> Table:
    """Add a table with our options to the metadata; `items` are columns and constraints."""
    return Table(name, metadata, *items, **TABLE_OPTIONS)


class ColumnValueInvalid(Permanent):
    """A Python value that its column cannot hold without losing something."""


class Instant(TypeDecorator[datetime]):
    """A UTC instant with microseconds: DATETIME(6), on SQLite text that sorts by time."""

    impl = sa_types.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that this database stores."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(mysql.DATETIME(fsp=6))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn an aware datetime into UTC without zone; a naive one is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ColumnValueInvalid(
                f"The instant {value.isoformat()} has no time zone.",
                hint="Take it from tieout.clock.now(), or give it a zone.",
            )
        utc = value.astimezone(UTC).replace(tzinfo=None)
        if dialect.name == "sqlite":
            return utc.isoformat(sep=" ", timespec="microseconds")
        return utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the stored instant its zone back."""
        if value is None:
            return None
        naive = datetime.fromisoformat(value) if isinstance(value, str) else value
        return naive.replace(tzinfo=UTC)


class Day(TypeDecorator[date]):
    """A calendar date: DATE, on SQLite text as YYYY-MM-DD."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that this database stores."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """Refuse a datetime, whose time of day would be cut off."""
        if isinstance(value, datetime):
            raise ColumnValueInvalid(
                f"{value.isoformat()} is an instant, the column holds a date.",
                hint="Turn it into a business date first.",
            )
        if value is None or dialect.name != "sqlite":
            return value
        return value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Return a date."""
        return date.fromisoformat(value) if isinstance(value, str) else value


class Json(TypeDecorator[Any]):
    """A JSON value as canonical text (sorted keys, no spaces): equal values, equal bytes."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that this database stores."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(mysql.MEDIUMTEXT())

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write canonical JSON."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read JSON."""
        return None if value is None else json.loads(value)


def canonical_json(value: object) -> str:
    """Return the one text of a JSON value: sorted keys, no spaces, no NaN, no needless escape."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


Minor = BigInteger().with_variant(Integer(), "sqlite")
"""Minor units of a currency, or any other 64-bit integer."""

Whole = Integer()
"""A count, a version, a sequence number."""

Flag = Boolean(create_constraint=False).with_variant(Integer(), "sqlite")
"""True or false, stored as 1 or 0. Written and compared with True and False."""

Sha256 = CHAR(64).with_variant(Text(), "sqlite")
"""A SHA-256 digest, or an HMAC of it, as 64 lower-case hex digits."""

CurrencyCode = CHAR(3).with_variant(Text(), "sqlite")
"""An alphabetic ISO 4217 code."""

LongText = mysql.MEDIUMTEXT().with_variant(Text(), "sqlite")
"""A text without a useful limit, up to 16 MiB."""


def identifier(length: int = 64) -> TypeEngine[str]:
    """Return the type of a key or a reference of at most `length` characters."""
    return String(length).with_variant(Text(), "sqlite")


Identifier = identifier(64)
"""An id of ours (UUIDv7 has 36 characters), a reference, a name from a closed list."""
