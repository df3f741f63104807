"""P7: sums without references. Counted exactly, never decided."""

import itertools
import random
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchers.subset_sums import BITS_MAX, ITEMS_MAX, solve
from tests.matchers.builders import DAY, a_leg, exact, line, matched, the_match
from tieout.errors import UsageError

SUBSET = {"type": "subset", "key": ["currency"], "parts": "left", "days": 2}
LEG = a_leg(exact(), SUBSET)
AMOUNTS = st.lists(st.integers(-30, 30).filter(bool), max_size=9)


class TestSolve:
    """Every subset is counted, none twice."""

    @given(AMOUNTS, st.integers(-60, 60))
    def test_agrees_with_looking_at_every_subset(self, amounts: list[int], target: int) -> None:
        every = [
            chosen
            for size in range(1, len(amounts) + 1)
            for chosen in itertools.combinations(range(len(amounts)), size)
            if sum(amounts[place] for place in chosen) == target
        ]

        found = solve(amounts, target)

        assert found.status == ("none", "unique", "several")[min(len(every), 2)]
        assert set(found.subsets) <= set(every)
        assert len(found.subsets) == min(len(every), 3)

    def test_two_hundred_amounts_are_counted(self) -> None:
        drawn = random.Random(7)
        amounts = [drawn.randint(100, 20_000) for _ in range(200)]
        target = sum(drawn.sample(amounts, 100))

        found = solve(amounts, target)

        assert found.status == "several"
        assert {sum(amounts[place] for place in one) for one in found.subsets} == {target}

    def test_the_few_that_are_missing_are_found_from_the_other_end(self) -> None:
        amounts = [2**place for place in range(20, 60)]

        found = solve(amounts, sum(amounts) - amounts[3] - amounts[7])

        assert found.status == "unique"
        assert set(range(40)) - set(found.subsets[0]) == {3, 7}

    @pytest.mark.parametrize(
        "amounts", [[1] * (ITEMS_MAX + 1), [2 * BITS_MAX + 1, 2 * BITS_MAX + 3, 2 * BITS_MAX + 8]]
    )
    def test_what_costs_too_much_is_not_guessed(self, amounts: list[int]) -> None:
        found = solve(amounts, sum(amounts[:1]))

        assert (found.status, found.subsets) == ("budget", ())

    def test_an_amount_of_zero_is_refused(self) -> None:
        with pytest.raises(ValueError, match="amount of 0"):
            solve([1, 0], 1)


class TestPass:
    """Deposits that pay several items without naming them."""

    def test_the_only_lines_that_fit_are_proposed(self) -> None:
        ours = [line("a", "R1", 700), line("b", "R2", 55), line("c", "R3", 9)]

        found = the_match(matched(ours, [line("x", None, 764)], LEG))

        assert (found["pass"], found["status"], found["cardinality"]) == ("P7", "proposed", "n:1")
        assert found["evidence_class"] == "C"
        assert "3 lines come to 7.64 EUR, and no others do" in found["evidence"]

    def test_without_another_sign_it_is_only_plausible(self) -> None:
        ours = [line("a", "R1", 700), line("b", "R2", 55), line("c", "R3", 9)]

        result = matched(ours, [line("x", None, 755)], LEG)

        assert the_match(result)["evidence_class"] == "D"
        assert "no other sign agrees" in the_match(result)["evidence"]

    def test_several_sets_that_fit_are_a_break_that_names_them(self) -> None:
        ours = [line("a", "R1", 30), line("b", "R2", 20), line("c", "R3", 10)]

        result = matched(ours, [line("x", None, 30)], LEG)

        found = result.breaks.row(by_predicate=pl.col("reason") == "amb_sum", named=True)
        assert found["right_ids"] == ["x"]
        assert "one of several: a; or b + c" in found["explanation"]
        assert result.matches.is_empty()

    def test_lines_that_two_deposits_claim_are_nobodys(self) -> None:
        ours = [line("a", "R1", 30), line("b", "R2", 7)]

        result = matched(ours, [line("x", None, 37), line("y", None, 37)], LEG)

        assert result.matches.is_empty()
        assert set(result.breaks["reason"]) >= {"amb_sum"}

    def test_one_line_alone_is_no_set(self) -> None:
        ours = [line("a", "R1", 100), line("b", "R2", 37)]

        result = matched(ours, [line("x", None, 100)], LEG)

        assert result.matches.is_empty()

    def test_beside_batches_it_is_refused(self) -> None:
        with pytest.raises(UsageError, match="compares whole batches, a subset pass single lines"):
            a_leg({"type": "batch", "key": ["batch_ref"]}, SUBSET)

    def test_lines_too_far_away_in_time_do_not_count(self) -> None:
        ours = [line("a", "R1", 30), line("b", "R2", 7, business_date=DAY - timedelta(days=14))]

        result = matched(ours, [line("x", None, 37)], LEG)

        assert result.matches.is_empty()

    def test_never_confirms_and_never_proposes_where_two_sets_fit(self) -> None:
        drawn = random.Random(20260302)
        wrong = []
        for turn in range(10_000):
            amounts = [drawn.randint(1, 60) for _ in range(8)]
            planted = drawn.sample(range(8), 4)
            target = sum(amounts[place] for place in planted)
            fits = sum(
                sum(chosen) == target
                for size in range(1, 9)
                for chosen in itertools.combinations(amounts, size)
            )
            if fits > 1 and solve(amounts, target).status != "several":
                wrong.append(turn)

        assert wrong == []


class TestDates:
    """Proposals that wait."""

    def test_a_deposit_that_may_wait_is_no_break_yet(self) -> None:
        ours = [line("a", "R1", 30), line("b", "R2", 20), line("c", "R3", 10)]
        later = date(2026, 3, 20)

        result = matched(ours, [line("x", None, 30, due_date=later)], LEG)

        assert "amb_sum" not in set(result.breaks["reason"])
