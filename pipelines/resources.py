"""The night as a Dagster resource: opened once per run, closed with it.

With the in-process executor a resource lives as long as the run, so the run holds the workspace's
lock and one fence number from its first step to its last.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from pathlib import Path

from dagster import ConfigurableResource, InitResourceContext
from pydantic import PrivateAttr

from assets.night import Night, open_night
from tieout.config import load_workspace
from tieout.errors import UsageError
from tieout.store.locks import hold_workspace

WAIT_SECONDS = 900.0
"""How long a run started from Dagster waits for another one to end."""


class NightResource(ConfigurableResource["NightResource"]):
    """Opens the night of the workspace at `home` for the partitions of the run."""

    home: str
    takes_lock: bool = True
    _night: Night | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["NightResource"]:
        """Take the lock and the fence, give the night to the steps, write how it ended."""
        workspace = load_workspace(Path(self.home))
        dates = partition_dates(context)
        what = f"the run of {dates[0]}" if len(dates) == 1 else f"the run {dates[0]} – {dates[-1]}"
        with (
            self._lock(workspace.home, what),
            open_night(workspace, first=dates[0], last=dates[-1]) as night,
        ):
            self._night = night
            try:
                yield self
            finally:
                self._night = None

    def _lock(self, home: Path, what: str) -> AbstractContextManager[None]:
        """Hold the workspace, unless whoever started the run in this process already does."""
        if not self.takes_lock:
            return nullcontext()
        return hold_workspace(home, what=what, wait_seconds=WAIT_SECONDS)

    @property
    def night(self) -> Night:
        """The open night of this run."""
        if self._night is None:
            raise UsageError("The night is only open while a run executes.")
        return self._night


def partition_dates(context: InitResourceContext) -> list[date]:
    """Return the business dates of the run, in order."""
    run = context.run
    if run is None:
        raise UsageError("The night needs a run with a business date.")
    first = run.tags.get("dagster/asset_partition_range_start") or run.tags.get("dagster/partition")
    last = run.tags.get("dagster/asset_partition_range_end") or first
    if first is None or last is None:
        raise UsageError(
            "The run has no business date.", hint="Choose a partition, or use the nightly job."
        )
    return [date.fromisoformat(first), date.fromisoformat(last)][: 1 if first == last else 2]
