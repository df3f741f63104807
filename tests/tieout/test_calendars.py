"""Business days of each calendar, and the half-open window of a business date."""

from datetime import UTC, date, datetime, time

import pytest

from tieout.calendars import calendar_named
from tieout.clock import business_date
from tieout.errors import UsageError


class TestCalendars:
    """Closing days by name."""

    def test_target_closes_on_six_days_a_year(self) -> None:
        days = calendar_named("XECB").closing_days(date(2025, 1, 1), date(2025, 12, 31))

        assert days == [
            date(2025, 1, 1),
            date(2025, 4, 18),
            date(2025, 4, 21),
            date(2025, 5, 1),
            date(2025, 12, 25),
            date(2025, 12, 26),
        ]

    @pytest.mark.parametrize(
        ("day", "is_open"),
        [
            (date(2026, 7, 3), True),  # 4 July is a Saturday: the Friday stays open
            (date(2027, 7, 5), False),  # 4 July is a Sunday: the Monday is closed
            (date(2021, 12, 31), True),  # New Year on Saturday
            (date(2023, 1, 2), False),  # New Year on Sunday
            (date(2026, 11, 26), False),
        ],
    )
    def test_federal_reserve_rule(self, day: date, is_open: bool) -> None:
        assert calendar_named("US_FED").is_business_day(day) is is_open

    def test_england_moves_a_weekend_holiday(self) -> None:
        assert not calendar_named("GB").is_business_day(date(2026, 12, 28))

    def test_extra_closing_day(self) -> None:
        funeral = date(2022, 9, 19)

        assert calendar_named("WEEKENDS").is_business_day(funeral)
        assert not calendar_named("WEEKENDS", extra=[funeral]).is_business_day(funeral)

    def test_adds_business_days_over_easter(self) -> None:
        target = calendar_named("XECB")

        assert target.add_business_days(date(2026, 4, 2), 1) == date(2026, 4, 7)
        assert target.add_business_days(date(2026, 4, 7), -1) == date(2026, 4, 2)
        assert target.add_business_days(date(2026, 4, 4), 0) == date(2026, 4, 7)

    def test_unknown_name_lists_the_known(self) -> None:
        with pytest.raises(UsageError, match="XECB"):
            calendar_named("TARGET3")


class TestBusinessDate:
    """Which date an instant belongs to."""

    @pytest.mark.parametrize(
        ("instant", "expected"),
        [
            # 18:00 in Frankfurt is 16:00 UTC in summer and 17:00 in winter.
            (datetime(2026, 6, 3, 15, 59, 59, 999999, tzinfo=UTC), date(2026, 6, 3)),
            (datetime(2026, 6, 3, 16, 0, tzinfo=UTC), date(2026, 6, 4)),
            (datetime(2026, 2, 3, 16, 59, tzinfo=UTC), date(2026, 2, 3)),
            (datetime(2026, 2, 3, 17, 0, tzinfo=UTC), date(2026, 2, 4)),
            # Friday after the cut-off, the weekend, Good Friday to Easter Monday.
            (datetime(2026, 6, 5, 18, 0, tzinfo=UTC), date(2026, 6, 8)),
            (datetime(2026, 4, 3, 9, 0, tzinfo=UTC), date(2026, 4, 7)),
            # The hours that daylight saving skips and repeats.
            (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), date(2026, 3, 30)),
            (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 26)),
        ],
    )
    def test_cut_off_is_local_and_half_open(self, instant: datetime, expected: date) -> None:
        calendar = calendar_named("XECB")

        assert business_date(instant, time(18), "Europe/Berlin", calendar) == expected

    def test_instant_without_zone_is_refused(self) -> None:
        naive = datetime(2026, 6, 3, 12)  # noqa: DTZ001 - the point of the test

        with pytest.raises(UsageError, match="no time zone"):
            business_date(naive, time(18), "Europe/Berlin", calendar_named("XECB"))
