"""What one run of the night has in hand: the workspace, its stores, its number in the queue."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from sqlalchemy import Connection

from matchers.plan import LegPlan, MatchPlan, build_plan
from tieout.calendars import Calendar
from tieout.clock import now
from tieout.config import Workspace
from tieout.errors import TieoutError, UsageError
from tieout.frames.results import OPEN_OUTCOMES
from tieout.frames.storage import FrameStore
from tieout.steps import step
from tieout.store.decisions import pending_dates
from tieout.store.engine import Database
from tieout.store.locks import claim_fence
from tieout.store.runs import current_generations, drop_staged, end_unfinished, unfinished_dates
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
    unfinished: tuple[date, ...] = ()
    """Earlier dates that this run covers first: a run took files in for them and never committed,
    or a person has decided about their matches since."""

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

    What an earlier run took in and never committed is found here (`unfinished`) and belongs to this
    run too: otherwise the files of a failed night would be lost to the nights after it.

    The caller holds the workspace's lock. A run that is killed leaves its row at `started` and its
    staged results behind; the next run takes a higher fence number and sweeps them.
    """
    plans = load_plans(workspace)
    database = open_database(workspace)
    frames = FrameStore(workspace.frames_path)
    run_id = uuid.uuid4().hex
    with database.transaction() as connection:
        fence = claim_fence(connection, run_id=run_id, first=first, last=last, at=now())
        drop_staged(connection, up_to_fence=fence)
        waiting = {*unfinished_dates(connection, last), *pending_dates(connection, last)}
        unfinished = tuple(sorted(waiting))
        _require_open_legs(connection, frames, plans)
    step("run.claimed")
    landing = LocalLandingStore(workspace.landing_path)
    try:
        yield Night(workspace, database, landing, frames, plans, run_id, fence, unfinished)
    finally:
        # Dagster closes a resource without telling it what went wrong: whoever is here without a
        # commit has failed, or was overtaken.
        with suppress(TieoutError), database.transaction() as connection:
            end_unfinished(connection, run_id, fence=fence, at=now())
        database.close()


def _require_open_legs(
    connection: Connection, frames: FrameStore, plans: dict[str, MatchPlan]
) -> None:
    """Refuse to run without a leg that still has open lines: they would be gone without a word.

    Raises:
        UsageError: names the leg and how many lines are open on it.
    """
    newest = {(one.reconciliation, one.leg): one for one in current_generations(connection)}
    planned = {(name, leg.name) for name, plan in plans.items() for leg in plan.legs}
    for (reconciliation, leg), result in sorted(newest.items()):
        if (reconciliation, leg) in planned:
            continue
        outcomes = frames.read(result.outcomes_sha256)
        count = outcomes["outcome"].is_in(OPEN_OUTCOMES).sum()
        if count:
            raise UsageError(
                f"The leg {leg!r} of reconciliation {reconciliation!r} is gone from the plans, but "
                f"{count} lines are open on it.",
                hint="Give it its name back. A leg may go when nothing is open on it any more.",
            )
