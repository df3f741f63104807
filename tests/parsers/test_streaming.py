"""A file read in small batches is the same file: lines, totals, statements and findings."""

import tomllib
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from parsers import ParsedFile, Stream
from parsers.errors import Refused
from parsers.scanning import scan
from tests.parsers.test_fixtures import CASES, FIXTURES, parse_case


def streamed(path: Path) -> ParsedFile:
    """Read the case a few bytes at a time."""
    layout = path.with_suffix(".layout.toml")
    feed = tomllib.loads(layout.read_text()) if layout.exists() else {}
    stream = Stream(
        path.read_bytes(),
        layout=feed.get("layout"),
        feed=feed.get("name", ""),
        format=feed.get("format"),
        batch_bytes=200,
    )
    batches = list(stream)
    outcome = stream.outcome
    return replace(outcome, frame=pl.concat(batches)) if outcome.accepted else outcome


class TestSmallBatches:
    """Every fixture, 200 bytes at a time where its format streams."""

    @pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
    def test_are_the_same_file(self, path: Path) -> None:
        whole = parse_case(path)

        parts = streamed(path)

        assert parts.accepted == whole.accepted
        if whole.accepted:
            assert parts.frame.equals(whole.frame)
            assert replace(parts, frame=whole.frame) == whole
        else:  # how far a refused file is read depends on where its pieces end
            first = {one.code for one in whole.refusals}
            assert first & {one.code for one in parts.refusals}


class TestScan:
    """A file as a lazy frame."""

    @pytest.fixture
    def path(self) -> Path:
        return next((FIXTURES / "mastercard_ipm").glob("ordinary*.ipm"))

    def test_gives_the_lines_of_the_file(self, path: Path) -> None:
        frame = scan(path).collect()

        assert frame.equals(parse_case(path).frame)

    def test_reads_only_what_a_query_asks_for(self, path: Path) -> None:
        wanted = pl.col("amount_minor") < 0

        found = scan(path).filter(wanted).select("scheme_ref").collect()

        assert found.equals(parse_case(path).frame.filter(wanted).select("scheme_ref"))

    def test_ends_with_the_refusal_of_a_torn_file(self, path: Path, tmp_path: Path) -> None:
        torn = tmp_path / path.name
        torn.write_bytes(path.read_bytes()[:-9])

        with pytest.raises((Refused, pl.exceptions.PolarsError), match="block_incomplete"):
            scan(torn).collect()

    def test_of_an_empty_file_says_so(self, tmp_path: Path) -> None:
        empty = tmp_path / "empty"
        empty.touch()

        with pytest.raises((Refused, pl.exceptions.PolarsError), match="format_unknown"):
            scan(empty).collect()
