"""Amounts and times a word at a time say exactly what the regular expressions say."""

import random
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.amounts import amount_pattern, major_to_minor, minor_text, read_major, read_minor
from parsers.instants import DAY, read_clocks, read_days, read_iso_instants
from parsers.singles import FEW
from tieout.money import MINOR_MAX

ODD = [
    *("1e3", "+1", "1_000", "\uff11\uff12", "\u0663", "-", "--1", "1-", ".5", "5.", "1.2.3"),
    *(" 12", "12 ", "0x10", "NaN", "12}", "(1.00)", "1,00", "1:3", "1/3", "", "-.5", "1 2"),
    *("\u22121", "1\0", "9" * 30, "1.0000000000000000001", "4611686018427387904"),
]
_TEXTS = st.one_of(
    st.from_regex(r"\A-?[0-9]{1,20}(\.[0-9]{0,7})?\Z"),
    st.text("0123456789.-+e ,:/", max_size=18),
    st.sampled_from(ODD),
)


def alike(read: Callable[..., pl.Series], *columns: pl.Series) -> list[object]:
    """Return what a reader makes of a few rows, having seen that it says the same among many."""
    found = read(*columns).to_list()
    many = [pl.concat([one, one.clear(FEW)]) for one in columns]
    assert read(*many).to_list()[: len(found)] == found
    return found


def exactly(text: str, exponent: int) -> int | None:
    """Return what an amount is by the grammar, one at a time."""
    if not re.fullmatch(amount_pattern().strip("^$"), text):
        return None
    minor = Decimal(text).scaleb(exponent)
    if minor != minor.to_integral_value() or abs(minor) > MINOR_MAX or len(str(abs(minor))) > 60:
        return None
    return int(minor)


class TestMajorUnits:
    """Amounts with a point."""

    @given(st.lists(st.tuples(_TEXTS, st.sampled_from([0, 1, 2, 3, 4, 6])), max_size=60))
    @settings(max_examples=60, deadline=None)
    def test_are_what_the_grammar_says(self, rows: list[tuple[str, int]]) -> None:
        texts = pl.Series([text for text, _ in rows], dtype=pl.String)
        exponents = pl.Series([exponent for _, exponent in rows], dtype=pl.Int8)

        found = alike(read_major, texts, exponents)

        assert found == [exactly(*row) for row in rows]

    @given(st.lists(st.text("0123456789.,-", max_size=9), min_size=1, max_size=60))
    @settings(max_examples=60, deadline=None)
    def test_of_any_sender_are_the_same_in_few_rows_and_in_many(self, rows: list[str]) -> None:
        texts = pl.Series(rows, dtype=pl.String)
        exponents = pl.Series([2] * len(rows), dtype=pl.Int8)

        for thousands in ("", "."):
            read = partial(read_major, decimal=",", thousands=thousands, bare_fraction=True)
            assert len(alike(read, texts, exponents)) == len(rows)

    @pytest.mark.parametrize("text", ODD)
    def test_odd_ones_are_no_amounts(self, text: str) -> None:
        texts, exponents = pl.Series([text, "1.5"]), pl.Series([2, 2], dtype=pl.Int8)

        assert read_major(texts, exponents).to_list() == [None, 150]

    @pytest.mark.parametrize(("text", "minor"), [("-0", 0), ("-0.00", 0), ("007", 700)])
    def test_zeros_have_no_sign_and_no_meaning_in_front(self, text: str, minor: int) -> None:
        assert read_major(pl.Series([text]), pl.Series([2], dtype=pl.Int8)).to_list() == [minor]

    def test_absent_is_absent(self) -> None:
        texts = pl.Series([None, "1", "1"], dtype=pl.String)

        found = read_major(texts, pl.Series([2, None, 2], dtype=pl.Int8))

        assert found.to_list() == [None, None, 100]

    def test_a_mark_and_separators_of_the_sender(self) -> None:
        frame = pl.DataFrame({"text": ["1.234,5", "1234,50", "12.34,5", "1.5"]})

        minor = major_to_minor(pl.col("text"), pl.lit(2), decimal=",", thousands=".")

        assert frame.select(minor).to_series().to_list() == [123450, 123450, None, None]

    def test_more_rows_than_are_worked_on_at_once(self) -> None:
        rolls = random.Random(7)
        minors = [rolls.randrange(-(10**12), 10**12) for _ in range(40_000)]
        texts = [f"{'-' * (one < 0)}{abs(one) // 100}.{abs(one) % 100:02}" for one in minors]

        found = read_major(pl.Series(texts), pl.Series([2], dtype=pl.Int8))

        assert found.to_list() == minors


