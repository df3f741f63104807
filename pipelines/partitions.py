"""One partition per business date: every asset has the same, so that a range is one run."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dagster import TimeWindowPartitionsDefinition

from tieout.clock import now
from tieout.config import Workspace
from tieout.errors import UsageError

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


def require_business_date(workspace: Workspace, day: date) -> None:
    """Make sure that `day` can be run.

    Raises:
        UsageError: before the workspace's first date, after today, or a closed day.
    """
    section = workspace.settings.workspace
    calendar = workspace.get_calendar(section.calendar)
    if not calendar.is_business_day(day):
        before, after = calendar.roll_back(day), calendar.roll_forward(day)
        raise UsageError(
            f"{day} is no business day of {section.calendar}.",
            hint=f"The nearest are {before} and {after}.",
        )
    if day < date.fromisoformat(section.start_date):
        raise UsageError(
            f"{day} is before the workspace's first date.",
            hint=f"[workspace] start_date in tieout.toml is {section.start_date}.",
        )
    if day > now().astimezone(ZoneInfo(section.time_zone)).date():
        raise UsageError(f"{day} has not come yet.", hint="Run it on that day, or after it.")
