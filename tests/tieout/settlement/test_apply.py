"""Facts from files: set-based and one by one are the same; twice is once; wrong can be undone."""

from datetime import UTC, date, datetime
from itertools import count

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.tieout.store.scripted import order
from tieout.invariants import run_all
from tieout.money import Money
from tieout.settlement import FACT_SCHEMA, apply_facts
from tieout.settlement.facts import normalise
from tieout.store.engine import Database
from tieout.store.payments import PaymentService, PaymentView
from tieout.store.rows import find_payment
from tieout.store.tables.core import (
    event,
    fact_outcome,
    posting,
    presentment,
    settlement_fact,
    suspense_item,
)
from tieout.transactions.commands import PresentmentFact
from tieout.transactions.decide import decide_fact
from tieout.transactions.evolve import fold
from tieout.transactions.model import Payment

AT = datetime(2026, 4, 2, 4, 0, tzinfo=UTC)
DAY = date(2026, 4, 1)
_numbers = count(1)


def captured(payments: PaymentService, *amounts: int) -> PaymentView:
    """Return a payment with one capture for each amount."""
    number = next(_numbers)
    view = payments.authorise(order(f"settled-{number}", sum(amounts)))
    for place, minor in enumerate(amounts):
        view = payments.capture(view.id, f"c{place}", Money(minor, "EUR"))
    return view


def fact(
    key: str,
    name: str,
    presentment_id: str | None,
    minor: int,
    *,
    currency: str = "EUR",
    undoes: str | None = None,
) -> dict[str, object]:
    return {
        "source_key": key,
        "fact": name,
        "presentment_id": presentment_id,
        "kind": "sale",
        "currency": currency,
        "amount_minor": minor,
        "arn": None,
        "business_date": DAY,
        "undoes": undoes,
    }


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=FACT_SCHEMA)


def apply(database: Database, *rows: dict[str, object], scope: str = "") -> dict[str, int]:
    facts = frame(*rows)
    applied = database.run(lambda tx: apply_facts(tx, facts, at=AT, scope=scope))
    return dict(applied.counts)


def state_of(database: Database, presentment_id: str) -> str:
    with database.reading() as connection:
        query = select(presentment.c.state).where(presentment.c.id == presentment_id)
        return str(connection.scalar(query))


def balances(database: Database) -> dict[str, int]:
    total = func.sum(posting.c.amount_minor)
    with database.reading() as connection:
        rows = connection.execute(select(posting.c.account, total).group_by(posting.c.account))
        return {account: int(amount) for account, amount in rows if amount}


def violations(database: Database) -> list[str]:
    with database.reading() as connection:
        return [str(one) for result in run_all(connection) for one in result.violations]


class TestForward:
    """Facts that fit."""

    def test_three_facts_take_a_capture_to_the_bank(
        self, database: Database, payments: PaymentService
    ) -> None:
        one = captured(payments, 1_000).presentments[0].id

        counts = apply(
            database,
            fact("f:1:funded", "funded", one, 1_000),
            fact("f:1:settled", "settled", one, 1_000),
            fact("f:1:cleared", "cleared", one, 1_000),
        )

        assert counts["applied"] == 3
        assert state_of(database, one) == "FUNDED"
        assert balances(database) == {"bank": 1_000, "merchant_payable:M1": -1_000}
        assert violations(database) == []

    def test_second_time_changes_nothing(
        self, database: Database, payments: PaymentService
    ) -> None:
        one = captured(payments, 1_000).presentments[0].id
        row = fact("f:1:cleared", "cleared", one, 1_000)
        unknown = fact("f:2:cleared", "cleared_unknown", None, 77)
        apply(database, row, unknown)
        with database.reading() as connection:
            before = connection.scalar(select(func.count()).select_from(event))

        counts = apply(database, row, unknown)

        with database.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(event)) == before
        assert counts == {"given": 2, "unchanged": 2, "new": 0}

    def test_captures_of_one_payment_get_contiguous_events(
        self, database: Database, payments: PaymentService
    ) -> None:
        view = captured(payments, 100, 200, 300)
        rows = [
            fact(f"f:{place}:cleared", "cleared", one.id, one.amount_minor)
            for place, one in enumerate(view.presentments)
        ]

        apply(database, *rows)

        with database.reading() as connection:
            seqs = connection.execute(select(event.c.seq).order_by(event.c.seq)).scalars().all()
        assert seqs == list(range(1, len(seqs) + 1))
        assert violations(database) == []


class TestMisfits:
    """Facts that do not fit are stored and named, never dropped."""

    def test_other_amount_is_held_with_both_amounts_named(
        self, database: Database, payments: PaymentService
    ) -> None:
        one = captured(payments, 1_000).presentments[0].id

        counts = apply(database, fact("f:1:cleared", "cleared", one, 1_001))

        with database.reading() as connection:
            reason = connection.scalar(select(fact_outcome.c.reason))
        assert counts["held"] == 1
        assert reason == "cleared with 10.01 EUR, expected 10.00 EUR"
        assert state_of(database, one) == "EXPECTED"

    def test_settlement_before_clearing_waits_for_it(
        self, database: Database, payments: PaymentService
    ) -> None:
        one = captured(payments, 1_000).presentments[0].id
        apply(database, fact("a:1:settled", "settled", one, 1_000))

        counts = apply(database, fact("f:1:cleared", "cleared", one, 1_000))

        assert counts["fitted_later"] == 1
        assert state_of(database, one) == "SETTLED"
        assert violations(database) == []

    def test_presentment_that_does_not_exist_is_kept(self, database: Database) -> None:
        counts = apply(database, fact("f:1:cleared", "cleared", "nobody", 5))

        with database.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(settlement_fact)) == 1
        assert counts["held"] == 1

    def test_unknown_clearing_is_posted_to_suspense(self, database: Database) -> None:
        apply(
            database,
            fact("f:1:cleared", "cleared_unknown", None, 500),
            fact("f:2:cleared", "cleared_unknown", None, -200),
        )

        assert balances(database) == {
            "scheme_receivable:unknown": 300,
            "suspense:unknown": -300,
        }
        assert violations(database) == []

    def test_clearing_after_a_void_is_recovered(
        self, database: Database, payments: PaymentService
    ) -> None:
        view = captured(payments, 1_000)
        payments.void(view.id, "v1")

        apply(database, fact("f:1:cleared", "cleared", view.presentments[0].id, 1_000))

        assert state_of(database, view.presentments[0].id) == "CLEARED"
        assert balances(database) == {
            "merchant_payable:M1": -1_000,
            "scheme_receivable:visa": 1_000,
        }


