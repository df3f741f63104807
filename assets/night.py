"""What one run of the night has in hand: the workspace, its stores, its number in the queue."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from matchers.plan import LegPlan, MatchPlan, build_plan
from tieout.calendars import Calendar
from tieout.clock import now
from tieout.config import Workspace
from tieout.errors import RunSuperseded, TieoutError, UsageError
from tieout.frames.storage import FrameStore
from tieout.steps import step
from tieout.store.engine import Database
from tieout.store.locks import claim_fence
from tieout.store.runs import drop_staged, end_run
from tieout.transfer.landing import LocalLandingStore


@dataclass(frozen=True)
class Night:
    """One run: everything its assets need, and the fence number that its commit must still hold."""

    workspace: Workspace
    database: Database
    landing: LocalLandingStore
    frames: FrameStore
    plans: dict[str, MatchPlan]
    run_id: str
    fence: int

    @property
    def calendar(self) -> Calendar:
        """The business days of the workspace."""
        return self.workspace.get_calendar(self.workspace.settings.workspace.calendar)

    def closing_days(self, calendar: str, around: date) -> list[date]:
        """Return the closed weekdays of a calendar a year before and after `around`."""
        first, last = date(around.year - 1, 1, 1), date(around.year + 1, 12, 31)
        return self.workspace.get_calendar(calendar).closing_days(first, last)

    def legs(self) -> list[tuple[str, LegPlan]]:
        """Return every leg with the name of its reconciliation, in a fixed order."""
        return [(name, leg) for name, plan in sorted(self.plans.items()) for leg in plan.legs]


def open_database(workspace: Workspace) -> Database:
    """Return the workspace's database, brought to the newest schema."""
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    return database


def load_plans(workspace: Workspace) -> dict[str, MatchPlan]:
    """Return the checked plan of every reconciliation, by name.

    Raises:
        UsageError: a plan is wrong, or names a feed that the workspace does not have.
    """
    plans = {}
    for name, tables in workspace.reconciliations.items():
        source = f"reconciliations/{name}.toml"
        plans[name] = build_plan(tables, source=source)
        for leg in plans[name].legs:
            for feed in (leg.left, leg.right):
                if feed not in workspace.feeds:
                    raise _unknown_feed(source, leg, feed, sorted(workspace.feeds))
    return plans


def _unknown_feed(source: str, leg: LegPlan, feed: str, known: list[str]) -> UsageError:
    near = get_close_matches(feed, known, n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    return UsageError(
        f"{source}: leg {leg.name!r} names the feed {feed!r}, which is not in feeds/.",
        hint=f"{meant}Known feeds: {', '.join(known) or 'none'}.",
    )


@contextmanager
def open_night(workspace: Workspace, *, first: date, last: date) -> Iterator[Night]:
    """Start a run over the dates from `first` to `last` and write how it ended.

    The caller holds the workspace's lock. A run that is killed leaves its row at `started` and its
    staged results behind; the next run takes a higher fence number and sweeps them.
    """
    plans = load_plans(workspace)
    database = open_database(workspace)
    run_id = uuid.uuid4().hex
    with database.transaction() as connection:
        fence = claim_fence(connection, run_id=run_id, first=first, last=last, at=now())
        drop_staged(connection, up_to_fence=fence)
    step("run.claimed")
    landing = LocalLandingStore(workspace.landing_path)
    frames = FrameStore(workspace.frames_path)
    try:
        yield Night(workspace, database, landing, frames, plans, run_id, fence)
    except TieoutError as error:
        state = "superseded" if isinstance(error, RunSuperseded) else "failed"
        _end(database, run_id, state)
        raise
    finally:
        database.close()


def _end(database: Database, run_id: str, state: str) -> None:
    with database.transaction() as connection:
        end_run(connection, run_id, state=state, changed=0, at=now())
