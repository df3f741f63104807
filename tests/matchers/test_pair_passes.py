"""Passes that compare one line with one line: exact, tolerance, duplicates, netting, fees."""

from datetime import date

import polars as pl
import pytest

from tests.matchers.builders import KEY, a_leg, exact, fates, line, matched, the_break, the_match

DUPLICATES = {"type": "duplicates", "key": KEY}
TOLERANCE = {"type": "tolerance", "key": KEY, "amount_minor": {"default": 0, "EUR": 2}}


class TestExact:
    """P1: key and amount equal."""

    def test_takes_the_line_with_the_same_reference_and_amount(self) -> None:
        result = matched([line("a", "R1", 100)], [line("x", "R1", 100)], a_leg(exact()))

        found = the_match(result)
        assert (found["match_id"], found["pass"], found["evidence_class"]) == ("leg:a", "P1", "A")
        assert found["residual_minor"] == 0
        assert result.members["record_id"].to_list() == ["a", "x"]
        assert "scheme_ref, kind and currency equal" in found["evidence"]

    def test_a_line_without_a_reference_equals_nothing(self) -> None:
        result = matched([line("a", None, 100)], [line("x", None, 100)], a_leg(exact()))

        assert fates(result) == {"a": "miss_scheme", "x": "miss_internal"}

    def test_equal_reference_and_other_amount_is_one_break_with_both_lines(self) -> None:
        result = matched([line("a", "R1", 100)], [line("x", "R1", 90)], a_leg(exact()))

        found = the_break(result)
        assert (found["reason"], found["at_risk_minor"]) == ("amt_under", -10)
        assert (found["left_ids"], found["right_ids"]) == (["a"], ["x"])
        assert "left 1.00 EUR, right 0.90 EUR" in found["explanation"]

    def test_a_refund_that_is_larger_is_over_whatever_its_sign(self) -> None:
        ours, theirs = line("a", "R1", -100, kind="refund"), line("x", "R1", -120, kind="refund")

        result = matched([ours], [theirs], a_leg(exact()))

        assert the_break(result)["reason"] == "amt_over"

    def test_same_reference_in_another_currency_is_one_break(self) -> None:
        result = matched(
            [line("a", "R1", 100)], [line("x", "R1", 100, currency="USD")], a_leg(exact())
        )

        assert the_break(result)["reason"] == "ccy_mismatch"
        assert result.outcomes["residual_minor"].to_list() == [None, None]

    def test_equal_twins_on_both_sides_are_paired_in_their_order(self) -> None:
        ours = [line("b", "R1", 100, record_no=2), line("a", "R1", 100, record_no=1)]
        theirs = [line("y", "R1", 100, record_no=8), line("x", "R1", 100, record_no=9)]

        result = matched(ours, theirs, a_leg(exact()))

        pairs = result.members.group_by("match_id", maintain_order=True).agg("record_id")
        assert pairs["record_id"].to_list() == [["a", "y"], ["b", "x"]]

    def test_two_lines_for_one_without_a_duplicates_pass_are_ambiguous(self) -> None:
        ours = [line("a", "R1", 100), line("b", "R1", 100)]

        result = matched(ours, [line("x", "R1", 100)], a_leg(exact()))

        found = the_break(result)
        assert found["reason"] == "amb_multi"
        assert (found["left_ids"], found["right_ids"]) == (["a", "b"], ["x"])

    def test_presented_after_the_allowed_business_days_is_late(self) -> None:
        friday_before = line("a", "R1", 100, business_date=date(2026, 2, 27))
        leg = a_leg(exact(), late_after_days=3)

        in_time = matched(
            [friday_before], [line("x", "R1", 100, business_date=date(2026, 3, 4))], leg
        )
        late = matched([friday_before], [line("x", "R1", 100, business_date=date(2026, 3, 5))], leg)

        assert fates(in_time) == {"a": "matched", "x": "matched"}
        assert the_break(late)["reason"] == "date_late_presentment"
        assert the_break(late)["at_risk_minor"] == 0

    def test_closing_days_of_the_leg_do_not_count(self) -> None:
        # 3 April 2026 is Good Friday, 6 April Easter Monday: closed in the euro system.
        ours = line("a", "R1", 100, business_date=date(2026, 4, 2))
        theirs = line("x", "R1", 100, business_date=date(2026, 4, 7))
        as_of = date(2026, 4, 7)

        euro = matched(
            [ours], [theirs], a_leg(exact(), late_after_days=1, calendar="XECB"), as_of=as_of
        )
        plain = matched([ours], [theirs], a_leg(exact(), late_after_days=1), as_of=as_of)

        assert fates(euro)["a"] == "matched"
        assert fates(plain)["a"] == "date_late_presentment"

    def test_a_second_exact_pass_finds_what_the_first_could_not(self) -> None:
        leg = a_leg(exact(), {"type": "exact", "key": ["rrn", "currency"]})

        result = matched([line("a", "R1", 100, rrn="7")], [line("x", None, 100, rrn="7")], leg)

        assert fates(result) == {"a": "matched", "x": "matched"}


