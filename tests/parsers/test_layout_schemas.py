"""The JSON Schemas that editors use accept every layout of ours, and mark a wrong key."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tieout.cli.config import schema_documents

FIXTURES = Path(__file__).parents[1] / "fixtures"
FORMATS = ("delimited", "fixed_width")
LAYOUTS = sorted(path for name in FORMATS for path in (FIXTURES / name).glob("*.layout.toml"))
FEEDS = sorted((Path(__file__).parents[2] / "tieout" / "cli" / "templates").rglob("feeds/*.toml"))


def faults(document: dict[str, Any], found: object) -> list[str]:
    return [one.message for one in Draft202012Validator(document).iter_errors(found)]


@pytest.fixture(scope="module")
def documents() -> dict[str, dict[str, Any]]:
    return schema_documents()


class TestLayouts:
    """The `[layout]` table alone."""

    @pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
    def test_of_the_fixtures_are_right(
        self, path: Path, documents: dict[str, dict[str, Any]]
    ) -> None:
        layout = tomllib.loads(path.read_text("utf-8"))["layout"]

        assert faults(documents[f"{path.parent.name}_layout"], layout) == []

    @pytest.mark.parametrize("name", FORMATS)
    def test_with_a_wrong_key_are_marked(
        self, name: str, documents: dict[str, dict[str, Any]]
    ) -> None:
        path = next(one for one in LAYOUTS if one.parent.name == name)
        layout = tomllib.loads(path.read_text("utf-8"))["layout"]

        found = faults(documents[f"{name}_layout"], layout | {"date_fromat": "%Y"})

        assert len(found) == 1
        assert "date_fromat" in found[0]


class TestFeeds:
    """Whole feeds: the format decides what the layout must be."""

    @pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
    def test_of_a_new_workspace_are_right(
        self, path: Path, documents: dict[str, dict[str, Any]]
    ) -> None:
        assert faults(documents["feed"], tomllib.loads(path.read_text("utf-8"))) == []

    @pytest.mark.parametrize(("name", "is_right"), [("fixed_width", True), ("delimited", False)])
    def test_a_layout_of_another_format_is_marked(
        self, name: str, is_right: bool, documents: dict[str, dict[str, Any]]
    ) -> None:
        path = next(one for one in LAYOUTS if one.parent.name == "fixed_width")
        layout = tomllib.loads(path.read_text("utf-8"))["layout"]
        feed = {"role": "statement", "transport": "directory", "format": name, "layout": layout}

        assert (faults(documents["feed"], feed) == []) is is_right
