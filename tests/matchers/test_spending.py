"""Tolerances spend from the day's limit; what exceeds it is a break."""

from datetime import timedelta

from matchers import LegPlan
from tests.matchers.builders import DAY, KEY, a_leg, exact, fates, line, matched

TOLERANCE = {"type": "tolerance", "key": KEY, "amount_minor": {"default": 5}}
GROUPED = {"type": "grouped", "key": ["rrn", "currency"], "amount_minor": {"default": 5}}


def leg(limit: int | None) -> LegPlan:
    limits = {} if limit is None else {"tolerance_limit_minor": {"EUR": limit}}
    return a_leg(exact(), TOLERANCE, GROUPED, **limits)


OURS = [line("a", "R1", 100), line("b", "R2", 100), line("c", "R3", 100)]
THEIRS = [line("x", "R1", 103), line("y", "R2", 98), line("z", "R3", 105)]


class TestLimit:
    """Differences of 3, 2 and 5 cents."""

    def test_the_small_differences_come_first(self) -> None:
        result = matched(OURS, THEIRS, leg(5))

        assert fates(result) == {
            **dict.fromkeys("abxy", "matched"),
            **dict.fromkeys("cz", "round_exceeded"),
        }
        assert (
            "it does not fit into what is left of 0.05 EUR a day" in result.breaks["explanation"][0]
        )
        assert result.breaks["at_risk_minor"].to_list() == [5]

    def test_what_was_spent_is_proved_against_the_limit(self) -> None:
        spent = matched(OURS, THEIRS, leg(5)).proof.tolerance

        assert spent.rows() == [("P2", "EUR", 2, 5, 5)]

    def test_without_a_limit_it_is_counted_all_the_same(self) -> None:
        result = matched(OURS, THEIRS, leg(None))

        assert set(fates(result).values()) == {"matched"}
        assert result.proof.tolerance.rows() == [("P2", "EUR", 3, 10, None)]

    def test_all_tolerances_of_a_leg_spend_from_one_limit(self) -> None:
        ours = [*OURS[:1], line("p", "S1", 60, rrn="7"), line("q", "S2", 40, rrn="7")]
        theirs = [*THEIRS[:1], line("w", "T1", 104, rrn="7")]

        result = matched(ours, theirs, leg(6))

        assert fates(result) == {
            **dict.fromkeys("ax", "matched"),
            **dict.fromkeys("pqw", "round_exceeded"),
        }
        assert matched(ours, theirs, leg(7)).breaks.is_empty()

    def test_nothing_may_be_absorbed_with_a_limit_of_zero(self) -> None:
        result = matched(OURS[:1], THEIRS[:1], leg(0))

        assert set(fates(result).values()) == {"round_exceeded"}

    def test_what_is_late_spends_nothing(self) -> None:
        late = a_leg(exact(), TOLERANCE, tolerance_limit_minor={"EUR": 5}, late_after_days=1)
        theirs = [
            line("x", "R1", 104, business_date=DAY + timedelta(days=4)),
            line("y", "R2", 105),
        ]

        result = matched(OURS[:2], theirs, late)

        assert fates(result) == {
            **dict.fromkeys("ax", "date_late_presentment"),
            **dict.fromkeys("by", "matched"),
        }
        assert result.proof.tolerance.rows() == [("P2", "EUR", 1, 5, 5)]
