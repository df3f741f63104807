"""What reaches our own core's books: each fact once, and unknown money never unseen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from tests.assets.conftest import TwoFeeds, leg
from tests.tieout.store.scripted import Clock, ScriptedProvider, order, service_on
from tieout.invariants import run_all
from tieout.money import Money
from tieout.store.tables.core import posting, presentment, suspense_item

MON, TUE, WED = (date(2026, 3, day) for day in (2, 3, 4))


@pytest.fixture
def books(two_feeds: TwoFeeds) -> TwoFeeds:
    """The core against a clearing, an advice and a bank; payments are known by our reference."""
    for name in ("clearing", "advice", "bank"):
        two_feeds.feed(name)
        path = two_feeds.home / f"feeds/{name}.toml"
        path.write_text(path.read_text("utf-8").replace("scheme_ref =", "merchant_ref ="), "utf-8")
    two_feeds.core()
    return two_feeds


def core_leg(left: str, right: str, *, left_lag_days: int = 0, right_lag_days: int = 0) -> str:
    key = ["merchant_ref", "currency"]
    return leg(
        left,
        right,
        left_lag_days=left_lag_days,
        right_lag_days=right_lag_days,
        passes=[("duplicates", key), ("exact", key)],
    )


def capture(feeds: TwoFeeds, day: date) -> None:
    """Let our core learn on `day` of a capture of 100.00 EUR with the reference C-1."""
    clock = Clock(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
    with feeds.database() as database:
        payments = service_on(database, ScriptedProvider(), clock)
        payment = payments.authorise(order("order-1", 10_000))
        payments.capture(payment.id, "C-1", Money(10_000, "EUR"))


@contextmanager
def unharmed(feeds: TwoFeeds) -> Iterator[None]:
    """Hold that no posting is added meanwhile."""
    before = postings(feeds)
    yield
    assert postings(feeds) == before


def postings(feeds: TwoFeeds) -> int:
    with feeds.database() as database, database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(posting)).scalar_one())


def in_suspense(feeds: TwoFeeds) -> tuple[int, list[int]]:
    """Return the balance of the suspense accounts and the open items, both in cents."""
    with feeds.database() as database, database.reading() as connection:
        held = posting.c.account.like("suspense%")
        balance = connection.execute(select(func.sum(posting.c.amount_minor)).where(held)).scalar()
        items = select(suspense_item.c.amount_minor).where(suspense_item.c.is_open)
        found = sorted(connection.execute(items).scalars())
        assert all(one.holds for one in run_all(connection))
    return int(balance or 0), found


def states(feeds: TwoFeeds) -> list[str]:
    with feeds.database() as database, database.reading() as connection:
        return list(connection.execute(select(presentment.c.state)).scalars())


class TestSuspense:
    """Clearing without a payment of ours."""

    def test_a_rerun_of_an_old_date_posts_nothing_twice(self, books: TwoFeeds) -> None:
        books.plan(core_leg("core", "clearing", left_lag_days=2))
        books.put("clearing", MON, ("C-1", 10_000))
        books.run(MON)
        assert in_suspense(books) == (-10_000, [10_000])
        capture(books, TUE)
        books.put("clearing", TUE, ("OTHER", 100))
        books.run(TUE)
        assert in_suspense(books) == (-100, [100])

        with unharmed(books):
            books.run(MON, TUE, MON)

        assert in_suspense(books) == (-100, [100])
        assert states(books) == ["CLEARED"]

    def test_what_is_carried_first_reaches_it_when_it_is_due(self, books: TwoFeeds) -> None:
        books.plan(core_leg("core", "clearing", right_lag_days=1))
        books.put("clearing", MON, ("NOBODY", 10_000))

        books.run(MON)
        first = in_suspense(books)
        books.run(TUE, WED)

        assert first == (0, [])
        assert in_suspense(books) == (-10_000, [10_000])

    def test_a_record_that_loses_its_payment_to_a_better_one_reaches_it(
        self, books: TwoFeeds
    ) -> None:
        books.plan(core_leg("core", "clearing"))
        capture(books, MON)
        books.put("clearing", MON, ("C-1", 4000))
        books.put("clearing", TUE, ("C-1", 10_000))

        books.run(MON)
        first = in_suspense(books)
        books.run(TUE)

        assert first == (0, [])
        assert in_suspense(books) == (-4000, [4000])
        assert states(books) == ["CLEARED"]


class TestLateCapture:
    """Our core learns of a payment after it was cleared, advised and paid."""

    def test_it_is_settled_and_funded_all_the_same(self, books: TwoFeeds) -> None:
        books.plan(
            core_leg("core", "clearing", left_lag_days=2),
            core_leg("clearing", "advice"),
            core_leg("advice", "bank"),
        )
        for name in ("clearing", "advice", "bank"):
            books.put(name, MON, ("C-1", 10_000))
        books.run(MON)

        capture(books, TUE)
        books.run(TUE)

        assert states(books) == ["FUNDED"]
        assert in_suspense(books) == (0, [])
        with unharmed(books):
            books.run(MON, TUE)
        assert states(books) == ["FUNDED"]