class TestMinorUnits:
    """Whole numbers."""

    @given(st.lists(_TEXTS, max_size=60))
    @settings(max_examples=50, deadline=None)
    def test_are_what_the_grammar_says(self, texts: list[str]) -> None:
        found = alike(read_minor, pl.Series(texts, dtype=pl.String))

        whole = [text if re.fullmatch("-?[0-9]+", text) else "" for text in texts]
        assert found == [exactly(text, 0) for text in whole]

    def test_of_an_empty_column_are_none(self) -> None:
        frame = pl.DataFrame({"text": []}, schema={"text": pl.String})

        assert frame.select(minor_text(pl.col("text"))).height == 0


_DATES = st.one_of(
    st.from_regex(r"\A(18|19|20|21|22)[0-9]{2}[-/][01][0-9][-/][0-3][0-9]([T x].{0,9})?\Z"),
    st.text("0123456789-/T: \uff11", max_size=22),
)
_TIMES = st.from_regex(
    r"\A(19|20)[0-9]{2}[-/][01][0-9][-/][0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]"
    r"(\.[0-9]{1,6})?(Z|[+-][0-2][0-9]:?[0-6][0-9])?\Z"
)


class TestDatesAndTimes:
    """Days and instants."""

    @given(st.lists(_DATES, max_size=60))
    @settings(max_examples=60, deadline=None)
    def test_days_are_what_the_expression_says(self, texts: list[str]) -> None:
        column = pl.Series(texts, dtype=pl.String)

        found = alike(read_days, column)

        parts = pl.col("").str.extract_groups(f"^{DAY}(?:[T ].*)?$").struct
        iso = pl.concat_str(*(parts.field(one) for one in "123"), separator="-")
        wanted = column.to_frame().select(iso.str.to_date("%Y-%m-%d", strict=False))
        assert found == wanted.to_series().to_list()

    @given(st.lists(st.one_of(_TIMES, _DATES), max_size=60))
    @settings(max_examples=60, deadline=None)
    def test_each_instant_is_read_as_if_it_stood_alone(self, texts: list[str]) -> None:
        together = alike(read_iso_instants, pl.Series(texts, dtype=pl.String))

        # An odd text beside it sends a column through the expression; alone it may be a word.
        alone = [read_iso_instants(pl.Series([one])).to_list()[0] for one in texts]
        assert together == alone

    @given(st.lists(st.one_of(_TIMES, _DATES), max_size=60))
    @settings(max_examples=60, deadline=None)
    def test_clocks_are_the_same_in_few_rows_and_in_many(self, texts: list[str]) -> None:
        found = alike(read_clocks, pl.Series(texts, dtype=pl.String))

        assert len(found) == len(texts)

    @pytest.mark.parametrize(
        "text",
        [
            "0000-01-01T10:00:00",
            "0001-01-01T10:00:00+1100",
            "9999-12-31T23:59:59-0100",
            "2026-06-30T23:59:60",
        ],
    )
    def test_what_is_hardly_a_time_is_the_same_too(self, text: str) -> None:
        column = pl.Series([text, "2026-03-02T14:05:06"])

        for read in (read_days, read_clocks, read_iso_instants):
            assert alike(read, column)[1] is not None

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("2026-03-02T14:05:06", "2026-03-02 14:05:06"),
            ("2026-03-02 14:05:06Z", "2026-03-02 14:05:06"),
            ("2026-03-02T14:05:06+01:00", "2026-03-02 13:05:06"),
            ("2026-03-02T14:05:06.5-0530", "2026-03-02 19:35:06.500000"),
            ("2026-02-29T14:05:06", None),
            ("2026-03-02T24:05:06", None),
            ("2026/03/02T14:05:06", None),
            ("2026-03-02", None),
        ],
    )
    def test_iso_instants_are_in_utc(self, text: str, wanted: str | None) -> None:
        found = read_iso_instants(pl.Series([text])).to_list()[0]

        assert (found and str(found.replace(tzinfo=None))) == wanted

    def test_clocks_are_what_a_text_begins_with(self) -> None:
        texts = ["2026/03/02 14:05:06 -0700", "2026-03-02T14:05:06.123", "2026-03-02", None]

        found = read_clocks(pl.Series(texts, dtype=pl.String)).dt.to_string("%H:%M:%S").to_list()

        assert found == ["14:05:06", "14:05:06", None, None]
