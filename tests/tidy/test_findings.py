"""The codes that parsers write, the closed list of them, and the page that prints it are one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from parsers.codes import CODES, as_table
from tests.tidy.tree import ROOT, modules, syntax
from tieout.frames.settlement import LINE_SCHEMA

_WRITERS = re.compile(r"_?(refuse|warn|differs|complain|warn_lines|report|at|add|needed)|Finding")
"""Names of functions that take the code of a finding as one of their first arguments."""
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
_ENDINGS = (
    "missing|unreadable|unknown|differs?|duplicate|length|long|short|order|structure|unsupported"
    "|wrong"
)
_LOOKS_LIKE_ONE = re.compile(rf"[a-z]+(_[a-z]+)*_({_ENDINGS})")


class TestCodes:
    """parsers/codes.py against the source of the parsers."""

    def test_every_code_that_is_written_is_listed(self) -> None:
        written = {code: where for where, code in _written()}

        assert {code: where for code, where in written.items() if code not in CODES} == {}

    def test_every_listed_code_is_written_somewhere(self) -> None:
        texts = {text for path in _sources() for text in _texts(syntax(path))}
        endings = {text for path in _sources() for text in _endings(syntax(path))}

        unused = [
            name
            for name in CODES
            if name not in texts and not any(name.endswith(one) for one in endings)
        ]

        assert unused == []

    def test_names_are_unique_words_with_a_meaning(self) -> None:
        odd = [one for one in CODES.values() if not _CODE.fullmatch(one.name) or not one.meaning]

        assert odd == []


class TestPage:
    """docs/formats/findings.md."""

    def test_prints_the_list_as_it_is(self) -> None:
        page = (ROOT / "docs" / "formats" / "findings.md").read_text("utf-8")

        _, _, table = page.partition("## The list\n\n")

        assert table == as_table()


def _sources() -> list[Path]:
    return [path for path in modules("parsers") if path.name != "codes.py"]


def _written() -> Iterator[tuple[str, str]]:
    """Yield (module:line, code) of every text that is handed on as the code of a finding."""
    for path in _sources():
        for node in ast.walk(syntax(path)):
            found = []
            if isinstance(node, ast.Call) and _WRITERS.fullmatch(_name(node.func)):
                first = 1 if _name(node.func) in ("refuse", "warn", "warn_lines") else 3
                found = [text for one in node.args[:first] for text in _choices(one)]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found = [node.value] if _LOOKS_LIKE_ONE.fullmatch(node.value) else []
            for code in found:
                if _CODE.fullmatch(code) and not _is_column(code):
                    yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", code


def _is_column(text: str) -> bool:
    return text in LINE_SCHEMA


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _choices(argument: ast.expr) -> Iterator[str]:
    """Yield the text that an argument is, or both of one that is chosen on the spot."""
    if isinstance(argument, ast.IfExp):
        yield from _choices(argument.body)
        yield from _choices(argument.orelse)
    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _endings(tree: ast.AST) -> Iterator[str]:
    """Yield what follows a name in codes that are put together: f"{name}_unreadable"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and len(node.values) == 2:
            last = node.values[1]
            if isinstance(last, ast.Constant) and str(last.value).startswith("_"):
                yield str(last.value)
