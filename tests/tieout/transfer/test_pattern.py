"""File names and the dates in them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import UsageError
from tieout.transfer.pattern import NamePattern

CLEARING = NamePattern("clearing_{date:%Y%m%d}.ipm")


class TestNamePattern:
    """Exactly the names of a feed, exactly their dates."""

    @pytest.mark.parametrize(
        ("pattern", "name"),
        [
            ("clearing_{date:%Y%m%d}.ipm", "clearing_20261102.ipm"),
            ("{date:%d.%m.%Y}.sta", "02.11.2026.sta"),
            ("T112.{date:%y%j}.001", "T112.26306.001"),
            ("advice({date:%Y-%m-%d})+[1].csv", "advice(2026-11-02)+[1].csv"),
        ],
    )
    def test_name_and_date_are_each_others_inverse(self, pattern: str, name: str) -> None:
        day = date(2026, 11, 2)

        assert NamePattern(pattern).find_date(name) == day
        assert NamePattern(pattern).name_for(day) == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "clearing_20261102.ipm ",
            "clearing_20261102.ipm\n",
            "clearing_2026112.ipm",
            "clearing_20261102xipm",
            "clearing_20261345.ipm",
            "clearing_00000000.ipm",
            "clearing_２０２６１１０２.ipm",  # noqa: RUF001 - digits that are not ASCII
            "../clearing_20261102.ipm",
            "clearing_20261102.ipm.part",
        ],
    )
    def test_anything_else_is_not_of_the_feed(self, name: str) -> None:
        assert CLEARING.find_date(name) is None

    @given(st.dates())
    def test_every_date_comes_back(self, day: date) -> None:
        if day.year >= 1000:  # strftime writes smaller years with fewer digits
            assert CLEARING.find_date(CLEARING.name_for(day)) == day

    @given(st.text(max_size=40))
    def test_no_name_breaks_it(self, name: str) -> None:
        assert CLEARING.find_date(name) is None or name.isascii()

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("clearing.ipm", "exactly once"),
            ("{date:%Y}{date:%m%d}.ipm", "exactly once"),
            ("{date:%Y%B%d}.ipm", "'%B'"),
            ("{date:%Y%}.ipm", "'%'"),
            ("{date:%Y%m}.ipm", "which day"),
            ("{date:}.ipm", "which day"),
            ("in/{date:%Y%m%d}.ipm", "which day"),
        ],
    )
    def test_an_unusable_pattern_says_why(self, text: str, why: str) -> None:
        with pytest.raises(UsageError, match=why):
            NamePattern(text)
