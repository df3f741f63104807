"""The register of files, on each database."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError as KeyTaken

from tieout.errors import IntegrityError
from tieout.store.engine import Database
from tieout.store.files import (
    FINDINGS_MAX,
    Arrival,
    InboundFile,
    Registration,
    deliveries_seen,
    files_received_on,
    files_up_to,
    find_file_by_sha,
    findings_of,
    get_file,
    mark_parsed,
    mark_refused,
    received_files,
    register_file,
)
from tieout.store.tables.files import inbound_file

MONDAY, TUESDAY = date(2026, 11, 2), date(2026, 11, 3)
AT = datetime(2026, 11, 2, 22, 0, tzinfo=UTC)


def arrival(**changes: Any) -> Arrival:
    values: dict[str, Any] = {
        "feed": "clearing",
        "name": "clearing_20261102.ipm",
        "sha256": "a" * 64,
        "size": 10,
        "remote_mtime": 1_793_600_000,
        "file_date": MONDAY,
    }
    return Arrival(**values | changes)


def register(database: Database, received_on: date = MONDAY, **changes: Any) -> Registration:
    with database.transaction() as connection:
        return register_file(connection, arrival(**changes), received_on=received_on, at=AT)


def finding(**changes: Any) -> dict[str, object]:
    return {
        "code": "control_total_mismatch",
        "severity": "refusal",
        "line": 7,
        "byte_offset": 512,
        "record_no": 3,
        "record": "trailer",
        "field": "amount",
        "found": "12.01",
        "expected": "12.00",
        "hint": "Ask the sender for the file again.",
    } | changes


class TestRegister:
    """Content decides, not names."""

    def test_new_unchanged_restated(self, database: Database) -> None:
        outcomes = [
            register(database).outcome,
            register(database, TUESDAY).outcome,
            register(database, TUESDAY, name="clearing_20261103.ipm").outcome,
            register(database, TUESDAY, sha256="b" * 64).outcome,
            register(database, TUESDAY, sha256="b" * 64).outcome,
        ]

        with database.reading() as connection:
            files = files_up_to(connection, "clearing", TUESDAY)
        assert outcomes == ["new", "unchanged", "unchanged", "restated", "unchanged"]
        assert [(file.version, file.state, file.received_on) for file in files] == [
            (1, "received", MONDAY),
            (2, "restated", TUESDAY),
        ]
        assert files[1].detail == "Version 1 of this name is in use."

    def test_each_delivery_is_recorded_once(self, database: Database) -> None:
        register(database)
        register(database)
        register(database, remote_mtime=5)
        register(database, name="again.ipm")

        with database.reading() as connection:
            seen = deliveries_seen(connection, "clearing")

        assert seen == {
            ("clearing_20261102.ipm", 10, 1_793_600_000),
            ("clearing_20261102.ipm", 10, 5),
            ("again.ipm", 10, 1_793_600_000),
        }

    def test_feeds_are_apart(self, database: Database) -> None:
        register(database)

        other = register(database, feed="advice", name="advice.csv")

        with database.reading() as connection:
            assert other.outcome == "new"
            assert len(files_received_on(connection, "advice", MONDAY)) == 1
            assert files_received_on(connection, "advice", TUESDAY) == []
            assert received_files(connection) == {
                ("clearing", "a" * 64): ("clearing_20261102.ipm", MONDAY),
                ("advice", "a" * 64): ("advice.csv", MONDAY),
            }
            assert find_file_by_sha(connection, "a" * 64, feed="bank") is None

    def test_the_database_itself_refuses_the_same_bytes_twice(self, database: Database) -> None:
        registered = register(database).file
        values = vars(registered) | {"id": 99, "name": "other"}

        with pytest.raises(KeyTaken), database.transaction() as connection:
            connection.execute(inbound_file.insert().values(values))

    def test_names_differ_by_every_byte(self, database: Database) -> None:
        names = ["Ä.ipm", "ä.ipm", "A\N{COMBINING DIAERESIS}.ipm", "Ä.ipm "]

        outcomes = [
            register(database, name=name, sha256=str(number) * 64).outcome
            for number, name in enumerate(names)
        ]

        assert outcomes == ["new"] * 4


class TestDecide:
    """Parsed or refused, and why."""

    @pytest.fixture
    def file(self, database: Database) -> InboundFile:
        """A registered file."""
        return register(database).file

    def test_refused_then_parsed(self, database: Database, file: InboundFile) -> None:
        warning = finding(severity="warning", line=None, record=None)
        with database.transaction() as connection:
            mark_refused(connection, file, "The total differs.", [finding(), finding(line=9)])
            refused = get_file(connection, "clearing", file.sha256)
            mark_parsed(
                connection, file, "mt940", 12, "f" * 64, [warning], summary={"net_minor": -5}
            )

        with database.reading() as connection:
            parsed = get_file(connection, "clearing", file.sha256)
            (kept,) = findings_of(connection, file)
        assert (refused.state, refused.detail, refused.frame_sha256) == (
            "refused",
            "The total differs.",
            None,
        )
        assert (parsed.state, parsed.format, parsed.records, parsed.frame_sha256) == (
            "parsed",
            "mt940",
            12,
            "f" * 64,
        )
        assert (parsed.summary, parsed.detail) == ({"net_minor": -5}, "")
        assert vars(kept) == warning

    def test_findings_have_a_limit(self, database: Database, file: InboundFile) -> None:
        with database.transaction() as connection:
            mark_refused(connection, file, "All wrong.", [finding()] * (FINDINGS_MAX + 1))

        with database.reading() as connection:
            assert len(findings_of(connection, file)) == FINDINGS_MAX

    def test_a_held_file_is_not_decided(self, database: Database, file: InboundFile) -> None:
        held = register(database, sha256="b" * 64).file

        with (
            pytest.raises(IntegrityError, match=r"version 2.* is held"),
            database.transaction() as connection,
        ):
            mark_parsed(connection, held, "mt940", 1, "f" * 64)

    def test_a_correction_of_a_refused_file_is_received(
        self, database: Database, file: InboundFile
    ) -> None:
        with database.transaction() as connection:
            mark_refused(connection, file, "The total differs.")

        corrected = register(database, TUESDAY, sha256="b" * 64)

        assert (corrected.outcome, corrected.file.version) == ("new", 2)


class TestMissing:
    """What never came."""

    def test_a_file_that_is_not_registered_is_an_error(self, database: Database) -> None:
        with (
            pytest.raises(IntegrityError, match="no registered file"),
            database.reading() as connection,
        ):
            get_file(connection, "clearing", "0" * 64)