class TestTolerance:
    """P2: key equal, amounts near."""

    def test_takes_a_small_difference_and_states_it(self) -> None:
        result = matched([line("a", "R1", 100)], [line("x", "R1", 98)], a_leg(exact(), TOLERANCE))

        found = the_match(result)
        assert (found["pass"], found["evidence_class"], found["residual_minor"]) == ("P2", "B", -2)
        assert "1.00 EUR against 0.98 EUR, within 0.02 EUR" in found["evidence"]

    @pytest.mark.parametrize(("currency", "off"), [("EUR", 3), ("USD", 1)])
    def test_more_than_the_currency_allows_is_a_break(self, currency: str, off: int) -> None:
        ours = line("a", "R1", 100, currency=currency)
        theirs = line("x", "R1", 100 + off, currency=currency)

        result = matched([ours], [theirs], a_leg(exact(), TOLERANCE))

        assert the_break(result)["reason"] == "amt_over"

    def test_two_candidates_within_tolerance_are_one_ambiguous_break(self) -> None:
        theirs = [line("x", "R1", 99), line("y", "R1", 101)]

        result = matched([line("a", "R1", 100)], theirs, a_leg(exact(), TOLERANCE))

        assert the_break(result)["reason"] == "amb_multi"
        assert the_break(result)["right_ids"] == ["x", "y"]

    def test_each_takes_the_only_one_within_its_reach(self) -> None:
        ours = [line("a", "R1", 100), line("b", "R1", 200)]
        theirs = [line("x", "R1", 201), line("y", "R1", 99)]

        result = matched(ours, theirs, a_leg(exact(), TOLERANCE))

        assert result.matches["residual_minor"].to_list() == [-1, 1]


class TestDuplicates:
    """P0: the surplus of equal lines."""

    def test_the_surplus_of_the_scheme_is_a_break_of_its_own(self) -> None:
        theirs = [line("x", "R1", 100, record_no=1), line("y", "R1", 100, record_no=2)]

        result = matched([line("a", "R1", 100)], theirs, a_leg(DUPLICATES, exact()))

        assert fates(result) == {"a": "matched", "x": "matched", "y": "dup_scheme"}
        row = result.outcomes.filter(pl.col("record_id") == "y").row(0, named=True)
        assert (row["outcome"], row["pass"], row["break_id"]) == ("duplicate", "P0", "leg:y")
        assert the_break(result)["at_risk_minor"] == 100

    def test_the_first_in_file_order_is_the_real_one_whatever_its_id(self) -> None:
        theirs = [line("x", "R1", 100, record_no=2), line("y", "R1", 100, record_no=1)]

        result = matched([line("a", "R1", 100)], theirs, a_leg(DUPLICATES, exact()))

        assert fates(result)["x"] == "dup_scheme"

    def test_without_any_counterpart_the_first_is_missing_and_the_rest_are_duplicates(self) -> None:
        ours = [line("a", "R1", 100), line("b", "R1", 100), line("c", "R1", 100)]

        result = matched(ours, [], a_leg(DUPLICATES, exact()))

        assert fates(result) == {"a": "miss_scheme", "b": "dup_internal", "c": "dup_internal"}

    def test_lines_without_a_reference_are_not_duplicates(self) -> None:
        ours = [line("a", None, 100), line("b", None, 100)]

        result = matched(ours, [], a_leg(DUPLICATES, exact()))

        assert fates(result) == {"a": "miss_scheme", "b": "miss_scheme"}

    def test_equal_parts_of_one_whole_are_not_duplicates(self) -> None:
        theirs = [line("x", "R1", 50), line("y", "R1", 50)]
        leg = a_leg(DUPLICATES, exact(), {"type": "grouped", "key": KEY})

        result = matched([line("a", "R1", 100)], theirs, leg)

        assert fates(result) == {"a": "matched", "x": "matched", "y": "matched"}

    def test_a_line_equal_to_one_matched_on_an_earlier_date_is_a_duplicate(self) -> None:
        past = pl.DataFrame(
            {
                "side": ["right"],
                "record_id": ["old"],
                "scheme_ref": ["R1"],
                "kind": ["sale"],
                "currency": ["EUR"],
                "amount_minor": [100],
            }
        )

        alone = matched([], [line("x", "R1", 100)], a_leg(DUPLICATES, exact()), history=past)
        again = matched(
            [line("a", "R1", 100)], [line("x", "R1", 100)], a_leg(DUPLICATES, exact()), history=past
        )

        assert fates(alone) == {"x": "dup_scheme"}
        assert "old" in the_break(alone)["explanation"]
        assert fates(again) == {"a": "matched", "x": "matched"}


