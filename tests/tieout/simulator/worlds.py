"""Playing worlds for tests.

Through the core; or straight at the acquirer where the core is not the point and thirty worlds are
wanted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tieout.money import Money
from tieout.simulator.daily_files import FileMaker
from tieout.simulator.files import SimulatedFile
from tieout.simulator.planting import Plan, plant_anomalies
from tieout.simulator.play import AcquirerSimulator, play_all
from tieout.simulator.provider import SimulatedAcquirer
from tieout.simulator.script import write_script
from tieout.simulator.truth import TruthStore
from tieout.simulator.world import World
from tieout.store.engine import Database
from tieout.transactions.model import CardRef, OperationKind
from tieout.transactions.provider import ProviderRequest


@dataclass
class Played:
    """A world that has been played to its end."""

    world: World
    plan: Plan
    truth: TruthStore
    maker: FileMaker
    files: dict[str, SimulatedFile] = field(default_factory=dict)

    def file(self, feed: str, index: int) -> SimulatedFile:
        """Return the file of a feed for a business date."""
        day = self.world.dates[index]
        return next(
            one for one in self.files.values() if (one.feed, one.business_date) == (feed, day)
        )


def play_through_core(folder: Path, world: World) -> tuple[AcquirerSimulator, list[SimulatedFile]]:
    """Play a world through a core in a fresh SQLite database."""
    database = Database(f"sqlite:///{folder}/core.db")
    database.upgrade()
    simulator = AcquirerSimulator(database, world)
    return simulator, [one for _, files in play_all(simulator) for one in files]


def play_without_core(world: World) -> Played:
    """Send every act of the script to the acquirer itself, as any client of it would."""
    plan, truth = plant_anomalies(world, write_script(world)), TruthStore()
    played = Played(world, plan, truth, FileMaker(world, plan, truth))
    clock = [world.opens_at(0)]
    script = {one.order_ref: one for one in plan.script}
    acquirer = SimulatedAcquirer(script, truth, lambda: clock[0], world.business_date)
    requests = _requests(plan)
    for index, day in enumerate(world.dates):
        while requests and requests[-1][0] < world.closes_at(index):
            clock[0], request = requests.pop()
            acquirer.send(request)
        for one in played.maker.files_of(day):
            played.files[one.name] = one
    return played


def _requests(plan: Plan) -> list[tuple[datetime, ProviderRequest]]:
    requests = []
    for one in plan.script:
        steps = [(one.authorised_at, "authorise", one.amount_minor)]
        steps += [(step.at, step.kind, step.amount_minor) for step in one.steps]
        for number, (at, kind, minor) in enumerate(steps):
            request = ProviderRequest(
                f"{one.order_ref}-{number}",
                OperationKind(kind.upper()),
                one.order_ref,
                one.merchant.merchant_id,
                one.order_ref,
                str(number),
                Money(minor, one.currency),
                CardRef("", "", "mastercard"),
            )
            requests.append((at, request))
    return sorted(requests, key=lambda pair: (pair[0], pair[1].operation_id), reverse=True)
