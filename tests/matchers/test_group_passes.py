"""Passes that compare sums, and what is left over: grouped, batch, window, remainder."""

from datetime import date

import polars as pl
import pytest

from matchers import match_leg
from tests.matchers.builders import (
    DAY,
    a_leg,
    exact,
    fates,
    line,
    lines,
    matched,
    the_break,
    the_match,
)
from tieout.errors import IntegrityError, UsageError

TUESDAY = date(2026, 3, 3)
GROUPED = {"type": "grouped", "key": ["rrn", "kind", "currency"]}
WINDOW = {"type": "window", "key": ["currency", "amount_minor"], "days": 3}
BATCH = {"type": "batch", "key": ["batch_ref", "currency"]}


class TestGrouped:
    """P4: whole keys by their sums."""

    LEG = a_leg(exact(), GROUPED)

    def test_parts_that_sum_to_the_whole_match(self) -> None:
        theirs = [line("x", "X1", 60, rrn="7"), line("y", "X2", 40, rrn="7")]

        found = the_match(matched([line("a", "R1", 100, rrn="7")], theirs, self.LEG))

        assert (found["pass"], found["evidence_class"], found["cardinality"]) == ("P4", "B", "1:n")

    def test_several_on_both_sides_match_as_a_whole(self) -> None:
        ours = [line("a", "R1", 70, rrn="7"), line("b", "R2", 30, rrn="7")]
        theirs = [line("x", "X1", 60, rrn="7"), line("y", "X2", 40, rrn="7")]

        assert the_match(matched(ours, theirs, self.LEG))["cardinality"] == "n:m"

    @pytest.mark.parametrize(
        ("second", "reason", "at_risk"), [(30, "split_incomplete", -10), (50, "split_over", 10)]
    )
    def test_parts_that_do_not_sum_are_one_break(
        self, second: int, reason: str, at_risk: int
    ) -> None:
        theirs = [line("x", "X1", 60, rrn="7"), line("y", "X2", second, rrn="7")]

        found = the_break(matched([line("a", "R1", 100, rrn="7")], theirs, self.LEG))

        assert (found["reason"], found["at_risk_minor"]) == (reason, at_risk)
        assert (found["left_ids"], found["right_ids"]) == (["a"], ["x", "y"])

    def test_the_whole_may_stand_on_the_right(self) -> None:
        ours = [line("a", "R1", 60, rrn="7"), line("b", "R2", 30, rrn="7")]

        found = the_break(matched(ours, [line("x", "X1", 100, rrn="7")], self.LEG))

        assert (found["reason"], found["at_risk_minor"]) == ("split_incomplete", 10)

    def test_missing_parts_wait_as_long_as_the_whole_may_wait(self) -> None:
        whole = line("a", "R1", 100, rrn="7", due_date=TUESDAY)
        theirs = [line("x", "X1", 60, rrn="7"), line("y", "X2", 30, rrn="7")]

        result = matched([whole], theirs, self.LEG)

        assert set(fates(result).values()) == {"carried"}
        assert result.breaks.is_empty()

    def test_one_line_on_each_side_is_no_split(self) -> None:
        result = matched([line("a", "R1", 100, rrn="7")], [line("x", "X1", 90, rrn="7")], self.LEG)

        assert fates(result) == {"a": "miss_scheme", "x": "miss_internal"}