class TestNetting:
    """P0b: an item and its reversal."""

    LEG = a_leg({"type": "netting"}, exact())

    def test_an_item_and_its_reversal_net_on_their_own_side(self) -> None:
        ours = [line("a", "R1", 100), line("b", "R1", -100, kind="reversal")]

        result = matched(ours, [], self.LEG)

        assert fates(result) == {"a": "netted", "b": "netted"}
        found = the_match(result)
        assert (found["pass"], found["evidence_class"], found["left_minor"]) == ("P0b", "A", 0)

    def test_a_reversal_flag_counts_as_well_as_the_kind(self) -> None:
        theirs = [line("x", "R1", 100), line("y", "R1", -100, is_reversal=True)]

        assert set(fates(matched([], theirs, self.LEG)).values()) == {"netted"}

    def test_a_partial_reversal_does_not_net(self) -> None:
        ours = [line("a", "R1", 100), line("b", "R1", -60, kind="reversal")]

        assert set(fates(matched(ours, [], self.LEG)).values()) == {"miss_scheme"}

    def test_what_the_other_side_shows_is_compared_and_not_netted_away(self) -> None:
        ours = [line("a", "R1", 100), line("b", "R1", -100, kind="reversal")]

        result = matched(ours, [line("x", "R1", 100)], self.LEG)

        assert fates(result) == {"a": "matched", "b": "miss_scheme", "x": "matched"}


class TestFees:
    """The contract's fee on matched lines."""

    LEG = a_leg(
        exact(),
        fees={
            "sale": {"percent_bps": 150, "flat_minor": {"EUR": 10}},
            "chargeback": {"flat_minor": {"default": 1500}},
            "tolerance_minor": 1,
        },
    )

    @pytest.mark.parametrize("fee", [-24, -25, -26])
    def test_a_fee_within_tolerance_of_the_contract_is_a_match(self, fee: int) -> None:
        result = matched([line("a", "R1", 1000)], [line("x", "R1", 1000, fee_minor=fee)], self.LEG)

        assert fates(result) == {"a": "matched", "x": "matched"}

    @pytest.mark.parametrize(
        ("fee", "reason", "at_risk"),
        [(-40, "fee_var_over", -15), (-20, "fee_var_under", 5), (None, "fee_missing", 25)],
    )
    def test_another_fee_is_a_break_with_both_lines(
        self, fee: int | None, reason: str, at_risk: int
    ) -> None:
        result = matched([line("a", "R1", 1000)], [line("x", "R1", 1000, fee_minor=fee)], self.LEG)

        found = the_break(result)
        assert (found["reason"], found["at_risk_minor"]) == (reason, at_risk)
        assert (found["left_ids"], found["right_ids"]) == (["a"], ["x"])

    def test_half_a_unit_rounds_up(self) -> None:
        # 1.5 % of 100 is 1.5: 2, and 10 flat.
        strict = a_leg(exact(), fees={"sale": {"percent_bps": 150, "flat_minor": {"EUR": 10}}})

        result = matched([line("a", "R1", 100)], [line("x", "R1", 100, fee_minor=-12)], strict)

        assert fates(result)["x"] == "matched"

    def test_a_kind_without_a_contract_is_not_checked(self) -> None:
        ours = line("a", "R1", -100, kind="refund")
        theirs = line("x", "R1", -100, kind="refund", fee_minor=-99)

        assert fates(matched([ours], [theirs], self.LEG))["x"] == "matched"

    TIERED = a_leg(
        exact(),
        fees={
            "sale": {
                "tiers": [
                    {"up_to_minor": {"EUR": 1000}, "flat_minor": {"EUR": 30}},
                    {
                        "percent_bps": 150,
                        "minimum_minor": {"EUR": 40},
                        "maximum_minor": {"EUR": 90},
                    },
                ]
            },
            "other_kinds": "free",
        },
    )

    @pytest.mark.parametrize(
        ("amount", "fee"), [(1, 30), (1000, 30), (1001, 40), (4000, 60), (6000, 90), (10**9, 90)]
    )
    def test_the_tier_of_the_whole_amount_with_its_limits(self, amount: int, fee: int) -> None:
        ours = [line("a", "R1", amount)]
        right, wrong = (
            matched(ours, [line("x", "R1", amount, fee_minor=-charged)], self.TIERED)
            for charged in (fee, fee + 1)
        )

        assert fates(right)["x"] == "matched"
        assert the_break(wrong)["at_risk_minor"] == -1

    def test_a_fee_on_a_kind_that_the_contract_leaves_free_is_unknown(self) -> None:
        ours = line("a", "R1", -100, kind="refund")
        theirs = line("x", "R1", -100, kind="refund", fee_minor=-99)

        found = the_break(matched([ours], [theirs], self.TIERED))

        assert (found["reason"], found["at_risk_minor"]) == ("fee_unknown", -99)

    def test_each_version_holds_on_its_own_dates(self) -> None:
        versions = a_leg(
            exact(),
            fees=[
                {"to": "2026-03-02", "sale": {"flat_minor": {"EUR": 10}}},
                {"from": "2026-03-03", "sale": {"flat_minor": {"EUR": 12}}},
            ],
        )
        days = (date(2026, 3, 2), date(2026, 3, 3))
        ours = [line("a", "R1", 500), line("b", "R2", 500)]
        theirs = [
            line("x", "R1", 500, fee_minor=-10, business_date=days[0]),
            line("y", "R2", 500, fee_minor=-10, business_date=days[1]),
        ]

        result = matched(ours, theirs, versions)

        assert (fates(result)["x"], fates(result)["y"]) == ("matched", "fee_var_under")
