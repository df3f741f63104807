"""Business days: which days a payment system settles, by calendar name.

The days come from the `holidays` library: `XECB` (the euro system, TARGET closing days) and `GB`
(England, where sterling settles) as published there; `US_FED` by the rule of the Federal Reserve
Banks, which the library does not have: a holiday on Saturday closes nothing, one on Sunday closes
the Monday after. Extraordinary closing days (a funeral, a storm) are given by whoever runs the
project and are added on top. `WEEKENDS` closes on Saturdays and Sundays only.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

from tieout.errors import UsageError

_SATURDAY, _SUNDAY = 5, 6
_DAY = timedelta(days=1)


def _euro(year: int) -> Iterable[date]:
    return list(holidays.financial_holidays("XECB", years=year))


def _england(year: int) -> Iterable[date]:
    return list(holidays.country_holidays("GB", subdiv="ENG", years=year))


def _federal_reserve(year: int) -> Iterable[date]:
    # A Sunday holiday at the end of one year would close the Monday of the next: ask for both.
    actual = holidays.country_holidays("US", observed=False, years=[year - 1, year])
    moved = (day + _DAY if day.weekday() == _SUNDAY else day for day in actual)
    return [day for day in moved if day.year == year]


def _none(year: int) -> Iterable[date]:
    return []


_RULES: dict[str, Callable[[int], Iterable[date]]] = {
    "XECB": _euro,
    "GB": _england,
    "US_FED": _federal_reserve,
    "WEEKENDS": _none,
}

NAMES = tuple(_RULES)
"""The calendars that `calendar_named` knows."""


@cache
def _closed(name: str, year: int) -> frozenset[date]:
    return frozenset(day for day in _RULES[name](year) if day.weekday() < _SATURDAY)


@dataclass(frozen=True)
class Calendar:
    """The business days of one payment system; `extra` are closing days added by the operator."""

    name: str
    extra: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Tell whether `day` is neither a weekend nor a closing day."""
        if day.weekday() >= _SATURDAY or day in self.extra:
            return False
        return day not in _closed(self.name, day.year)

    def roll_forward(self, day: date) -> date:
        """Return `day` itself if it is a business day, otherwise the next one."""
        while not self.is_business_day(day):
            day += _DAY
        return day

    def roll_back(self, day: date) -> date:
        """Return `day` itself if it is a business day, otherwise the one before."""
        while not self.is_business_day(day):
            day -= _DAY
        return day

    def next_business_day(self, day: date) -> date:
        """Return the first business day after `day`."""
        return self.roll_forward(day + _DAY)

    def previous_business_day(self, day: date) -> date:
        """Return the last business day before `day`."""
        return self.roll_back(day - _DAY)

    def add_business_days(self, day: date, count: int) -> date:
        """Return the business day `count` after `day` (before it when `count` is negative).

        A day that is closed is first rolled in the direction of the count, forward for zero.
        """
        if count < 0:
            day = self.roll_back(day)
            for _ in range(-count):
                day = self.previous_business_day(day)
            return day
        day = self.roll_forward(day)
        for _ in range(count):
            day = self.next_business_day(day)
        return day

    def business_days(self, first: date, last: date) -> list[date]:
        """Return the business days from `first` to `last`, both included."""
        span = (last - first).days + 1
        days = (first + timedelta(days=offset) for offset in range(span))
        return [day for day in days if self.is_business_day(day)]

    def closing_days(self, first: date, last: date) -> list[date]:
        """Return the closed weekdays from `first` to `last`, both included, in order.

        Weekends are left out: this is the list that Polars' business-day expressions take.
        """
        named = {
            day for year in range(first.year, last.year + 1) for day in _closed(self.name, year)
        }
        extra = {day for day in self.extra if day.weekday() < _SATURDAY}
        return sorted(day for day in named | extra if first <= day <= last)


def calendar_named(name: str, *, extra: Iterable[date] = ()) -> Calendar:
    """Return the calendar called `name`, closed on the `extra` days as well.

    Raises:
        UsageError: no calendar has this name.
    """
    if name not in _RULES:
        raise UsageError(
            f"There is no calendar {name!r}.", hint=f"Choose one of {', '.join(NAMES)}."
        )
    return Calendar(name, frozenset(extra))