class TestBatch:
    """P5: a batch and its payout."""

    LEG = a_leg(BATCH, WINDOW, left_missing="miss_bank", right_missing="miss_advice")
    LINES = (
        line("a", "R1", 10000, batch_ref="P1", fee_minor=-150, net_minor=9850),
        line("b", "R2", -2000, batch_ref="P1", kind="refund", net_minor=-2000),
        line("c", "R3", -500, batch_ref="P1", kind="chargeback", fee_minor=-15, net_minor=-515),
        line("p", None, 7335, batch_ref="P1", kind="payout"),
    )

    def test_the_lines_of_a_batch_come_to_what_was_paid(self) -> None:
        result = matched(
            self.LINES, [line("x", None, 7335, batch_ref="P1", kind="payout")], self.LEG
        )

        found = the_match(result)
        assert (found["pass"], found["evidence_class"], found["residual_minor"]) == ("P5", "A", 0)
        assert found["cardinality"] == "n:1"
        assert found["evidence"] == (
            "sales 100.00 EUR + refunds -20.00 EUR + chargebacks -5.00 EUR + fees -1.65 EUR "
            "+ adjustments 0.00 EUR = 73.35 EUR paid."
        )
        assert fates(result)["p"] == "excluded"
        assert result.members["allocated_minor"].to_list() == [9850, -2000, -515, 7335]

    def test_a_payout_in_two_parts_matches(self) -> None:
        theirs = [line("x", None, 7000, batch_ref="P1"), line("y", None, 335, batch_ref="P1")]

        assert the_match(matched(self.LINES, theirs, self.LEG))["cardinality"] == "n:m"

    def test_a_difference_is_one_break_with_every_line(self) -> None:
        result = matched(self.LINES, [line("x", None, 7235, batch_ref="P1")], self.LEG)

        found = the_break(result)
        assert (found["reason"], found["at_risk_minor"]) == ("net_residual", -100)
        assert found["left_ids"] == ["a", "b", "c"]
        assert "difference -1.00 EUR" in found["explanation"]

    def test_a_batch_that_the_bank_does_not_show_is_one_break(self) -> None:
        result = matched(self.LINES, [], self.LEG)

        found = the_break(result)
        assert (found["reason"], found["at_risk_minor"]) == ("miss_bank", 7335)
        assert found["left_ids"] == ["a", "b", "c"]

    def test_a_batch_waits_until_its_last_line_is_due(self) -> None:
        waiting = [*self.LINES[:2], {**self.LINES[2], "due_date": TUESDAY}]

        assert set(fates(matched(waiting, [], self.LEG)).values()) == {"carried"}

    def test_money_without_a_batch_is_missing_its_advice(self) -> None:
        result = matched([], [line("x", None, 100, batch_ref="P9")], self.LEG)

        assert fates(result) == {"x": "miss_advice"}

    def test_a_payout_without_its_reference_is_proposed_by_its_sum(self) -> None:
        result = matched(self.LINES, [line("x", None, 7335)], self.LEG)

        found = the_match(result)
        assert (found["status"], found["evidence_class"], found["pass"]) == ("proposed", "C", "P6")
        assert found["cardinality"] == "n:1"
        assert fates(result)["a"] == "proposed"

    def test_zero_and_negative_payouts_are_ordinary(self) -> None:
        ours = [line("a", "R1", 100, batch_ref="P1"), line("b", "R2", -300, batch_ref="P1")]

        result = matched(ours, [line("x", None, -200, batch_ref="P1")], self.LEG)

        assert the_match(result)["left_minor"] == -200


class TestWindow:
    """P6: unique by amount and date."""

    LEG = a_leg(exact(), WINDOW)

    def test_proposes_the_only_two_lines_of_an_amount(self) -> None:
        theirs = line("x", "OTHER", 100, business_date=date(2026, 3, 5))

        found = the_match(matched([line("a", "R1", 100)], [theirs], self.LEG))

        assert (found["status"], found["evidence_class"]) == ("proposed", "C")

    def test_does_not_reach_beyond_its_days(self) -> None:
        theirs = line("x", "OTHER", 100, business_date=date(2026, 3, 6))

        result = matched([line("a", "R1", 100)], [theirs], self.LEG, as_of=date(2026, 3, 6))

        assert fates(result) == {"a": "miss_scheme", "x": "miss_internal"}

    def test_a_weekend_is_no_distance(self) -> None:
        ours = line("a", "R1", 100, business_date=date(2026, 2, 27))
        theirs = line("x", "OTHER", 100, business_date=date(2026, 3, 4))

        assert fates(matched([ours], [theirs], self.LEG))["a"] == "proposed"

    def test_several_candidates_wait_while_one_of_them_may(self) -> None:
        ours = [line("a", "R1", 100, due_date=TUESDAY), line("b", "R2", 100)]

        result = matched(ours, [line("x", "OTHER", 100)], self.LEG)

        assert fates(result) == {"a": "carried", "b": "miss_scheme", "x": "miss_internal"}


