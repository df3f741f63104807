"""Which records the scheme clears on a business date: yesterday's claims, and what goes wrong.

Everything downstream follows what was cleared, not what was captured: a record cleared too high is
also advised and paid too high.
"""

from collections.abc import Callable
from dataclasses import replace

from tieout.simulator.anomalies import AnomalyKind, Plant
from tieout.simulator.clearing_file import ClearedItem
from tieout.simulator.manifest import Manifest
from tieout.simulator.planting import Plan
from tieout.simulator.truth import Claim, TruthStore
from tieout.simulator.world import World

_K = AnomalyKind


class Clearing:
    """Makes the records of one business date after another, and tells the manifest."""

    def __init__(self, world: World, plan: Plan, truth: TruthStore, manifest: Manifest) -> None:
        self._world = world
        self._plan = plan
        self._truth = truth
        self._manifest = manifest
        self._purchases = {one.order_ref: one for one in plan.script}

    def items_of(self, index: int) -> list[ClearedItem]:
        """Return the records of a business date, in the order of the transactions.

        Nothing was captured before the world began, so its first date clears nothing.
        """
        items: list[ClearedItem] = []
        if index > 0:
            for claim in self._truth.due_on(self._world.dates[index - 1]):
                items += self._cleared(claim)
        for plant in self._plan.of_kind(_K.LATE_PRESENTMENT, index):
            items.append(self._late(plant))
        for plant in self._plan.of_kind(_K.CHARGEBACK, index):
            items.append(self._charged_back(plant))
        for plant in self._plan.at(index, (_K.UNKNOWN_CLEARING, _K.REFUND_ORPHAN)):
            items.append(self._unannounced(plant))
        return sorted(items, key=lambda item: (item.occurred_at, item.arn))

    def made_up(self, plant: Plant, kind: str) -> ClearedItem:
        """Return a record of a transaction that never took place."""
        assert plant.merchant is not None  # noqa: S101 - planting gives every made-up one a merchant
        at = self._world.opens_at(plant.index)
        return ClearedItem(
            kind,
            self._truth.mint_arn(self._world.dates[plant.index]),
            self._truth.mint_rrn(at),
            plant.merchant,
            plant.card,
            plant.currency,
            plant.amount_minor,
            "" if kind == "refund" else self._truth.mint_auth_code(),
            "",
            at,
        )

    def _cleared(self, claim: Claim) -> list[ClearedItem]:
        """Return what the scheme makes of one claim: one record, unless an anomaly says else."""
        plant = self._plan.carried_by(claim.order_ref)
        item = self._item(claim)
        if plant is None:
            return [item]
        if claim.kind == "refund":
            if plant.kind is _K.REFUND_AFTER_SETTLEMENT:
                self._record(plant, (item.arn,), -item.amount_minor)
            return [item]
        change = _CHANGES.get(plant.kind)
        return [item] if change is None else change(self, plant, item)

    def _missing(self, plant: Plant, item: ClearedItem) -> list[ClearedItem]:
        self._record(plant, (item.arn,), item.amount_minor)
        return []

    def _not_yet(self, plant: Plant, item: ClearedItem) -> list[ClearedItem]:
        return []

    def _over(self, plant: Plant, item: ClearedItem) -> list[ClearedItem]:
        self._record(plant, (item.arn,), plant.delta_minor)
        return [replace(item, amount_minor=item.amount_minor + plant.delta_minor)]

    def _under(self, plant: Plant, item: ClearedItem) -> list[ClearedItem]:
        self._record(plant, (item.arn,), -plant.delta_minor)
        return [replace(item, amount_minor=item.amount_minor - plant.delta_minor)]

    def _twice(self, plant: Plant, item: ClearedItem) -> list[ClearedItem]:
        self._record(plant, (item.arn,), item.amount_minor)
        return [item, item]

    def _one_by_one(self, plant: Plant, item: ClearedItem) -> list[ClearedItem]:
        arns = [claim.arn for claim in self._truth.claims_of(plant.order_ref, "sale")]
        if item.arn == arns[0]:
            self._record(plant, tuple(arns), 0)
        return [item]

    def _combined(self, plant: Plant, item: ClearedItem) -> list[ClearedItem]:
        """Clear all captures with the first as one record: its own ARN, the same RRN."""
        claims = self._truth.claims_of(plant.order_ref, "sale")
        if item.arn != claims[0].arn:
            return []
        arn = self._truth.mint_arn(self._world.dates[plant.index])
        self._record(plant, (*(claim.arn for claim in claims), arn), 0)
        return [replace(item, arn=arn, amount_minor=sum(one.amount_minor for one in claims))]

    def _first_parts(self, plant: Plant, item: ClearedItem) -> list[ClearedItem]:
        """Clear a capture in three records with their own ARNs; the third never comes."""
        there = item.amount_minor - plant.delta_minor
        first = there * 2 // 3
        parts = [
            replace(
                item, arn=self._truth.mint_arn(self._world.dates[plant.index]), amount_minor=part
            )
            for part in (first, there - first)
        ]
        self._record(plant, (item.arn, *(part.arn for part in parts)), -plant.delta_minor)
        return parts

    def _late(self, plant: Plant) -> ClearedItem:
        claim = self._truth.claims_of(plant.order_ref, "sale")[0]
        self._record(plant, (claim.arn,), 0)
        return self._item(claim)

    def _charged_back(self, plant: Plant) -> ClearedItem:
        """Return the issuer's claim; it keeps the references of the sale."""
        claim = self._truth.claims_of(plant.order_ref, "sale")[0]
        self._record(plant, (claim.arn,), -claim.amount_minor)
        return replace(self._item(claim), kind="chargeback")

    def _unannounced(self, plant: Plant) -> ClearedItem:
        is_refund = plant.kind is _K.REFUND_ORPHAN
        item = self.made_up(plant, "refund" if is_refund else "sale")
        self._record(plant, (item.arn,), -item.amount_minor if is_refund else item.amount_minor)
        return item

    def _item(self, claim: Claim) -> ClearedItem:
        approval = self._truth.approvals[claim.order_ref]
        return ClearedItem(
            claim.kind,
            claim.arn,
            claim.rrn,
            self._purchases[claim.order_ref].merchant,
            approval.card,
            approval.currency,
            claim.amount_minor,
            "" if claim.kind == "refund" else approval.auth_code,
            claim.order_ref,
            claim.at,
        )

    def _record(self, plant: Plant, arns: tuple[str, ...], amount_minor: int) -> None:
        self._manifest.record(plant, arns, plant.currency, amount_minor)


_CHANGES: dict[AnomalyKind, Callable[[Clearing, Plant, ClearedItem], list[ClearedItem]]] = {
    _K.MISSING_IN_CLEARING: Clearing._missing,  # noqa: SLF001 - the table of this class
    _K.LATE_PRESENTMENT: Clearing._not_yet,  # noqa: SLF001
    _K.AMOUNT_OVER: Clearing._over,  # noqa: SLF001
    _K.AMOUNT_UNDER: Clearing._under,  # noqa: SLF001
    _K.DUPLICATE_CLEARING: Clearing._twice,  # noqa: SLF001
    _K.PARTIAL_CAPTURES: Clearing._one_by_one,  # noqa: SLF001
    _K.COMBINED_CAPTURES: Clearing._combined,  # noqa: SLF001
    _K.SPLIT_INCOMPLETE: Clearing._first_parts,  # noqa: SLF001
}
