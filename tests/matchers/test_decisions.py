"""Decisions and the record of a rule, on frames: order, precedence, bounds."""

import polars as pl
import pytest

from matchers import DECISIONS, Record
from matchers.engine import match_leg
from tests.matchers.builders import DAY, a_leg, exact, lines


def decided(*rows: tuple[int, str, str, str]) -> pl.DataFrame:
    whole = [(number, verdict, f"D-{number}", side, name) for number, verdict, side, name in rows]
    return pl.DataFrame(whole, schema=DECISIONS, orient="row")


LEFT = lines(
    {"record_id": "l1", "scheme_ref": "X", "amount_minor": 5},
    {"record_id": "l2", "scheme_ref": "Y", "amount_minor": 5},
)
RIGHT = lines(
    {"record_id": "r1", "scheme_ref": "X", "amount_minor": 5},
    {"record_id": "r2", "scheme_ref": "Z", "amount_minor": 5},
)
PLAN = a_leg(exact())


def outcome_of(decisions: pl.DataFrame | None, **more: object) -> dict[str, tuple[str, str | None]]:
    found = match_leg(LEFT, RIGHT, PLAN, as_of=DAY, decisions=decisions, **more)  # type: ignore[arg-type]
    rows = found.outcomes.select("record_id", "outcome", "match_id").rows()
    return {name: (outcome, match) for name, outcome, match in rows}


class TestDecisions:
    """Above every pass; of two the earlier one; in any order."""

    def test_lines_that_belong_together_are_taken_before_an_exact_pass(self) -> None:
        found = outcome_of(decided((1, "together", "left", "l1"), (1, "together", "right", "r2")))

        assert found["l1"] == found["r2"] == ("matched", "leg:l1")
        assert found["r1"][0] == "break"

    def test_a_decision_with_a_line_that_is_not_here_says_nothing(self) -> None:
        decisions = decided((1, "together", "left", "l1"), (1, "together", "right", "gone"))

        assert outcome_of(decisions) == outcome_of(None)

    def test_of_two_decisions_about_a_line_the_earlier_counts(self) -> None:
        rows = [
            (2, "together", "left", "l1"),
            (2, "together", "right", "r2"),
            (1, "together", "left", "l2"),
            (1, "together", "right", "r2"),
        ]

        assert outcome_of(decided(*rows)) == outcome_of(decided(*reversed(rows)))
        assert outcome_of(decided(*rows))["l2"][0] == "matched"
        assert outcome_of(decided(*rows))["l1"] == ("matched", "leg:l1")

    def test_lines_set_apart_become_two_breaks_and_not_one(self) -> None:
        result = match_leg(
            LEFT,
            RIGHT,
            PLAN,
            as_of=DAY,
            decisions=decided((1, "apart", "left", "l1"), (1, "apart", "right", "r1")),
        )

        assert result.matches.is_empty()
        assert sorted(result.breaks["reason"].unique()) == ["miss_internal", "miss_scheme"]


class TestRecord:
    """Wilson's lower bound, and what follows from it."""

    @pytest.mark.parametrize(
        ("stood", "undone", "bound"),
        [(0, 0, 0.0), (1, 0, 0.206), (1, 1, 0.094), (500, 0, 0.992), (9999, 1, 0.9994)],
    )
    def test_bound(self, stood: int, undone: int, bound: float) -> None:
        assert Record(stood, undone).lower_bound == pytest.approx(bound, abs=0.001)

    def test_nothing_undone_never_demotes_and_one_in_ten_thousand_does_not_either(self) -> None:
        assert not Record(3, 0).is_demoted
        assert not Record(9999, 1).is_demoted
        assert Record(500, 1).is_demoted

    def test_a_demoted_pass_proposes(self) -> None:
        found = outcome_of(None, records={"P1": Record(10, 5)})

        assert found["l1"] == ("proposed", "leg:l1")

    def test_a_promoted_pass_confirms(self) -> None:
        plan = a_leg({"type": "window"})
        left, right = LEFT.head(1), RIGHT.tail(1)
        records = {"P6": Record(4000, 0)}

        before = match_leg(left, right, plan, as_of=DAY)
        after = match_leg(left, right, plan, as_of=DAY, records=records)

        assert before.outcomes["outcome"].to_list() == ["proposed", "proposed"]
        assert after.outcomes["outcome"].to_list() == ["matched", "matched"]
