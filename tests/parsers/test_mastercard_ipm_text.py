"""Digits, dates and texts of whole columns, against the same done one at a time."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.mastercard_ipm.text import ABSENT, NO_DATE, Text, as_dates

MARGIN = 128
ENCODINGS = ("latin-1", "cp037", "cp500")


def padded(texts: list[str], encoding: str) -> tuple[Text, np.ndarray, np.ndarray]:
    """Return texts one behind the other, and where each of them starts and how long it is."""
    lengths = np.array([len(one) for one in texts], dtype=np.int64)
    starts = MARGIN + np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.int64)
    data = bytes(MARGIN) + "".join(texts).encode(encoding) + bytes(MARGIN)
    return Text(bytearray(data), encoding), starts, lengths


def as_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


class TestNumbers:
    """Numbers of any width."""

    @given(
        width=st.integers(1, 18),
        texts=st.lists(st.text("0123456789 A/:@ÿ-", min_size=18, max_size=18), min_size=1),
        digits=st.lists(st.integers(0, 10**18 - 1), min_size=1),
        encoding=st.sampled_from(ENCODINGS),
    )
    @settings(max_examples=150, deadline=None)
    def test_are_those_of_python(
        self, width: int, texts: list[str], digits: list[int], encoding: str
    ) -> None:
        values = [one[:width] for one in [*texts, *(f"{number:018d}" for number in digits)]]
        text, at, _ = padded(values, encoding)

        found = text.number(at, width).tolist()

        assert found == [as_number(one) for one in values]

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_of_two_and_three_digits_are_those_of_python(self, encoding: str) -> None:
        values = [f"{one:03d}" for one in range(1000)] + ["1A2", "A12", "12A", "  1", "-12"]
        text, at, _ = padded(values, encoding)

        assert text.three_digits(at).tolist() == [as_number(one) for one in values]
        assert text.two_digits(at).tolist() == [as_number(one[:2]) for one in values]

    def test_are_none_where_nothing_stands(self) -> None:
        text, _, _ = padded(["1"], "cp500")

        found = [text.number(np.array([ABSENT]), width).tolist() for width in range(1, 19)]

        assert found == [[-1]] * 18


class TestDates:
    """Six digits YYMMDD."""

    def test_are_the_days_of_the_calendar(self) -> None:
        days = [date(2000, 1, 1) + timedelta(days=step) for step in range(0, 36525, 7)]
        texts = [f"{day:%y%m%d}" for day in days] + ["260230", "261301", "260100", "      "]
        text, at, _ = padded(texts, "cp500")

        found = text.days(at)

        assert as_dates(found).to_list() == [*days, None, None, None, None]
        assert (found[-4:] == NO_DATE).all()


class TestTexts:
    """Texts of any length."""

    @given(
        st.lists(st.text("AB1 \\É/ñ", max_size=30) | st.just("  "), min_size=1),
        st.sampled_from(ENCODINGS),
    )
    @settings(max_examples=150, deadline=None)
    def test_are_trimmed_and_null_when_blank(self, texts: list[str], encoding: str) -> None:
        text, at, lengths = padded(texts, encoding)

        found = text.texts(at, lengths).to_list()

        assert found == [one.strip(" ") or None for one in texts]

    def test_beyond_the_usual_width_are_whole(self) -> None:
        texts = ["A" * 300, "", "B", " C ", "É" * 150]
        text, at, lengths = padded(texts, "cp037")

        assert text.texts(at, lengths).to_list() == ["A" * 300, None, "B", "C", "É" * 150]

    def test_are_null_where_absent(self) -> None:
        text, at, lengths = padded(["AB", "CD"], "latin-1")

        found = text.texts(np.append(at, ABSENT), np.append(lengths, -1)).to_list()

        assert found == ["AB", "CD", None]