class TestUndo:
    """A match that no longer holds."""

    def test_scope_undoes_what_is_no_longer_claimed(
        self, database: Database, payments: PaymentService
    ) -> None:
        one, two = captured(payments, 1_000, 2_000).presentments
        first = fact("f:1:cleared", "cleared", one.id, 1_000)
        second = fact("f:2:cleared", "cleared", two.id, 2_000)
        unknown = fact("f:3:cleared", "cleared_unknown", None, 50)
        apply(database, first, second, unknown, scope="leg/2026-04-01")

        counts = apply(database, first, scope="leg/2026-04-01")

        assert (counts["unchanged"], counts["applied"]) == (1, 2)
        assert (state_of(database, one.id), state_of(database, two.id)) == ("CLEARED", "EXPECTED")
        with database.reading() as connection:
            assert connection.scalar(select(suspense_item.c.is_open)) == 0
        assert violations(database) == []

    def test_fact_that_holds_again_is_applied_again_once(
        self, database: Database, payments: PaymentService
    ) -> None:
        one = captured(payments, 1_000).presentments[0].id
        row = fact("f:1:cleared", "cleared", one, 1_000)
        states = []

        for rows in ((row,), (), (row,), (row,), (), (), (row,)):
            apply(database, *rows, scope="leg/day")
            states.append(state_of(database, one))

        expected, cleared = "EXPECTED", "CLEARED"
        assert states == [cleared, expected, cleared, cleared, expected, expected, cleared]
        assert violations(database) == []

    def test_clearing_waits_until_its_settlement_is_undone(
        self, database: Database, payments: PaymentService
    ) -> None:
        one = captured(payments, 1_000).presentments[0].id
        apply(database, fact("f:1:cleared", "cleared", one, 1_000), scope="clearing")
        apply(database, fact("a:1:settled", "settled", one, 1_000), scope="advice")

        apply(database, scope="clearing")
        between = state_of(database, one)
        apply(database, scope="advice")

        assert (between, state_of(database, one)) == ("SETTLED", "EXPECTED")
        assert violations(database) == []


FACTS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["cleared", "settled", "funded", "unmatch"]),
        st.sampled_from([0, 0, 0, 0, 1]),
        st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
    ),
    min_size=1,
    max_size=12,
)


class TestSameAsOneByOne:
    """apply_facts == fold of decide_fact."""

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(batches=st.lists(FACTS, min_size=1, max_size=3))
    def test_states_events_and_balances_agree(
        self,
        batches: list[list[tuple[int, str, int, str]]],
        database: Database,
        payments: PaymentService,
    ) -> None:
        views = [captured(payments, 1_000, 2_000), captured(payments, 3_000, 4_000)]
        ids = [one.id for view in views for one in view.presentments]
        amounts = dict(zip(ids, (1_000, 2_000, 3_000, 4_000), strict=True))
        with database.reading() as connection:
            expected = [find_payment(connection, view.id) for view in views]
        held: list[PresentmentFact] = []

        for number, batch in enumerate(batches):
            rows = frame(
                *(
                    fact(
                        f"{ids[0]}:{number}:{place}",
                        name,
                        ids[which],
                        amounts[ids[which]] + off,
                        currency=currency,
                    )
                    for place, (which, name, off, currency) in enumerate(batch)
                )
            )
            with database.transaction() as tx:
                apply_facts(tx, rows, at=AT)
            expected, held = one_by_one(expected, held, rows)

        with database.reading() as connection:
            stored = [find_payment(connection, view.id) for view in views]
        assert stored == expected
        assert violations(database) == []


def one_by_one(
    payments: list[Payment | None], held: list[PresentmentFact], rows: pl.DataFrame
) -> tuple[list[Payment | None], list[PresentmentFact]]:
    """Fold the facts of a batch with nothing but `decide_fact`, then those that had to wait."""
    held = list(held)
    forward: set[str] = set()

    def take(one: PresentmentFact) -> bool:
        for place, owner in enumerate(payments):
            assert owner is not None
            if one.presentment_id in {known.id for known in owner.presentments}:
                decision = decide_fact(owner, one, new_id=str)
                payments[place] = fold(owner, decision.events)
                return decision.contradiction is None
        raise AssertionError(one)

    payments = list(payments)
    for row in normalise(rows).iter_rows(named=True):
        one = PresentmentFact(
            row["presentment_id"], row["fact"], row["currency"], row["amount_minor"]
        )
        if not take(one):
            held.append(one)
        elif one.fact != "unmatch":
            forward.add(one.presentment_id)
    for name in ("settled", "funded"):
        for one in [x for x in held if x.fact == name and x.presentment_id in forward]:
            if take(one):
                held.remove(one)
    return payments, held
