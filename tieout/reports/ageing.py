"""How old a case is: business days from its opening to its closing, or to the newest data."""

from bisect import bisect_right
from datetime import date

from tieout.calendars import Calendar


class Ageing:
    """Counts business days of one calendar up to `as_of`; remembers them between cases."""

    def __init__(self, calendar: Calendar, as_of: date | None) -> None:
        self._calendar = calendar
        self._as_of = as_of
        self._first: date | None = None
        self._last: date | None = None
        self._days: list[date] = []

    def days_of(self, opened_on: date, closed_on: date | None) -> int:
        """Return 0 on the day of opening, 1 on the next business day, and so on."""
        until = closed_on or self._as_of or opened_on
        if until <= opened_on:
            return 0
        days = self._covering(opened_on, until)
        return bisect_right(days, until) - bisect_right(days, opened_on)

    def _covering(self, first: date, last: date) -> list[date]:
        if self._first is None or self._last is None:
            self._first, self._last = first, last
        elif self._first <= first and last <= self._last:
            return self._days
        self._first, self._last = min(first, self._first), max(last, self._last)
        self._days = self._calendar.business_days(self._first, self._last)
        return self._days
