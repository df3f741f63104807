"""An upgraded database of each kind, and a payment service on it."""

from collections.abc import Iterator

import pytest

from tests.tieout.store.scripted import Clock, ScriptedProvider, service_on
from tieout.store.engine import Database
from tieout.store.payments import PaymentService


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    one = Database(database_url)
    one.upgrade()
    yield one
    one.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> ScriptedProvider:
    return ScriptedProvider()


@pytest.fixture
def payments(database: Database, provider: ScriptedProvider, clock: Clock) -> PaymentService:
    return service_on(database, provider, clock)
