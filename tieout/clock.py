"""The time: the only caller of the system clock, and the rule that turns an instant into a date.

Everything else receives the time as an argument, so that a day can be run again and a test can say
what time it is.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tieout.calendars import Calendar
from tieout.errors import UsageError


def now() -> datetime:
    """Return the present instant in UTC, to the microsecond."""
    return datetime.now(UTC)


def business_date(instant: datetime, cut_off: time, zone: str, calendar: Calendar) -> date:
    """Return the business date that an instant belongs to.

    The window of a business date is half open: an instant exactly at the cut-off already belongs to
    the next one. On a closed day, everything belongs to the next business day.

    Args:
        instant: an aware datetime.
        cut_off: local wall-clock time in `zone` from which the next date begins.
        zone: IANA name, for example "Europe/Warsaw".
        calendar: says which days are business days.

    Raises:
        UsageError: the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise UsageError(
            f"The instant {instant.isoformat()} has no time zone.",
            hint="Give it one; a time without a zone belongs to no business date.",
        )
    local = instant.astimezone(ZoneInfo(zone))
    is_late = local.time().replace(tzinfo=None) >= cut_off
    return calendar.roll_forward(local.date() + timedelta(days=1) if is_late else local.date())
