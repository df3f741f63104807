"""What the shoppers and merchants of the world will do, written down before anything happens.

A purchase is a plan: when the shopper pays, how the acquirer will answer, what the merchant does
afterwards. The plan decides nothing about files: those come from what the provider really saw.
"""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from tieout.simulator.merchants import CURRENCIES, MERCHANTS, TEST_CARDS, Merchant
from tieout.simulator.world import World

_SPARE = timedelta(hours=2)


class Answer(StrEnum):
    """How the acquirer answers an authorisation."""

    APPROVED = "approved"
    DECLINED = "declined"
    REQUEST_LOST = "request_lost"
    """Nothing arrived at the acquirer; asked later, it knows nothing."""
    ANSWER_LOST = "answer_lost"
    """Approved, but the answer never came back; asked later, the acquirer says so."""


@dataclass(frozen=True)
class Step:
    """A later act of the merchant: `kind` is capture, void or refund."""

    kind: Literal["capture", "void", "refund"]
    at: datetime
    amount_minor: int


@dataclass(frozen=True)
class Purchase:
    """One planned payment; steps are in the order of time."""

    order_ref: str
    merchant: Merchant
    card: str
    currency: str
    amount_minor: int
    authorised_at: datetime
    answer: Answer
    steps: tuple[Step, ...]

    @property
    def is_plain(self) -> bool:
        """Tell whether it is one full capture and nothing else: fit to carry an anomaly."""
        return (
            self.answer is Answer.APPROVED
            and [step.kind for step in self.steps] == ["capture"]
            and self.steps[0].amount_minor == self.amount_minor
        )

    def with_steps(self, steps: tuple[Step, ...]) -> "Purchase":
        """Return the same purchase with another continuation."""
        return replace(self, steps=tuple(sorted(steps, key=lambda step: step.at)))


def write_script(world: World) -> list[Purchase]:
    """Return every purchase of the world in the order of its authorisation."""
    rng = world.rng("script")
    purchases = []
    for index, day in enumerate(world.dates):
        count = rng.randint(world.payments_per_date * 3 // 4, world.payments_per_date * 5 // 4)
        for number in range(1, count + 1):
            order_ref = f"ORD-{day:%y%m%d}-{number:04d}"
            purchases.append(_purchase(world, rng, index, order_ref))
    return sorted(purchases, key=lambda one: (one.authorised_at, one.order_ref))


def split_amount(rng: random.Random, amount_minor: int, parts: int) -> list[int]:
    """Return `parts` positive amounts, all different in size, that add up to `amount_minor`."""
    shares = [rng.randint(40, 60) + 30 * place for place in range(parts)]
    amounts = [amount_minor * share // sum(shares) for share in shares[:-1]]
    return [*amounts, amount_minor - sum(amounts)]


def amount_in(rng: random.Random, currency: str) -> int:
    """Return an ordinary amount: 12 to 320 in EUR and USD, 1,500 to 45,000 in JPY."""
    return rng.randint(1_500, 45_000) if currency == "JPY" else rng.randint(1_200, 32_000)


def _purchase(world: World, rng: random.Random, index: int, order_ref: str) -> Purchase:
    merchant = rng.choice(MERCHANTS)
    currency = rng.choices(CURRENCIES, merchant.currency_weights)[0]
    amount = amount_in(rng, currency)
    at = world.instant_within(rng, index, spare=_SPARE)
    answer = rng.choices(list(Answer), (90, 6, 2, 2))[0]
    approved = answer in (Answer.APPROVED, Answer.ANSWER_LOST)
    steps = _steps(world, rng, index, at, amount) if approved else ()
    return Purchase(
        order_ref, merchant, rng.choice(TEST_CARDS), currency, amount, at, answer, steps
    )


def _steps(
    world: World, rng: random.Random, index: int, at: datetime, amount: int
) -> tuple[Step, ...]:
    """Return what the merchant does with an approved payment."""
    captured_at = at + timedelta(seconds=rng.randint(300, 3_000))
    capture = Step("capture", captured_at, amount)
    voided_at = captured_at + timedelta(seconds=rng.randint(300, 3_000))
    shape = rng.choices(("full", "never", "cancel", "void", "parts", "refund"), _WEIGHTS)[0]
    if shape == "never":
        return ()
    if shape == "cancel":
        return (Step("void", captured_at, amount),)
    if shape == "void":
        return capture, Step("void", voided_at, amount)
    if shape == "parts":
        return _parts(world, rng, index, captured_at, amount)
    if shape == "refund":
        return capture, *_refunds(world, rng, index, voided_at, amount)
    return (capture,)


_WEIGHTS = (78, 4, 3, 4, 5, 6)


def _parts(
    world: World, rng: random.Random, index: int, first: datetime, amount: int
) -> tuple[Step, ...]:
    """Return two or three partial captures, later ones perhaps on later business dates."""
    steps, place = [], index
    for number, part in enumerate(split_amount(rng, amount, rng.randint(2, 3))):
        at = first + timedelta(seconds=60 * number)
        if number and rng.random() < 0.5:
            place += 1
        if place > index:
            if place >= len(world.dates):
                break
            at = world.opens_at(place) + timedelta(hours=10 + number)
        steps.append(Step("capture", at, part))
    return tuple(steps)


def _refunds(
    world: World, rng: random.Random, index: int, same_day: datetime, amount: int
) -> tuple[Step, ...]:
    """Return one refund, whole or partial, on this business date or up to three later."""
    place = index + rng.randint(0, 3)
    if place >= len(world.dates):
        return ()
    at = same_day if place == index else world.instant_within(rng, place, spare=_SPARE)
    return (Step("refund", at, amount if rng.random() < 0.5 else amount * 2 // 5),)
