"""Values of declared files: read one by one or a whole column at a time, they are the same."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.declared.forms import day_form
from parsers.declared.texts import Texts
from parsers.declared.values import (
    UNKNOWN,
    Exponents,
    Minors,
    own_exponents,
    read_amounts,
    read_currencies,
)
from parsers.singles import FEW

_MARKS = st.sampled_from([(".", ""), (",", "."), (".", ",")])
_NUMBERS = st.from_regex(r"-?[0-9]{1,16}([.,][0-9]{0,4})?", fullmatch=True)
_AMOUNTS = st.lists(st.one_of(_NUMBERS, st.text("0123456789.,-+e ", max_size=22)), max_size=12)
_FORMS = st.sampled_from(
    ["%Y-%m-%d", "%d.%m.%Y", "%Y%m%d", "%d%m%Y", "%y%m%d", "%d %b %Y", "%Y-%j"]
)
_DAYS = st.lists(
    st.one_of(
        st.dates().map(lambda day: day.strftime("%Y-%m-%d")),
        st.from_regex(r"[0-9]{1,4}[-. ]?([0-9]{1,2}|Nov)[-. ]?[0-9]{0,4}", fullmatch=True),
    ),
    max_size=12,
)


def many(texts: list[str]) -> Texts:
    """Return the texts, and so many others that they are read as a column."""
    return Texts.of(pl.Series([*texts, *["1"] * FEW], dtype=pl.String))


def amounts_of(texts: Texts, exponents: Exponents, decimal: str, thousands: str) -> Minors:
    marks = {"decimal": decimal, "thousands": thousands}
    found, wrong = read_amounts(texts, exponents, are_minor=False, **marks)
    given = texts.is_given & (exponents != UNKNOWN)
    assert (wrong == (given & (found.column().is_null().to_numpy()))).all()
    return found


class TestOneByOne:
    """Against a column."""

    @given(_AMOUNTS, _MARKS, st.sampled_from([0, 2, 3, UNKNOWN]))
    @settings(max_examples=150, deadline=None)
    def test_amounts_are_the_same(
        self, texts: list[str], marks: tuple[str, str], exponent: int
    ) -> None:
        few = np.full(len(texts), exponent, dtype=np.int8)
        column = np.full(len(texts) + FEW, exponent, dtype=np.int8)

        alone = amounts_of(Texts.listed(texts), few, *marks)
        together = amounts_of(many(texts), column, *marks)

        assert alone.column().to_list() == together.column().to_list()[: len(texts)]

    @given(_DAYS, _FORMS)
    @settings(max_examples=150, deadline=None)
    def test_days_are_the_same(self, texts: list[str], form: str) -> None:
        alone, wrong = day_form(form).read(Texts.listed(texts))
        together, also_wrong = day_form(form).read(many(texts))

        assert alone.to_list() == together.to_list()[: len(texts)]
        assert wrong.tolist() == also_wrong.tolist()[: len(texts)]

    @pytest.mark.parametrize(
        "texts", [["EUR", "JPY", "KWD"], ["eur", "XXY", "", "EU", "E1R", "ÄUR"]]
    )
    def test_currencies_are_the_same(self, texts: list[str]) -> None:
        column = Texts.of(pl.Series([*texts, *["USD"] * FEW]))

        alone, together = read_currencies(Texts.listed(texts)), read_currencies(column)

        assert alone.codes.to_list() == together.codes.to_list()[: len(texts)]
        assert alone.exponents.tolist() == together.exponents.tolist()[: len(texts)]
        assert alone.are_codes.tolist() == together.are_codes.tolist()[: len(texts)]

    def test_own_exponents_are_the_same(self) -> None:
        texts = ["0", "6", "7", "", "12", "x"]
        iso = np.full(len(texts) + FEW, 2, dtype=np.int8)

        alone = own_exponents(Texts.listed(texts), iso[: len(texts)])
        together = own_exponents(many(texts), iso)

        assert alone.tolist() == together.tolist()[: len(texts)] == [0, 6, 2, 2, 2, 2]

    @pytest.mark.parametrize("longest", ["Sale", "Chargeback", "Reversal of a sale"])
    def test_words_are_the_same(self, longest: str) -> None:
        words = {"": 0, "S": 1, "Sale": 2, "Rückgabe": 3, longest: 4}
        texts = ["S", "", "Sale", "Sal", "Rückgabe", longest, longest[:-1], longest[1:], "x" * 9]

        alone, together = Texts.listed(texts).codes(words), many(texts).codes(words)

        assert alone.tolist() == together.tolist()[: len(texts)]
        assert alone[texts.index(longest)] == 4
