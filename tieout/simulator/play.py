"""Playing the world: one business date after another, through our core and out as files.

`AcquirerSimulator.play` lets a date happen: every act of the script goes through the core's payment
service at its own instant, with the simulated acquirer at the other end. Then it returns the files
that go up on that date.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from tieout.money import Money
from tieout.references import fingerprint_pan, mask_pan
from tieout.simulator.daily_files import FileMaker
from tieout.simulator.files import SimulatedFile
from tieout.simulator.manifest import Manifest
from tieout.simulator.planting import plant_anomalies
from tieout.simulator.provider import SimulatedAcquirer
from tieout.simulator.script import Answer, Purchase, write_script
from tieout.simulator.truth import TruthStore
from tieout.simulator.world import World
from tieout.store.engine import Database
from tieout.store.payments import PaymentService
from tieout.transactions.commands import AuthorisePayment
from tieout.transactions.ids import uuid7_factory
from tieout.transactions.model import CardRef

SETTLEMENT_LAG_DAYS = 2
"""Business days from capture to the bank: cleared on the next, booked on the one after."""

_INQUIRY_AFTER = timedelta(seconds=150)
"""Longer than the core waits before it believes "not found", shorter than any capture."""


@dataclass(frozen=True, order=True)
class Act:
    """One thing that somebody does at one instant."""

    at: datetime
    order_ref: str
    number: int
    kind: Literal["authorise", "inquire", "capture", "void", "refund"]
    amount_minor: int


class AcquirerSimulator:
    """A world being played against a core.

    Args:
        database: our core's, upgraded, with no payments of another world in it.
        world: equal worlds give equal files, manifests and ids.
    """

    def __init__(self, database: Database, world: World) -> None:
        self.world = world
        self.truth = TruthStore()
        self._plan = plant_anomalies(world, write_script(world))
        self._script = {purchase.order_ref: purchase for purchase in self._plan.script}
        self._acts = _acts_of(self._plan.script)
        self._now = world.opens_at(0)
        self._payment_ids: dict[str, str] = {}
        self._files = FileMaker(world, self._plan, self.truth)
        calendar = world.calendar
        self.payments = PaymentService(
            database,
            SimulatedAcquirer(self._script, self.truth, self.now, world.business_date),
            clock=self.now,
            new_id=uuid7_factory(self.now, world.rng("ids").getrandbits),
            business_date=world.business_date,
            settlement_date=lambda day: calendar.add_business_days(day, SETTLEMENT_LAG_DAYS),
            actor="simulator",
        )

    @property
    def manifest(self) -> Manifest:
        """What was planted so far; complete when every date has been played."""
        return self._files.manifest

    def now(self) -> datetime:
        """Return the present instant of the world."""
        return self._now

    def play(self, business_date: date) -> tuple[SimulatedFile, ...]:
        """Let a business date happen and return the files that go up on it, late ones included.

        Raises:
            UsageError: not the date that is next.
        """
        self._files.require_next(business_date)
        closes_at = self.world.closes_at(self.world.index_of(business_date))
        while self._acts and self._acts[-1].at < closes_at:
            self._do(self._acts.pop())
        self._now = closes_at
        return self._files.files_of(business_date)

    def _do(self, act: Act) -> None:
        self._now = act.at
        purchase = self._script[act.order_ref]
        amount = Money(act.amount_minor, purchase.currency)
        reference = f"{act.order_ref}-{act.number}"
        if act.kind == "authorise":
            command = AuthorisePayment(
                purchase.merchant.merchant_id, act.order_ref, amount, self._card(purchase)
            )
            self._payment_ids[act.order_ref] = self.payments.authorise(command).id
            return
        payment_id = self._payment_ids[act.order_ref]
        if act.kind == "inquire":
            self.payments.inquire(payment_id)
        elif act.kind == "capture":
            self.payments.capture(payment_id, reference, amount)
        elif act.kind == "void":
            self.payments.void(payment_id, reference)
        else:
            self.payments.refund(payment_id, reference, amount)

    def _card(self, purchase: Purchase) -> CardRef:
        fingerprint = fingerprint_pan(purchase.card, self.world.pan_key.encode())
        return CardRef(mask_pan(purchase.card), fingerprint, "mastercard")


def play_all(simulator: AcquirerSimulator) -> Iterator[tuple[date, tuple[SimulatedFile, ...]]]:
    """Play every date of a world, yielding each with the files that go up on it."""
    for day in simulator.world.dates:
        yield day, simulator.play(day)


def _acts_of(script: list[Purchase]) -> list[Act]:
    """Return every act of a script, the last one first."""
    acts = []
    for one in script:
        acts.append(Act(one.authorised_at, one.order_ref, 0, "authorise", one.amount_minor))
        if one.answer in (Answer.REQUEST_LOST, Answer.ANSWER_LOST):
            at = one.authorised_at + _INQUIRY_AFTER
            acts.append(Act(at, one.order_ref, 0, "inquire", one.amount_minor))
        for number, step in enumerate(one.steps, start=1):
            acts.append(Act(step.at, one.order_ref, number, step.kind, step.amount_minor))
    return sorted(acts, reverse=True)