class TestRemainder:
    """P10: carried, or a break with its reason."""

    LEG = a_leg(
        exact(),
        left_kinds=["sale", "refund"],
        missing_by_kind={"chargeback": "cbk_new", "refund": "rev_orphan"},
    )

    def test_a_line_that_is_not_due_is_carried(self) -> None:
        result = matched([line("a", "R1", 100, due_date=TUESDAY)], [], self.LEG)

        assert fates(result) == {"a": "carried"}
        assert result.outcomes["pass"].to_list() == [None]

    def test_a_line_whose_file_is_missing_is_carried_however_old(self) -> None:
        ours = line("a", "R1", 100, due_date=date(2026, 1, 2), is_awaiting_file=True)

        assert fates(matched([ours], [], self.LEG)) == {"a": "carried"}

    def test_the_kind_of_a_right_line_names_its_reason(self) -> None:
        theirs = [
            line("x", "R1", -100, kind="chargeback"),
            line("y", "R2", -100, kind="refund"),
            line("z", "R3", 100),
        ]

        assert fates(matched([], theirs, self.LEG)) == {
            "x": "cbk_new",
            "y": "rev_orphan",
            "z": "miss_internal",
        }

    def test_lines_that_take_no_part_are_excluded_and_still_counted(self) -> None:
        ours = [line("a", "R1", 100, kind="fee"), line("b", "R2", 100, is_booked=False)]

        result = matched(ours, [], self.LEG)

        assert fates(result) == {"a": "excluded", "b": "excluded"}
        assert result.proof.files.row(0, named=True)["minor_out"] == 200

    def test_the_anchor_is_the_line_that_was_seen_first(self) -> None:
        ours = line("a", "R1", 100, first_seen_date=DAY)
        theirs = line("x", "R1", 90, first_seen_date=date(2026, 2, 27))

        found = the_break(matched([ours], [theirs], self.LEG))

        assert found["break_id"] == "leg:x"
        assert found["first_seen_date"] == date(2026, 2, 27)

    def test_an_id_that_both_sides_use_keeps_the_breaks_apart(self) -> None:
        result = matched([line("1", "R1", 100)], [line("1", "R2", 50)], self.LEG)

        assert result.breaks["break_id"].to_list() == ["leg:1", "leg:1@right"]

    def test_frames_in_several_chunks_are_matched_like_any_other(self) -> None:
        many = [lines(line(f"a{n}", f"R{n}", 100)) for n in range(9)]
        ours = pl.concat([*many, lines(line("b", "R", 1), line("c", "S", 1))], rechunk=False)

        result = match_leg(ours, lines(line("x", "R8", 100)), self.LEG, as_of=DAY)

        assert ours.n_chunks() > 1
        assert result.breaks.height == 10

    def test_two_empty_sides_give_an_empty_result(self) -> None:
        result = matched([], [], self.LEG)

        assert result.outcomes.is_empty()
        assert result.breaks.is_empty()
        assert result.matches.is_empty()


class TestWhatIsRefused:
    """Input that cannot be matched."""

    LEG = a_leg(exact())

    def test_a_missing_key_column_is_named(self) -> None:
        ours = lines(line("a", "R1", 100))

        with pytest.raises(UsageError, match="right frame has no column scheme_ref"):
            match_leg(ours, ours.drop("scheme_ref"), self.LEG, as_of=DAY)

    def test_an_amount_that_is_no_integer_is_refused(self) -> None:
        ours = lines(line("a", "R1", 100))

        with pytest.raises(UsageError, match="not an integer"):
            match_leg(ours, ours.cast({"amount_minor": float}), self.LEG, as_of=DAY)

    def test_a_record_passed_in_twice_is_refused(self) -> None:
        with pytest.raises(IntegrityError, match="appears twice"):
            matched([line("a", "R1", 1), line("a", "R2", 2)], [], self.LEG)

    def test_amounts_that_could_overflow_a_sum_are_refused(self) -> None:
        huge = 1 << 61

        with pytest.raises(IntegrityError, match="adds up to"):
            matched([line("a", "R1", huge), line("b", "R2", huge)], [], self.LEG)
