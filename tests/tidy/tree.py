"""The source files that the rules about the tree look at."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("tieout", "parsers", "matchers", "assets", "pipelines", "sql")


def modules(*places: str) -> Iterator[Path]:
    """Yield every Python file under the given folders (or the files themselves), in order."""
    for place in places:
        path = ROOT / place
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def shown(path: Path) -> str:
    """Return the path as a person reads it, from the root of the tree."""
    return str(path.relative_to(ROOT))


def syntax(path: Path) -> ast.Module:
    """Return the syntax tree of one module."""
    return ast.parse(path.read_text("utf-8"), filename=shown(path))
