"""Which items the processor settles on a business date: what was cleared, and what goes wrong."""

from tieout.simulator.advice_file import AdviceItem, Batch, batch_reference, batches_of
from tieout.simulator.anomalies import AnomalyKind, Plant
from tieout.simulator.clearing import Clearing
from tieout.simulator.clearing_file import ClearedItem
from tieout.simulator.manifest import Manifest
from tieout.simulator.merchants import contract_fee
from tieout.simulator.planting import Plan
from tieout.simulator.world import World

_K = AnomalyKind


class Advice:
    """Makes the batches of one business date after another, and tells the manifest."""

    def __init__(self, world: World, plan: Plan, clearing: Clearing, manifest: Manifest) -> None:
        self._world = world
        self._plan = plan
        self._clearing = clearing
        self._manifest = manifest

    def batches_of(self, index: int, cleared: list[ClearedItem]) -> list[Batch]:
        """Return the batches of a business date, given what was cleared on it."""
        items = []
        for item in cleared:
            plant = self._shown_by(index, item)
            if plant is not None and plant.kind is _K.MISSING_IN_ADVICE:
                self._manifest.record(plant, (item.arn,), item.currency, item.amount_minor)
            else:
                items.append(self._item(index, item, self._charged(plant, item)))
        for plant in self._plan.of_kind(_K.NEVER_CLEARED, index):
            item = self._clearing.made_up(plant, "sale")
            self._manifest.record(plant, (item.arn,), item.currency, item.amount_minor)
            items.append(
                self._item(index, item, contract_fee("sale", item.amount_minor, item.currency))
            )
        return batches_of(items)

    def _shown_by(self, index: int, item: ClearedItem) -> Plant | None:
        """Return the anomaly of this item that shows in the advice of this date, if it has one."""
        plant = self._plan.carried_by(item.order_ref)
        return plant if plant is not None and plant.index == index else None

    def _charged(self, plant: Plant | None, item: ClearedItem) -> int:
        fee = contract_fee(item.kind, item.amount_minor, item.currency)
        if plant is None or plant.kind not in (_K.FEE_OVER, _K.FEE_UNDER):
            return fee
        extra = plant.delta_minor if plant.kind is _K.FEE_OVER else -plant.delta_minor
        self._manifest.record(plant, (item.arn,), item.currency, -extra)
        return fee + extra

    def _item(self, index: int, item: ClearedItem, fee_minor: int) -> AdviceItem:
        return AdviceItem(
            item.kind,
            item.arn,
            item.rrn,
            item.merchant,
            item.order_ref,
            item.currency,
            item.amount_minor if item.kind == "sale" else -item.amount_minor,
            fee_minor,
            batch_reference(self._world.dates[index], item.merchant, item.currency),
        )
