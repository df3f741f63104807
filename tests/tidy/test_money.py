"""Money is never a float, and time comes from one clock: read off the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.tree import PACKAGES, modules, shown, syntax

_MONEY = ("tieout/money.py", "tieout/transactions", "tieout/settlement", "matchers", "parsers")
_FLOAT_ALLOWED = {
    "matchers/plan.py": "how near a misspelt name must be to be suggested",
    "matchers/precision.py": "the share of a rule's matches that nobody undid",
}
"""Module → why a float there never holds money."""

_CLOCK_READERS = {"now", "utcnow", "today"}
_CLOCK_ALLOWED = {"tieout/clock.py": "the one clock"}


class TestMoney:
    """Amounts are integers in minor units."""

    def test_no_float_comes_near_an_amount(self) -> None:
        found = [
            place
            for path in modules(*_MONEY)
            if shown(path) not in _FLOAT_ALLOWED
            for place in _floats(path)
        ]

        assert found == []


class TestClock:
    """Everybody else is told what time it is."""

    def test_only_the_clock_reads_the_time(self) -> None:
        found = [
            f"{shown(path)}:{node.lineno}"
            for path in modules(*PACKAGES)
            if shown(path) not in _CLOCK_ALLOWED
            for node in ast.walk(syntax(path))
            if isinstance(node, ast.Attribute)
            and node.attr in _CLOCK_READERS
            and isinstance(node.value, ast.Name)
            and node.value.id in {"datetime", "date", "dt"}
        ]

        assert found == []


def _floats(path: Path) -> Iterator[str]:
    """Yield where a module converts to float, divides, or names a floating column type."""
    for node in ast.walk(syntax(path)):
        is_call = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "float"
        )
        is_division = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        is_type = isinstance(node, ast.Attribute) and node.attr in {"Float32", "Float64"}
        is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if is_call or is_division or is_type or is_literal:
            yield f"{shown(path)}:{getattr(node, 'lineno', 0)}"
