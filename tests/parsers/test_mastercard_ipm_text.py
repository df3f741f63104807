"""Digits, dates and texts of whole columns, against the same done one at a time."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.mastercard_ipm.cards import Cards
from parsers.mastercard_ipm.text import ABSENT, NO_DATE, Text, as_dates
from tieout.references import ReferenceInvalid, fingerprint_pan, mask_pan

MARGIN = 128
ENCODINGS = ("latin-1", "cp037", "cp500")
KEY = b"a key of thirty-two bytes or so."


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


class TestCards:
    """Card numbers as they leave the parser."""

    NUMBERS = ("4111111111111111", "5555555555554444", "4222222222222", " 4111111111111111 ", "12")

    @pytest.mark.parametrize("numbers", [NUMBERS, NUMBERS[:3] * 20])
    def test_have_the_forms_of_the_references_module(self, numbers: tuple[str, ...]) -> None:
        text, at, lengths = padded(list(numbers), "cp500")

        found = Cards(KEY).protect(text, at, lengths)

        pans = [one.strip() if len(one) > 2 else None for one in numbers]
        assert found["pan_masked"].to_list() == [one and mask_pan(one) for one in pans]
        keyed = [one and fingerprint_pan(one, KEY) for one in pans]
        assert found["pan_fingerprint"].to_list() == keyed

    @pytest.mark.parametrize("key", [b"k" * 16, b"k" * 64, b"k" * 65, b"k" * 200])
    def test_are_keyed_with_keys_of_any_length(self, key: bytes) -> None:
        text, at, lengths = padded(["4111111111111111"], "cp500")

        found = Cards(key).protect(text, at, lengths)["pan_fingerprint"].to_list()

        assert found == [fingerprint_pan("4111111111111111", key)]

    def test_need_a_key_that_is_long_enough(self) -> None:
        text, at, lengths = padded(["4111111111111111"], "cp500")

        with pytest.raises(ReferenceInvalid):
            Cards(b"short").protect(text, at, lengths)
