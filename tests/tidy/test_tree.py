"""The shape of the tree: names, sizes, docstrings, fixtures."""

import ast
from importlib.metadata import packages_distributions
from pathlib import Path

from parsers import FORMATS
from tests.tidy.tree import PACKAGES, ROOT, modules, shown, syntax

_LINES_MAX, _TEST_LINES_MAX, _FUNCTION_LINES_MAX = 500, 700, 60
_EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "base"}


class TestNames:
    """What things are called."""

    def test_nobody_else_owns_our_package_names(self) -> None:
        owners = packages_distributions()

        others = {name: owners[name] for name in PACKAGES if set(owners.get(name, [])) - {"tieout"}}

        assert others == {}

    def test_no_module_is_called_after_nothing(self) -> None:
        named = [shown(path) for path in modules(*PACKAGES, "tests") if path.stem in _EMPTY_NAMES]

        assert named == []

    def test_every_folder_with_a_test_is_a_package(self) -> None:
        folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}

        bare = [
            shown(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()
        ]

        assert bare == []


class TestSizes:
    """Nothing grows beyond what one can read in one go."""

    def test_no_module_is_too_long(self) -> None:
        code = [_too_long(path, _LINES_MAX) for path in modules(*PACKAGES)]
        tests = [_too_long(path, _TEST_LINES_MAX) for path in modules("tests")]

        assert [found for found in code + tests if found] == []

    def test_no_function_is_too_long(self) -> None:
        long = [
            f"{shown(path)}:{node.lineno} {node.name}"
            for path in modules(*PACKAGES, "tests")
            for node in ast.walk(syntax(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno + 1 > _FUNCTION_LINES_MAX
        ]

        assert long == []


class TestDocstrings:
    """Every module says what it is for."""

    def test_every_module_opens_with_one(self) -> None:
        silent = [
            shown(path)
            for path in modules(*PACKAGES, "tests")
            if path.read_text("utf-8").strip() and not ast.get_docstring(syntax(path))
        ]

        assert silent == []

    def test_every_format_shows_its_records(self) -> None:
        folders = [path for path in (ROOT / "parsers").iterdir() if (path / "__init__.py").exists()]

        without = [
            shown(folder)
            for folder in sorted(folders)
            if "Records\n" not in (ast.get_docstring(syntax(folder / "__init__.py")) or "")
        ]

        assert without == []


class TestFixtures:
    """Every format brings files, and what must come of them."""

    def test_every_case_has_what_is_expected_of_it(self) -> None:
        alone = [
            shown(path)
            for name in FORMATS
            for path in _cases(name)
            if not _expectation(path).exists()
        ]

        assert alone == []

    def test_every_format_has_an_ordinary_an_ugly_and_a_refused_case(self) -> None:
        few = {}

        for name in FORMATS:
            texts = [_expectation(path).read_text("utf-8") for path in _cases(name)]
            refused = sum('"accepted": false' in text for text in texts)
            if len(texts) - refused < 2 or refused < 1:
                few[name] = f"{len(texts)} cases, {refused} refused"

        assert few == {}


def _too_long(path: Path, most: int) -> str:
    count = len(path.read_text("utf-8").splitlines())
    return f"{shown(path)}: {count} lines, at most {most}" if count > most else ""


def _cases(name: str) -> list[Path]:
    folder = ROOT / "tests" / "fixtures" / name
    aside = (".json", ".toml", ".md", ".py")
    return sorted(path for path in folder.glob("*.*") if path.suffix not in aside)


def _expectation(path: Path) -> Path:
    return path.with_name(path.stem + ".expected.json")
