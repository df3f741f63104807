"""One partition per business date: every asset has the same, so that a range is one run."""

from datetime import date, datetime

from dagster import TimeWindowPartitionsDefinition

from tieout.config import Workspace

YEARS_AHEAD = 10


def business_dates(workspace: Workspace) -> TimeWindowPartitionsDefinition:
    """Return one partition per business day from the workspace's first, closing days left out.

    Today's partition is there already (`end_offset`): the night of a business date may begin on
    the evening of that date.
    """
    section = workspace.settings.workspace
    start = date.fromisoformat(section.start_date)
    last = date(start.year + YEARS_AHEAD, 12, 31)
    closed = workspace.get_calendar(section.calendar).closing_days(start, last)
    return TimeWindowPartitionsDefinition(
        start=section.start_date,
        fmt="%Y-%m-%d",
        cron_schedule="0 0 * * 1-5",
        timezone=section.time_zone,
        end_offset=1,
        exclusions=[datetime(day.year, day.month, day.day) for day in closed],  # noqa: DTZ001
    )
