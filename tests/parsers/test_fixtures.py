"""Every fixture of every format gives exactly the document that stands beside it.

A change in what a parser says about a file is then a reviewed difference in `<case>.expected.json`.
"""

import json
import tomllib
from pathlib import Path

import pytest

from parsers import FORMATS, ParsedFile, identify, parse

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(
    path
    for name in FORMATS
    for path in (FIXTURES / name).iterdir()
    if path.suffix not in (".json", ".toml", ".md")
)


def parse_case(path: Path) -> ParsedFile:
    layout = path.with_suffix(".layout.toml")
    if not layout.exists():
        return parse(path.read_bytes())
    feed = tomllib.loads(layout.read_text())
    return parse(
        path.read_bytes(), format=feed.get("format"), layout=feed["layout"], feed=feed["name"]
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
class TestFixture:
    """One fixture."""

    def test_says_what_stands_beside_it(self, path: Path) -> None:
        expected = json.loads(path.with_suffix(".expected.json").read_text())

        document = parse_case(path).as_json(path.name)

        assert document == expected

    def test_is_identified_by_its_bytes(self, path: Path) -> None:
        name = path.parent.name

        found = identify(path.read_bytes())

        assert found == (None if FORMATS[name].needs_layout else name)

    def test_parses_twice_to_the_same_lines(self, path: Path) -> None:
        first, second = parse_case(path), parse_case(path)

        assert first.frame.equals(second.frame)

    def test_every_line_points_at_bytes_of_the_file(self, path: Path) -> None:
        parsed = parse_case(path)

        ends = parsed.frame["byte_start"] + parsed.frame["byte_length"]

        assert (ends <= parsed.size).all()
        assert (parsed.frame["byte_length"] > 0).all()


class TestFixtureSet:
    """All fixtures together."""

    def test_every_format_has_an_accepted_and_a_refused_case(self) -> None:
        verdicts = {(path.parent.name, parse_case(path).accepted) for path in CASES}

        assert verdicts == {(name, verdict) for name in FORMATS for verdict in (True, False)}
