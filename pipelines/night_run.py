"""Run the nightly job of one business date in this process, and say what it came to.

The same code location as Dagster's, with the same storage, so that the run is seen in the UI.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dagster import DagsterInstance, ExecuteInProcessResult
from dagster._core.errors import DagsterUserCodeExecutionError

from assets.definitions import CASES_KEY
from assets.metadata import STRAYS
from pipelines.build import JOB, build_definitions
from pipelines.partitions import require_business_date
from tieout.config import load_workspace
from tieout.errors import TieoutError

INSTANCE_YAML = """\
# Dagster's own settings for this workspace.
telemetry:
  enabled: false
nux:
  enabled: false
# Runs of one workspace follow each other: what one date leaves open is what the next begins with.
concurrency:
  runs:
    max_concurrent_runs: 1
run_monitoring:
  enabled: true
# Our steps print nothing: what they have to say is in the events.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
# As Dagster's own, with connections that are kept.
event_log_storage:
  module: pipelines.event_log
  class: KeptSqliteEventLogStorage
  config:
    base_dir: here
"""


QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Keeps Dagster's event log and traces off the terminal; they are in the UI."""


def dagster_home(home: Path) -> Path:
    """Return the folder of Dagster's storage, made on first use.

    Its settings are the user's to change, except where the event log is: Dagster wants that as an
    absolute path, and a workspace may have been moved.
    """
    folder = home / "data" / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    found = settings.read_text(encoding="utf-8") if settings.exists() else None
    place = f"    base_dir: {json.dumps(str(folder.resolve() / 'history' / 'runs'))}"
    wanted = re.sub(r"(?m)^    base_dir: .*$", lambda _: place, found or INSTANCE_YAML)
    if wanted != found:
        settings.write_text(wanted, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class NightResult:
    """What a night came to: how many results or cases it changed, and which files nobody takes.

    `strays` maps the folder of a feed to the names in it that fit no feed's pattern.
    """

    changes: int
    strays: dict[str, list[str]]


def run_night(home: Path, business_date: date) -> NightResult:
    """Run the nightly job of `business_date`.

    The caller holds the workspace's lock.

    Raises:
        UsageError: the date is no business date of the workspace, or has not come yet.
        TieoutError: as the step that failed raised it.
    """
    require_business_date(load_workspace(home), business_date)
    with _instance(home) as instance:
        definitions = build_definitions(home, takes_lock=False)
        job = definitions.resolve_job_def(JOB)
        try:
            result = job.execute_in_process(
                partition_key=business_date.isoformat(),
                instance=instance,
                run_config=QUIET,
                tags={"tieout/business_date": business_date.isoformat(), "tieout/kind": "nightly"},
            )
        except DagsterUserCodeExecutionError as error:
            cause = error.user_exception
            if isinstance(cause, TieoutError):
                raise cause from error
            raise
        return NightResult(_changes(result), _strays(result))


def _changes(result: ExecuteInProcessResult) -> int:
    changes = 0
    for event in result.get_asset_materialization_events():
        if event.asset_key == CASES_KEY:
            value = event.materialization.metadata["changes"].value
            assert isinstance(value, int)  # noqa: S101 - written by assets.metadata
            changes += value
    return changes


def _strays(result: ExecuteInProcessResult) -> dict[str, list[str]]:
    strays: dict[str, list[str]] = {}
    for event in result.get_asset_materialization_events():
        found = event.materialization.metadata.get(STRAYS)
        if found is not None and isinstance(found.value, dict):
            strays |= {str(place): list(names) for place, names in found.value.items()}
    return dict(sorted(strays.items()))


@contextmanager
def _instance(home: Path) -> Iterator[DagsterInstance]:
    with DagsterInstance.from_config(str(dagster_home(home))) as instance:
        yield instance
