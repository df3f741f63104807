"""The reference page names what the code knows."""

from pathlib import Path

import pytest

from matchers.plan import LegPlan
from matchers.schedules import FeeSchedule, Tier
from tieout.frames.reasons import BreakReason
from tieout.frames.results import OUTCOMES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "matching.md"


class TestReferencePage:
    """docs/reference/matching.md."""

    @pytest.mark.parametrize("reason", list(BreakReason))
    def test_has_every_reason_in_words(self, reason: BreakReason) -> None:
        assert f"| `{reason}` | {reason.words} | {reason.meaning} |" in PAGE.read_text("utf-8")

    def test_has_every_key_of_a_leg(self) -> None:
        text = PAGE.read_text("utf-8")

        fields = {**LegPlan.model_fields, **FeeSchedule.model_fields, **Tier.model_fields}
        names = set(fields) - {"passes", "fees", "kinds"}
        assert {name for name in names if f"`{name}`" not in text} == set()

    def test_has_every_outcome_of_a_leg(self) -> None:
        text = PAGE.read_text("utf-8")

        assert all(f"| {outcome} |" in text for outcome in OUTCOMES)
