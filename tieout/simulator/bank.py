"""Which entries the bank books on a business date: yesterday's payouts, and what goes wrong.

The bank's anomalies choose their payout here, among the batches that no other anomaly touches. A
payout that arrives without its reference must be recognisable by its amount alone, so it is one
whose amount occurs once among the payouts that are under way.
"""

import random
from collections import Counter
from collections.abc import Sequence

from tieout.simulator.advice_file import Batch
from tieout.simulator.anomalies import AnomalyKind, Plant
from tieout.simulator.manifest import Manifest
from tieout.simulator.planting import Plan
from tieout.simulator.statement_file import BankEntry
from tieout.simulator.world import World

_K = AnomalyKind
_ON_PAYOUTS = (_K.PAYOUT_SHORT, _K.PAYOUT_MISSING, _K.PAYOUT_WITHOUT_REFERENCE)
_SHORT_MINOR = {"EUR": 250, "USD": 250, "JPY": 400}
_SMALLEST_MINOR = 3_000
"""Payouts below this carry no anomaly, so that a shortened one stays a payout."""


class Bank:
    """Makes the entries of one business date after another, and tells the manifest."""

    def __init__(self, world: World, plan: Plan, manifest: Manifest) -> None:
        self._world = world
        self._plan = plan
        self._manifest = manifest
        self._rng: random.Random = world.rng("bank")
        self._lost: set[tuple[str, int]] = set()

    def entries_of(
        self, index: int, paid: Sequence[Batch], under_way: Sequence[Batch]
    ) -> list[BankEntry]:
        """Return the entries of a business date.

        Args:
            index: place of the business date.
            paid: the batches that the bank pays on it (those of the advice before).
            under_way: the batches of this date's advice, paid on the next one.
        """
        hit = self._choose(index, paid, under_way)
        entries = []
        for batch in paid:
            entry = self._entry(index, batch, hit.get(batch.batch_ref))
            if entry is not None and entry.amount_minor != 0:
                entries.append(entry)
        for plant in self._plan.of_kind(_K.UNKNOWN_CREDIT, index):
            entries.append(self._unknown_credit(plant))
        return entries

    def _choose(
        self, index: int, paid: Sequence[Batch], under_way: Sequence[Batch]
    ) -> dict[str, Plant]:
        """Return the anomaly of each payout that has one."""
        amounts = Counter((batch.currency, batch.net_minor) for batch in (*paid, *under_way))
        amounts.update(self._lost)
        fit = [batch for batch in paid if self._is_fit(batch, amounts)]
        chosen: dict[str, Plant] = {}
        for plant in self._plan.at(index, _ON_PAYOUTS):
            batch = fit.pop(self._rng.randrange(len(fit)))
            chosen[batch.batch_ref] = plant
        return chosen

    def _is_fit(self, batch: Batch, amounts: Counter[tuple[str, int]]) -> bool:
        return (
            batch.net_minor >= _SMALLEST_MINOR
            and amounts[batch.currency, batch.net_minor] == 1
            # What was made up has no order; every other item names the payment behind it.
            and all(item.order_ref for item in batch.items)
            and not any(self._plan.carried_by(item.order_ref) for item in batch.items)
        )

    def _entry(self, index: int, batch: Batch, plant: Plant | None) -> BankEntry | None:
        net, reference = batch.net_minor, batch.batch_ref
        day = self._world.dates[index]
        entry_ref = f"BK{day:%y%m%d}{reference[-3:]}{_digits(reference)}"
        text = f"SIMACQ SETTLEMENT {reference}"
        if plant is None:
            return BankEntry(batch.currency, net, entry_ref, text, reference)
        if plant.kind is _K.PAYOUT_SHORT:
            short = _SHORT_MINOR[batch.currency]
            self._manifest.record(plant, (reference,), batch.currency, -short)
            return BankEntry(batch.currency, net - short, entry_ref, text, reference)
        if plant.kind is _K.PAYOUT_MISSING:
            self._lost.add((batch.currency, net))
            self._manifest.record(plant, (reference,), batch.currency, net)
            return None
        self._manifest.record(plant, (reference,), batch.currency, net)
        return BankEntry(batch.currency, net, entry_ref, "SIMACQ CARD SETTLEMENT")

    def _unknown_credit(self, plant: Plant) -> BankEntry:
        entry_ref = f"BK{self._world.dates[plant.index]:%y%m%d}{plant.currency}TRF"
        self._manifest.record(plant, (entry_ref,), plant.currency, plant.amount_minor)
        return BankEntry(plant.currency, plant.amount_minor, entry_ref, "TRANSFER OWN FUNDS")


def _digits(reference: str) -> str:
    """Return the merchant's part of a batch reference, as the bank would abbreviate it."""
    return reference.split("-")[2][:4]
