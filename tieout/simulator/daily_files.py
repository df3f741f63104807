"""The files of one business date after another, made from the acquirer's own truth.

Nothing here knows our core or its tables: what a file says is what the provider saw, plus what was
planted.
"""

from datetime import date

from tieout.errors import UsageError
from tieout.simulator.advice import Advice
from tieout.simulator.advice_file import Batch, advice_name, write_advice
from tieout.simulator.anomalies import (
    ADVICE_FEED,
    BANK_FEED,
    CLEARING_FEED,
    AnomalyKind,
)
from tieout.simulator.bank import Bank
from tieout.simulator.clearing import Clearing
from tieout.simulator.clearing_file import clearing_name, write_clearing
from tieout.simulator.files import SimulatedFile
from tieout.simulator.manifest import Manifest
from tieout.simulator.planting import Plan
from tieout.simulator.statement_file import (
    OPENING_MINOR,
    closing_balances,
    statement_name,
    write_statement,
)
from tieout.simulator.truth import TruthStore
from tieout.simulator.world import World


class FileMaker:
    """Makes the files of one business date after another, from the truth alone."""

    def __init__(self, world: World, plan: Plan, truth: TruthStore) -> None:
        self.world = world
        self.plan = plan
        self.manifest = Manifest(world)
        self._clearing = Clearing(world, plan, truth, self.manifest)
        self._advice = Advice(world, plan, self._clearing, self.manifest)
        self._bank = Bank(world, plan, self.manifest)
        self._balances = dict(OPENING_MINOR)
        self._under_way: list[Batch] = []
        self._next = 0

    def files_of(self, business_date: date) -> tuple[SimulatedFile, ...]:
        """Return the files that go up on a business date; dates must come in order.

        A file that is late is left out on its own date and comes with the next one's.

        Raises:
            UsageError: not the date that is next.
        """
        index = self.require_next(business_date)
        self._next += 1
        self.manifest.files += self._make(index)
        return tuple(one for one in self.manifest.files if one.sent_on == business_date)

    def require_next(self, business_date: date) -> int:
        """Return the place of a business date, which must be the one that is next.

        Raises:
            UsageError: it is another one; dates are played once and in order.
        """
        index = self.world.index_of(business_date)
        if index != self._next:
            is_over = self._next == len(self.world.dates)
            raise UsageError(
                f"{business_date} cannot be played now.",
                hint="Every date of this world has been played."
                if is_over
                else f"Next is {self.world.dates[self._next]}: dates are played once, in order.",
            )
        return index

    def _make(self, index: int) -> list[SimulatedFile]:
        day = self.world.dates[index]
        cleared = self._clearing.items_of(index)
        batches = self._advice.batches_of(index, cleared)
        entries = self._bank.entries_of(index, self._under_way, batches)
        opening, self._under_way = self._balances, batches
        self._balances = closing_balances(opening, entries)
        clearing = write_clearing(day, cleared, sequence=index + 1)
        statement = write_statement(day, index + 1, opening, entries)
        return [
            SimulatedFile(
                CLEARING_FEED, clearing_name(day), day, self._clearing_sent_on(index), clearing
            ),
            SimulatedFile(ADVICE_FEED, advice_name(day), day, day, write_advice(day, batches)),
            SimulatedFile(BANK_FEED, statement_name(day), day, day, statement),
        ]

    def _clearing_sent_on(self, index: int) -> date:
        if index != self.plan.late_index:
            return self.world.dates[index]
        plant = self.plan.of_kind(AnomalyKind.LATE_FILE, index)[0]
        day = self.world.dates[index]
        name = clearing_name(day)
        self.manifest.record(plant, (name, f"{CLEARING_FEED}/{day}"), None, 0)
        return self.world.dates[index + 1]
