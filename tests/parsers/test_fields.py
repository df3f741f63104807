"""Fields of fixed-width records: a few of them and many are read alike."""

from collections.abc import Callable
from functools import partial

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.fields import (
    compact_days,
    cut_raw,
    cut_texts,
    implied_minor,
    join_texts,
    overpunched,
    signed_number,
)
from parsers.singles import FEW

_TEXTS = st.text("0123456789{}AJR -+é\xa0\x1c\u0663", max_size=20)
_DIGITS = st.from_regex(r"\A[0-9]{0,20}\Z")
_OVERPUNCHED = st.from_regex(r"\A[0-9]{0,18}[{}A-R]?\Z")


def alike(read: Callable[..., pl.Series], *columns: pl.Series) -> list[object]:
    """Return what a reader makes of a few rows, having seen that it says the same among many."""
    found = read(*columns).to_list()
    many = [pl.concat([one, one.clear(FEW)]) for one in columns]
    assert read(*many).to_list()[: len(found)] == found
    return found


def strings(*values: str | None) -> pl.Series:
    return pl.Series("text", values, dtype=pl.String)


class TestTexts:
    """What stands at a position."""

    @given(st.lists(st.one_of(st.none(), _TEXTS), max_size=30))
    @settings(max_examples=40, deadline=None)
    def test_are_the_same_among_many(self, rows: list[str | None]) -> None:
        column = strings(*rows)

        for first, last in ((1, 2), (3, 12), (15, 40)):
            stripped = alike(lambda one, at=(first, last): cut_texts(one, {"a": at})["a"], column)
            assert len(stripped) == len(rows)
            assert len(alike(partial(cut_raw, first=first, last=last), column)) == len(rows)

    def test_without_blanks_and_without_nothing(self) -> None:
        column = strings("ab  cd", "ab    ", "a", None)

        assert alike(lambda one: cut_texts(one, {"a": (3, 6)})["a"], column) == ["cd", *[None] * 3]
        assert alike(lambda one: cut_raw(one, 3, 6), column) == ["  cd", "    ", "", None]

    def test_are_joined_by_one_blank(self) -> None:
        left, right = strings("a  b", None, None), strings("c", "d", None)

        assert alike(join_texts, left, right) == ["a b c", "d", None]


class TestNumbers:
    """Signs and implied decimals."""

    @given(st.lists(st.tuples(st.sampled_from("012 "), st.one_of(_DIGITS, _TEXTS)), max_size=30))
    @settings(max_examples=40, deadline=None)
    def test_with_a_sign_beside_them_are_the_same_among_many(
        self, rows: list[tuple[str, str]]
    ) -> None:
        signs, digits = (strings(*(row[place] for row in rows)) for place in (0, 1))

        read = partial(signed_number, factors={"0": 1, "1": -1})
        assert len(alike(read, signs, digits)) == len(rows)

    @given(st.lists(st.one_of(_OVERPUNCHED, _TEXTS), max_size=30))
    @settings(max_examples=40, deadline=None)
    def test_with_a_sign_in_the_last_digit_are_the_same_among_many(self, rows: list[str]) -> None:
        assert len(alike(overpunched, strings(*rows))) == len(rows)

    @pytest.mark.parametrize(
        ("text", "number"), [("0012C", 123), ("12}", -120), ("12", None), ("{", 0), ("1 A", None)]
    )
    def test_carry_their_sign_in_the_last_digit(self, text: str, number: int | None) -> None:
        assert alike(overpunched, strings(text, None)) == [number, None]

    @given(
        st.lists(
            st.tuples(
                st.integers(-(10**18) + 1, 10**18 - 1),
                st.sampled_from([0, 2, 3, 9, None]),
                st.sampled_from([0, 2, 3, 4, None]),
            ),
            max_size=30,
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_with_implied_decimals_are_the_same_among_many(
        self, rows: list[tuple[int, int | None, int | None]]
    ) -> None:
        numbers = pl.Series([row[0] for row in rows], dtype=pl.Int64)
        decimals, places = (
            pl.Series([row[place] for row in rows], dtype=pl.Int8) for place in (1, 2)
        )

        assert len(alike(implied_minor, numbers, decimals, places)) == len(rows)

    def test_lose_no_decimal(self) -> None:
        numbers = pl.Series([123450, 123456, -123450, 5000])
        places = pl.Series([2, 2, 2, 0], dtype=pl.Int8)

        found = alike(lambda one, two: implied_minor(one, 3, two), numbers, places)

        assert found == [12345, None, -12345, 5]


class TestDays:
    """Six digits."""

    @given(
        st.lists(
            st.one_of(st.from_regex(r"\A([12][09])?[0-3][0-9][01][0-9]{3}\Z"), _TEXTS), max_size=30
        )
    )
    @settings(max_examples=40, deadline=None)
    def test_are_the_same_among_many(self, rows: list[str]) -> None:
        for order in ("dmy", "ymd", "Ymd"):
            assert len(alike(partial(compact_days, order=order), strings(*rows))) == len(rows)

    @pytest.mark.parametrize(
        ("text", "day"),
        [
            ("010203", "2003-02-01"),
            ("290225", None),
            ("311269", "2069-12-31"),
            ("311270", "1970-12-31"),
            (" 10203", None),
        ],
    )
    def test_are_days_of_the_calendar(self, text: str, day: str | None) -> None:
        found = alike(partial(compact_days, order="dmy"), strings(text))

        assert [found[0] and str(found[0])] == [day]
