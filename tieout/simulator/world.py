"""The world of one simulation: its seed, its business dates, its opening hours.

Everything random comes from `random.Random` made from the seed and a name, so that adding a draw
to one part of the world does not shift the others. The default dates lie around 1 May 2026, on
which the euro system is closed: a Friday, followed by a weekend.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from tieout.calendars import Calendar, calendar_named
from tieout.clock import business_date
from tieout.errors import UsageError

CALENDAR = "XECB"
TIME_ZONE = "Europe/Berlin"
CUT_OFF = time(23, 0)
FIRST_DATE = date(2026, 4, 28)
BUSINESS_DATES_MIN = 6
"""Fewer dates would not show a late presentment and a late file before the world ends."""


@dataclass(frozen=True)
class World:
    """What one simulation is made from; equal worlds produce equal bytes.

    Raises:
        UsageError: too few business dates for every anomaly to become visible, or too few payments.
    """

    seed: int
    first_date: date = FIRST_DATE
    business_dates: int = 7
    payments_per_date: int = 80
    has_anomalies: bool = True
    calendar: Calendar = field(default_factory=lambda: calendar_named(CALENDAR))

    def __post_init__(self) -> None:
        if self.business_dates < BUSINESS_DATES_MIN:
            raise UsageError(
                f"A world of {self.business_dates} business dates is too short.",
                hint=f"Give at least {BUSINESS_DATES_MIN}.",
            )
        if self.payments_per_date < 40:
            raise UsageError(
                f"{self.payments_per_date} payments a date are too few to hide anomalies in.",
                hint="Give at least 40.",
            )

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The business dates, in order."""
        days = [self.calendar.roll_forward(self.first_date)]
        while len(days) < self.business_dates:
            days.append(self.calendar.next_business_day(days[-1]))
        return tuple(days)

    def index_of(self, day: date) -> int:
        """Return the place of a business date in the world.

        Raises:
            UsageError: the world has no such business date.
        """
        if day not in self.dates:
            raise UsageError(
                f"{day} is no business date of this world.",
                hint=f"Its dates are {self.dates[0]} to {self.dates[-1]}.",
            )
        return self.dates.index(day)

    def rng(self, purpose: str) -> random.Random:
        """Return the generator for one part of the world."""
        return random.Random(f"{self.seed}/{purpose}")  # noqa: S311 - reproducible on purpose

    @cached_property
    def pan_key(self) -> str:
        """The key of the card fingerprints, 64 hex digits: it protects test numbers only."""
        return f"{self.rng('pan').getrandbits(256):064x}"

    def opens_at(self, index: int) -> datetime:
        """Return the first instant of a business date: the cut-off of the one before it."""
        previous = self.calendar.previous_business_day(self.dates[index])
        return _local(previous, CUT_OFF)

    def closes_at(self, index: int) -> datetime:
        """Return the cut-off of a business date, the first instant that no longer belongs to it."""
        return _local(self.dates[index], CUT_OFF)

    def business_date(self, instant: datetime) -> date:
        """Return the business date of an instant, by the cut-off of this world."""
        return business_date(instant, CUT_OFF, TIME_ZONE, self.calendar)

    def instant_within(self, rng: random.Random, index: int, *, spare: timedelta) -> datetime:
        """Return a whole second of a business date, at least `spare` before its cut-off.

        Uniform over the whole window: on a Monday two thirds of it are the weekend.
        """
        first, last = self.opens_at(index), self.closes_at(index) - spare
        return first + timedelta(seconds=rng.randrange(int((last - first).total_seconds())))


def _local(day: date, wall_clock: time) -> datetime:
    zone = ZoneInfo(TIME_ZONE)
    return datetime.combine(day, wall_clock, zone).astimezone(ZoneInfo("UTC"))
