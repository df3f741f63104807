"""Passes for items without a strong reference: composite fields, texts that read alike."""

from datetime import timedelta

import polars as pl
import pytest

from matchers import match_leg
from matchers.similar import normalised
from tests.matchers.builders import DAY, a_leg, exact, fates, line, lines, matched, the_match

COMPOSITE = a_leg(exact(), {"type": "composite", "key": ["rrn", "batch_ref"]})
SIMILAR = {"type": "similar", "left_text": ["scheme_ref"], "right_text": ["batch_ref"]}


class TestComposite:
    """P3."""

    def test_fields_that_name_one_item_together_match(self) -> None:
        ours = [line("a", None, 100, rrn="7", batch_ref="T1")]

        found = the_match(matched(ours, [line("x", "X", 100, rrn="7", batch_ref="T1")], COMPOSITE))

        assert (found["pass"], found["evidence_class"], found["status"]) == ("P3", "B", "confirmed")

    def test_equal_lines_are_not_paired_by_their_order(self) -> None:
        ours = [line(name, None, 100, rrn="7", batch_ref="T1") for name in "ab"]
        theirs = [line(name, None, 100, rrn="7", batch_ref="T1") for name in "xy"]

        result = matched(ours, theirs, COMPOSITE)

        assert fates(result) == dict.fromkeys("abxy", "amb_multi")
        assert result.breaks.height == 1

    def test_equal_lines_that_may_wait_wait(self) -> None:
        later = DAY + timedelta(days=5)
        ours = [line(name, None, 100, rrn="7", batch_ref="T1", due_date=later) for name in "ab"]

        result = matched(ours, [line("x", None, 100, rrn="7", batch_ref="T1")], COMPOSITE)

        assert set(fates(result).values()) == {"carried"}


class TestSimilar:
    """P8."""

    @pytest.mark.parametrize("text", ["INV-000123 / ACME", "acme  inv 123", "Acme Inv. 0123"])
    def test_references_that_read_alike_are_proposed(self, text: str) -> None:
        ours = [line("a", "ACME INV 123", 100)]

        found = the_match(matched(ours, [line("x", None, 100, batch_ref=text)], a_leg(SIMILAR)))

        assert (found["pass"], found["evidence_class"], found["status"]) == ("P8", "D", "proposed")
        assert "alike by 100 of 100" in found["evidence"]

    def test_other_money_is_never_proposed(self) -> None:
        ours = [line("a", "ACME INV 123", 100)]

        result = matched(ours, [line("x", None, 101, batch_ref="ACME INV 123")], a_leg(SIMILAR))

        assert result.matches.is_empty()

    def test_other_texts_are_not_alike(self) -> None:
        ours = [line("a", "ACME INV 123", 100)]

        result = matched(ours, [line("x", None, 100, batch_ref="BOLT ORD 987")], a_leg(SIMILAR))

        assert result.matches.is_empty()

    def test_two_candidates_are_none(self) -> None:
        ours = [line("a", "ACME INV 123", 100)]
        theirs = [line(name, None, 100, batch_ref="ACME INV 123") for name in "xy"]

        result = matched(ours, theirs, a_leg(SIMILAR))

        assert result.matches.is_empty()

    def test_a_block_of_too_many_pairs_is_noted(self) -> None:
        ours = lines(*(line(f"a{n}", f"ACME {n}", 100) for n in range(4)))
        theirs = lines(*(line(f"x{n}", None, 100, batch_ref=f"ACME {n}") for n in range(4)))

        result = match_leg(ours, theirs, a_leg({**SIMILAR, "pairs_max": 15}), as_of=DAY)

        assert result.matches.is_empty()
        assert result.proof.notes == (
            "P8: 1 blocks of equal currency and amount_minor have more than 15 pairs "
            "and were not compared.",
        )

    def test_words_lose_case_punctuation_and_leading_zeros(self) -> None:
        texts = pl.DataFrame({"text": ["Inv-000123/Ü", None]})

        assert texts.select(normalised(("text",)))["text"].to_list() == ["INV 123 Ü", ""]
