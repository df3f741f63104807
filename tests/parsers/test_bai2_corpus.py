"""The two real BAI2 files that differ from the oracle: which side is wrong, shown on the file."""

import pytest

from parsers import parse
from tests.parsers.corpus_records import bai2
from tests.parsers.test_corpus import CORPUS, expected, pytestmark

__all__ = ["pytestmark"]

SHARED_LINES = "bai2/moov-io__bai2/test/testdata/sample3.txt"
MASKED = "bai2/moov-io__bai2/test/testdata/sample5-issue113.txt"


class TestExceptions:
    """Files that are not exact, each with its proof."""

    def test_two_records_on_a_line_are_what_every_trailer_counts(self) -> None:
        parsed = parse((CORPUS / SHARED_LINES).read_bytes())

        assert parsed.accepted
        assert all(one.agrees for one in parsed.control_totals)
        assert len(parsed.control_totals) == 51
        assert list(bai2(parsed, expected()[SHARED_LINES]["facts"])) == [
            "accounts 15, not 13",
            "details 26, not 24",
            "sum of details 99131, not 95428",
        ]

    @pytest.mark.parametrize("path", [MASKED])
    def test_a_file_whose_trailers_contradict_it_is_exact_when_it_is_read(self, path: str) -> None:
        data = (CORPUS / path).read_bytes()

        parsed = parse(data, controls={"control_total_differs": "warn"})

        assert {one.code for one in parse(data).refusals} == {"control_total_differs"}
        assert parsed.accepted
        assert list(bai2(parsed, expected()[path]["facts"])) == []
