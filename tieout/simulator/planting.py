"""Choosing who carries which anomaly, so that no two touch and each shows before the world ends.

Rules, with business dates counted from 0 to n-1:

* The clearing file of date L arrives one business date late; no other anomaly is shown by the files
  of date L, so that a late file causes no case but its own.
* Item anomalies are shown by the clearing file or advice of a date c in 1 … n-2, c ≠ L: the payment
  behind them was captured on c-1. An advice line that was never cleared is due on c+1 ≤ n-1.
* A late presentment is captured on date 0 and cleared four or more business dates later.
* A chargeback follows the settlement of its sale; so does the refund after settlement.
* The bank's anomalies are shown by the statement of a date b in 2 … n-1, for a payout of b-1 ≠ L.
  Which payout it is, is decided when that statement is written: a batch without any other anomaly.
* A payment carries at most one anomaly. Carriers are payments that are captured once, in full,
  and neither voided nor refunded.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from tieout.simulator.anomalies import AnomalyKind, Plant
from tieout.simulator.merchants import CURRENCIES, MERCHANTS, TEST_CARDS
from tieout.simulator.script import Purchase, Step, amount_in, split_amount
from tieout.simulator.world import World

_LATE_AFTER = 4
"""Business dates from capture to a presentment that is late; the plan allows one fewer."""

_K = AnomalyKind
_ON_ONE_CAPTURE = (
    _K.MISSING_IN_CLEARING,
    _K.MISSING_IN_ADVICE,
    _K.AMOUNT_OVER,
    _K.AMOUNT_UNDER,
    _K.DUPLICATE_CLEARING,
    _K.PARTIAL_CAPTURES,
    _K.COMBINED_CAPTURES,
    _K.SPLIT_INCOMPLETE,
    _K.FEE_OVER,
    _K.FEE_UNDER,
)
_MADE_UP = (_K.UNKNOWN_CLEARING, _K.NEVER_CLEARED, _K.REFUND_ORPHAN)
_AT_THE_BANK = (
    _K.PAYOUT_SHORT,
    _K.PAYOUT_MISSING,
    _K.PAYOUT_WITHOUT_REFERENCE,
    _K.UNKNOWN_CREDIT,
)


@dataclass(frozen=True)
class Plan:
    """The script with its carriers prepared, and the anomalies in the order of their ids."""

    script: list[Purchase]
    plants: tuple[Plant, ...]

    def carried_by(self, order_ref: str) -> Plant | None:
        """Return the anomaly that this payment carries."""
        return self._by_order.get(order_ref)

    def of_kind(self, kind: AnomalyKind, index: int) -> list[Plant]:
        """Return the anomalies of a kind that the files of this date show."""
        return [plant for plant in self.plants if plant.kind is kind and plant.index == index]

    def at(self, index: int, kinds: tuple[AnomalyKind, ...]) -> list[Plant]:
        """Return the anomalies of some kinds that the files of this date show."""
        return [plant for plant in self.plants if plant.kind in kinds and plant.index == index]

    @property
    def late_index(self) -> int | None:
        """The place of the business date whose clearing file is late."""
        return next((one.index for one in self.plants if one.kind is _K.LATE_FILE), None)

    @cached_property
    def _by_order(self) -> dict[str, Plant]:
        return {plant.order_ref: plant for plant in self.plants if plant.order_ref}


def plant_anomalies(world: World, script: list[Purchase]) -> Plan:
    """Return the plan of this world; without anomalies, the script as it is."""
    if not world.has_anomalies:
        return Plan(script, ())
    return _Gardener(world, script).plan()


class _Gardener:
    """Carries the choice: what is still free, and what has been planted."""

    def __init__(self, world: World, script: list[Purchase]) -> None:
        self.world = world
        self.rng = world.rng("anomalies")
        self.last = len(world.dates) - 1
        self.late = self.rng.choice((2, 3))
        self.orders = {purchase.order_ref: purchase for purchase in script}
        self.plants: list[Plant] = []
        self.free: dict[int, list[str]] = {index: [] for index in range(self.last + 1)}
        for purchase in script:
            if purchase.is_plain:
                day = world.business_date(purchase.steps[0].at)
                self.free[world.index_of(day)].append(purchase.order_ref)
        self._dates = self._take_turns([c for c in range(1, self.last) if c != self.late])

    def plan(self) -> Plan:
        self._plant(_K.LATE_FILE, self.late)
        self._late_presentment()
        self._chargeback()
        self._refund_after_settlement()
        for kind in _ON_ONE_CAPTURE:
            index = next(self._dates)
            self._carry(kind, index, captured=index - 1)
        for kind in _MADE_UP:
            self._make_up(kind, next(self._dates))
        for kind in _AT_THE_BANK:
            self._plant(kind, next(self._dates) + 1, **self._unknown_credit(kind))
        script = sorted(self.orders.values(), key=lambda one: (one.authorised_at, one.order_ref))
        return Plan(script, tuple(self.plants))

    def _take_turns(self, indexes: list[int]) -> Iterator[int]:
        """Yield the dates round and round, in an order drawn anew for each round."""
        while True:
            yield from self.rng.sample(indexes, len(indexes))

    def _plant(self, kind: AnomalyKind, index: int, **facts: object) -> Plant:
        plant = Plant(f"A{len(self.plants) + 1:02d}", kind, index)
        self.plants.append(replace(plant, **facts))  # type: ignore[arg-type]
        return self.plants[-1]

    def _carrier(self, captured: int) -> Purchase:
        """Take a free payment that is captured on this date."""
        place = self.rng.randrange(len(self.free[captured]))
        return self.orders[self.free[captured].pop(place)]

    def _carry(self, kind: AnomalyKind, index: int, *, captured: int) -> None:
        purchase = self._carrier(captured)
        delta = _DELTAS.get(kind, _no_delta)(self.rng, purchase)
        self.orders[purchase.order_ref] = self._prepared(kind, purchase)
        self._plant(
            kind,
            index,
            order_ref=purchase.order_ref,
            currency=purchase.currency,
            amount_minor=purchase.amount_minor,
            delta_minor=delta,
        )

    def _prepared(self, kind: AnomalyKind, purchase: Purchase) -> Purchase:
        """Return the carrier with several captures where its anomaly needs them."""
        if kind not in (_K.PARTIAL_CAPTURES, _K.COMBINED_CAPTURES):
            return purchase
        first = purchase.steps[0].at
        parts = split_amount(self.rng, purchase.amount_minor, 2 if self.rng.random() < 0.5 else 3)
        return purchase.with_steps(
            tuple(
                Step("capture", first + timedelta(seconds=90 * number), part)
                for number, part in enumerate(parts)
            )
        )

    def _late_presentment(self) -> None:
        indexes = [c for c in range(_LATE_AFTER, self.last + 1) if c != self.late]
        self._carry(_K.LATE_PRESENTMENT, self.rng.choice(indexes), captured=0)

    def _chargeback(self) -> None:
        index = self.rng.choice([c for c in range(3, self.last) if c != self.late])
        self._carry(_K.CHARGEBACK, index, captured=0)

    def _refund_after_settlement(self) -> None:
        """Refund a payment of date 0 when it has been paid out: from date 2 on."""
        index = self.rng.choice([c for c in range(3, self.last) if c != self.late])
        self._carry(_K.REFUND_AFTER_SETTLEMENT, index, captured=0)
        purchase = self.orders[self.plants[-1].order_ref]
        at = self.world.instant_within(self.rng, index - 1, spare=timedelta(hours=2))
        refund = Step("refund", at, purchase.amount_minor)
        self.orders[purchase.order_ref] = purchase.with_steps((*purchase.steps, refund))

    def _make_up(self, kind: AnomalyKind, index: int) -> None:
        currency = self.rng.choice(CURRENCIES)
        amount = amount_in(self.rng, currency)
        self._plant(
            kind,
            index,
            merchant=self.rng.choice(MERCHANTS),
            currency=currency,
            amount_minor=amount // 4 if kind is _K.REFUND_ORPHAN else amount,
            card=self.rng.choice(TEST_CARDS),
        )

    def _unknown_credit(self, kind: AnomalyKind) -> dict[str, object]:
        """Describe a credit that nobody announced: larger than any payout, so equal to none."""
        if kind is not _K.UNKNOWN_CREDIT:
            return {}
        amount = self.world.payments_per_date * 70_000 + self.rng.randrange(100_000)
        return {"currency": "EUR", "amount_minor": amount}


def _no_delta(rng: random.Random, purchase: Purchase) -> int:
    return 0


_DELTAS: dict[AnomalyKind, Callable[[random.Random, Purchase], int]] = {
    _K.AMOUNT_OVER: lambda rng, purchase: rng.randint(100, 900),
    _K.AMOUNT_UNDER: lambda rng, purchase: rng.randint(100, 900),
    _K.SPLIT_INCOMPLETE: lambda rng, purchase: purchase.amount_minor * rng.randint(30, 45) // 100,
    _K.FEE_OVER: lambda rng, purchase: rng.randint(8, 20),
    _K.FEE_UNDER: lambda rng, purchase: rng.randint(8, 20),
}
