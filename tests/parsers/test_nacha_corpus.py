"""Real NACHA files that are refused: what they lack, and that nothing else in them differs."""

import pytest

from parsers import parse
from tests.parsers.corpus_records import nacha
from tests.parsers.test_corpus import CORPUS, expected, pytestmark

__all__ = ["pytestmark"]

FOLDER = "nacha/moov-io__ach/test/testdata"


class TestExceptions:
    """Files that are not exact, each with its proof."""

    @pytest.mark.parametrize("name", ["moov-ids.ach", "nonascii.ach", "nonascii-utf8.ach"])
    def test_files_whose_control_contradicts_them_are_exact_when_they_are_read(
        self, name: str
    ) -> None:
        data = (CORPUS / FOLDER / name).read_bytes()

        parsed = parse(data, controls={"control_total_differs": "warn"})

        assert [one.code for one in parse(data).refusals] == ["control_total_differs"]
        assert parsed.accepted
        assert list(nacha(parsed, expected()[f"{FOLDER}/{name}"]["facts"])) == []

    @pytest.mark.parametrize("name", ["return-no-batch-controls.ach", "return-no-batch-header.ach"])
    def test_extracts_with_entries_that_no_record_dates_are_refused_for_that_alone(
        self, name: str
    ) -> None:
        parsed = parse((CORPUS / FOLDER / name).read_bytes(), format="nacha")

        assert [one.code for one in parsed.refusals] == ["date_unreadable"]
