"""docs/formats/README.md has every format, and the figures that the corpus gives."""

import pytest

from parsers import FORMATS
from tests.parsers import corpus_report
from tests.parsers.corpus_report import PAGE, Row, exceptions, figures, line, page
from tests.parsers.test_corpus import CORPUS


def cells(name: str) -> list[str]:
    """Return the committed line of one format, cell by cell."""
    start = f"| [{name}]({name}.md) |"
    found = [text for text in PAGE.read_text("utf-8").splitlines() if text.startswith(start)]
    assert len(found) == 1, f"{len(found)} lines of {name}; run make corpus-report"
    return figures(found[0])


class TestPage:
    """What is committed."""

    def test_has_the_formats_of_the_registry_in_its_order(self) -> None:
        text = PAGE.read_text("utf-8")

        names = [one.split("]")[0][3:] for one in text.splitlines() if one.startswith("| [")]

        assert names == list(FORMATS), "run make corpus-report"

    def test_says_what_every_format_is(self) -> None:
        text = PAGE.read_text("utf-8")

        assert [name for name in FORMATS if corpus_report.title_of(name) not in text] == []

    def test_links_to_a_page_for_every_format(self) -> None:
        assert [name for name in FORMATS if not (PAGE.parent / f"{name}.md").exists()] == []

    def test_begins_and_ends_as_the_code_writes_it(self) -> None:
        text, listed = PAGE.read_text("utf-8"), exceptions()

        assert text.startswith(page([]).removesuffix(listed)), "run make corpus-report"
        assert text.endswith(listed), "run make corpus-report"

    @pytest.mark.corpus
    @pytest.mark.skipif(
        not (CORPUS / "EXPECTED.json").exists(),
        reason="the shared corpus is not beside this checkout (../shared/corpus)",
    )
    @pytest.mark.parametrize("name", FORMATS)
    def test_has_the_figures_of_the_corpus(self, name: str) -> None:
        row = corpus_report.row(name, is_timed=False)

        assert cells(name) == figures(line(row)), "run make corpus-report"


class TestLine:
    """One line of the table."""

    def test_of_a_format_with_files_has_all_figures(self) -> None:
        row = Row("ofx", 38, 32, 8, 3, 5, seconds_per_mib=0.061, peers=(("ofxtools", 24),))

        text = line(row).split(" | ")[2:]

        assert text == ["32 of 38", "6", "8: 3 refused, 5 warned", "0.06", "ofxtools 24 of 38 |"]

    def test_of_a_format_without_files_says_so(self) -> None:
        assert "own fixtures only" in line(Row("delimited"))
