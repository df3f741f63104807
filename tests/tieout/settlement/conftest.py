"""An upgraded database of each kind with a payment service that approves everything."""

from tests.tieout.store.conftest import clock, database, payments, provider

__all__ = ["clock", "database", "payments", "provider"]
