"""Each invariant finds the damage it is there for, and says where."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Connection, delete, insert, text, update

from tests.tieout.store.scripted import Clock, ScriptedProvider, order, service_on
from tieout.invariants import INVARIANTS, run_all
from tieout.settlement import FACT_SCHEMA, apply_facts
from tieout.store.engine import Database
from tieout.store.tables.core import (
    audit,
    event,
    operation,
    outbox,
    payment,
    posting,
    presentment,
    suspense_item,
)

AT = datetime(2026, 4, 2, 4, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A ledger with a captured, refunded and cleared payment, an undone fact, and suspense."""
    one = Database(f"sqlite:///{tmp_path / 'tieout.db'}")
    one.upgrade()
    payments = service_on(one, ScriptedProvider(), Clock())
    view = payments.authorise(order())
    payments.capture(view.id, "c1")
    view = payments.refund(view.id, "r1")
    sale, refund = view.presentments
    columns = list(FACT_SCHEMA)
    rows = [
        ("f:1", "cleared", sale.id, "sale", "EUR", 10_000, None, date(2026, 4, 1), None),
        ("f:2", "cleared", refund.id, "refund", "EUR", -10_000, None, date(2026, 4, 1), None),
        ("f:3", "cleared_unknown", None, "sale", "EUR", 77, None, date(2026, 4, 1), None),
    ]
    facts = pl.DataFrame(rows, schema=FACT_SCHEMA, orient="row").select(columns)
    one.run(lambda tx: apply_facts(tx, facts, at=AT, scope="leg"))
    one.run(
        lambda tx: apply_facts(tx, facts.filter(pl.col("source_key") != "f:2"), at=AT, scope="leg")
    )
    yield one
    one.close()


def broken(database: Database) -> dict[str, list[str]]:
    with database.reading() as connection:
        results = run_all(connection)
    return {one.name: [str(each) for each in one.violations] for one in results if not one.holds}


def _change_posting(tx: Connection) -> None:
    tx.execute(update(posting).where(posting.c.line == 1).values(amount_minor=1))


def _lose_postings(tx: Connection) -> None:
    tx.execute(delete(posting))


def _shift_reversal(tx: Connection) -> None:
    tx.execute(
        update(posting)
        .where(posting.c.journal_id.like("%:-clear"))
        .values(account=posting.c.account + "x")
    )


def _move_state(tx: Connection) -> None:
    tx.execute(update(presentment).values(state="FUNDED"))


def _forge_move(tx: Connection) -> None:
    tx.execute(update(event).where(event.c.input == "approved").values(to_state="REVERSED"))


def _lose_event(tx: Connection) -> None:
    tx.execute(delete(event).where(event.c.seq == 3))


def _raise_amount(tx: Connection) -> None:
    tx.execute(update(payment).values(captured_minor=10_001))


def _close_suspense(tx: Connection) -> None:
    tx.execute(update(suspense_item).values(is_open=False))


def _lose_outbox(tx: Connection) -> None:
    tx.execute(delete(outbox))


def _age_operation(tx: Connection) -> None:
    old = datetime(2026, 3, 1, tzinfo=UTC)
    tx.execute(update(operation).values(state="IN_FLIGHT", updated_at=old))


def _edit_audit(tx: Connection) -> None:
    tx.execute(update(audit).where(audit.c.seq == 2).values(actor="somebody else"))


class TestInvariants:
    """Damage done behind the core's back."""

    def test_sound_ledger_breaks_none(self, database: Database) -> None:
        assert broken(database) == {}

    @pytest.mark.parametrize(
        ("name", "damage"),
        [
            ("journals_balance", _change_posting),
            ("journals_balance", _lose_postings),
            ("reversals_mirror", _shift_reversal),
            ("states_follow_events", _move_state),
            ("states_follow_events", _forge_move),
            ("events_contiguous", _lose_event),
            ("amounts_follow_operations", _raise_amount),
            ("suspense_equals_open", _close_suspense),
            ("outbox_complete", _lose_outbox),
            ("in_flight_within_lease", _age_operation),
            ("audit_chain_whole", _edit_audit),
        ],
    )
    def test_damage_is_found(self, database: Database, name: str, damage: object) -> None:
        with database.transaction() as connection:
            damage(connection)  # type: ignore[operator]

        assert name in broken(database)

    def test_every_invariant_is_broken_by_some_damage(self) -> None:
        marks = TestInvariants.test_damage_is_found.pytestmark  # type: ignore[attr-defined]
        (parameters,) = (mark.args[1] for mark in marks if mark.name == "parametrize")

        assert {name for name, _ in parameters} == set(INVARIANTS)


class TestAuditChain:
    """Attacks on the chain of audit rows."""

    @pytest.mark.parametrize(
        ("attack", "words"),
        [
            ("DELETE FROM audit WHERE seq = 2", "row 2 is missing"),
            ("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", "the head names row"),
            ("UPDATE audit SET detail = '{}' WHERE seq = 3", "row 3 was changed"),
            ("UPDATE audit SET seq = seq + 1000 WHERE seq > 2", "row 3 is missing"),
            (
                "UPDATE audit SET previous_hash = (SELECT hash FROM audit WHERE seq = 1)"
                " WHERE seq = 4",
                "row 4 does not follow",
            ),
        ],
    )
    def test_attack_is_named(self, database: Database, attack: str, words: str) -> None:
        with database.transaction() as connection:
            connection.execute(text(attack))

        assert words in broken(database)["audit_chain_whole"][0]

    def test_inserted_row_is_found(self, database: Database) -> None:
        with database.transaction() as connection:
            row = dict(connection.execute(audit.select().limit(1)).mappings().one())
            connection.execute(insert(audit).values(row | {"seq": 99}))

        assert "missing" in broken(database)["audit_chain_whole"][0]
