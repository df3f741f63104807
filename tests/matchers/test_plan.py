"""The plan: what it accepts, what it refuses and how it says so, and its digest."""

import pytest

from matchers import PlanInvalid, parse_plan
from tieout.frames.reasons import BreakReason, Severity

PLAN = """
name = "cards"
[[leg]]
name = "core_clearing"
left = "core"
right = "clearing"
left_missing = "miss_scheme"
[[leg.pass]]
type = "exact"
key = ["scheme_ref", "currency"]
"""


class TestReading:
    """From TOML to a plan."""

    def test_reads_legs_and_passes_in_order(self) -> None:
        plan = parse_plan(PLAN + '[[leg.pass]]\ntype = "netting"\n')

        assert [step.code for step in plan.get_leg().passes] == ["P1", "P0b"]
        assert plan.get_leg("core_clearing").left_missing is BreakReason.MISS_SCHEME

    def test_equal_rules_have_an_equal_digest_however_they_are_written(self) -> None:
        reordered = PLAN.replace(
            'left = "core"\nright = "clearing"', 'right="clearing"\nleft="core"'
        )

        assert parse_plan(reordered).digest == parse_plan(PLAN).digest
        assert parse_plan(PLAN.replace('"core"', '"ours"')).digest != parse_plan(PLAN).digest

    def test_the_currency_is_part_of_every_key(self) -> None:
        plan = parse_plan(PLAN.replace(', "currency"', ""))

        assert plan.get_leg().passes[0].full_key == ("scheme_ref", "currency")


class TestRefusing:
    """Every fault is named with its place and, if possible, with what was meant."""

    @pytest.mark.parametrize(
        ("wrong", "right", "said"),
        [
            ('left_missing = "', 'left_mising = "', "did you mean 'left_missing'"),
            ('"scheme_ref"', '"sceme_ref"', "did you mean 'scheme_ref'"),
            ('"miss_scheme"', '"other"', "miss_internal"),
            ('"miss_scheme"', '"miss_schem"', "did you mean 'miss_scheme'"),
            ('"miss_scheme"', '"file_missing"', "reason of a missing line"),
            ('right = "clearing"', 'duplicate_right = "miss_bank"', "known: dup_scheme"),
            ('right = "clearing"', 'missing_by_kind = {sale = "amt_over"}', "miss_internal"),
            ('type = "exact"', 'type = "exakt"', "pass 1: unknown 'exakt'; did you mean 'exact'"),
            ('right = "clearing"', 'late_after_days = "x"', "a whole number, found 'x'"),
            ('name = "cards"', 'name = "cards', "is not TOML"),
            ('key = ["scheme_ref", "currency"]', "key = []", "at least 1"),
            ('right = "clearing"', 'left_kinds = ["sales"]', "did you mean 'sale'"),
            ('right = "clearing"', "fees = { sales = {} }", "did you mean 'sale'"),
            ('right = "clearing"', "fees = [{sale = {}}, {sale = {}}]", "two versions of the fees"),
            (
                'right = "clearing"',
                "fees = {sale = {tiers = [{percent_bps = 1}, {flat_minor = {EUR = 1}}]}}",
                "every tier but the last has up_to_minor",
            ),
            (
                'right = "clearing"',
                "fees = {sale = {percent_bps = 1, tiers = [{percent_bps = 1}]}}",
                "either tiers or a rate",
            ),
        ],
    )
    def test_says_what_is_wrong(self, wrong: str, right: str, said: str) -> None:
        with pytest.raises(PlanInvalid, match=said):
            parse_plan(PLAN.replace(wrong, right))

    def test_names_leg_and_pass_as_people_count_them(self) -> None:
        wrong = PLAN + '[[leg.pass]]\ntype = "window"\ndys = 3\n'

        with pytest.raises(PlanInvalid) as caught:
            parse_plan(wrong, source="cards.toml")

        assert caught.value.message == (
            "cards.toml: leg 'core_clearing', pass 2 (window): "
            "unknown key 'dys': did you mean 'days'?"
        )

    @pytest.mark.parametrize(
        ("late", "said"),
        [
            ("left_lag_days = 1", r"above its first \[\[leg.pass\]\]"),
            ('description = "Cards"', r"above the first \[\[leg\]\]"),
        ],
    )
    def test_says_where_a_key_belongs_that_stands_too_low(self, late: str, said: str) -> None:
        with pytest.raises(PlanInvalid, match=said):
            parse_plan(f"{PLAN}{late}\n")

    def test_a_window_must_name_the_money(self) -> None:
        with pytest.raises(PlanInvalid, match="currency and amount_minor"):
            parse_plan(PLAN + '[[leg.pass]]\ntype = "window"\nkey = ["account"]\n')

    def test_a_leg_must_be_named_when_there_are_several(self) -> None:
        two = PLAN + '[[leg]]\nname = "b"\n[[leg.pass]]\ntype = "netting"\n'

        with pytest.raises(PlanInvalid, match="it has core_clearing, b"):
            parse_plan(two).get_leg()

    def test_two_legs_of_one_name_are_refused(self) -> None:
        two = PLAN + '[[leg]]\nname = "core_clearing"\n[[leg.pass]]\ntype = "netting"\n'

        with pytest.raises(PlanInvalid, match="same name"):
            parse_plan(two)


class TestReasons:
    """The closed list."""

    def test_every_reason_has_words_a_meaning_and_a_severity(self) -> None:
        for reason in BreakReason:
            assert reason.words
            assert reason.meaning.endswith(".")
            assert isinstance(reason.severity, Severity)

    def test_no_two_reasons_read_alike(self) -> None:
        assert len({reason.words for reason in BreakReason}) == len(BreakReason)
