"""When the night runs: after midnight, for the business date that has just ended."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from dagster import (
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from tieout.config import Workspace


def nightly_schedule(job: UnresolvedAssetJobDefinition, workspace: Workspace) -> ScheduleDefinition:
    """Return the schedule `every_night`: yesterday's business date, by the workspace's own clock.

    Nights after a weekend day or a closing day are skipped: there is nothing to run. One run per
    business date (`run_key`), however often the scheduler asks.
    """
    section = workspace.settings.workspace
    zone = ZoneInfo(section.time_zone)
    calendar = workspace.get_calendar(section.calendar)

    def request(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
        ended = context.scheduled_execution_time.astimezone(zone).date() - timedelta(days=1)
        if calendar.is_business_day(ended):
            key = ended.isoformat()
            yield RunRequest(run_key=key, partition_key=key, tags={"tieout/kind": "nightly"})
        else:
            yield SkipReason(f"{ended} is no business day of {section.calendar}.")

    return ScheduleDefinition(
        name="every_night",
        job=job,
        cron_schedule=workspace.settings.schedule.cron,
        execution_timezone=section.time_zone,
        execution_fn=request,
        description="The business date that ended at midnight, on every business day.",
    )
