"""What every verb shares: the common options, and the way to stdout and stderr.

stdout carries data, stderr the talk. `--json` prints one document with stable keys. People at a
terminal get a table; a pipe gets the same rows separated by tabs, so that nothing is cut to a
width. NO_COLOR is honoured by rich.
"""

import json
import re
import sys
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tieout.config import home_from_environment
from tieout.errors import UsageError

Home = Annotated[
    Path,
    typer.Option(
        "--home",
        default_factory=home_from_environment,
        show_default="TIEOUT_HOME, or the current directory",
        help="The workspace.",
    ),
]
"""Option `--home`; declare it as `home: Home`, without a default of its own."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document with stable keys.")]
"""Option `--json`; declare it as `as_json: AsJson = False`."""


WIDTH_IN_PIPE = 160
_MINUS = re.compile("(?<![^ ])\N{MINUS SIGN}(?=[0-9])")
"""The minus sign of amounts that are written for people; one inside a text stays."""
NAMES_SHOWN = 5


def parse_date(text: str) -> date:
    """Return the date of an ISO text, as options give it (`parser=parse_date`).

    Raises:
        UsageError: the text is no calendar date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no date.", hint="Write it as 2026-03-02.") from error


def talk(message: str) -> None:
    """Tell the person something, on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(message, markup=False)


def print_json(document: Any) -> None:
    """Print `document` on stdout as one JSON document; dates become ISO text."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))


def print_text(text: str) -> None:
    """Print data that is already text on stdout."""
    typer.echo(text if is_terminal() else plain_signs(text))


def plain_signs(text: str) -> str:
    """Return the text with the ASCII minus before numbers, as programs read it."""
    return _MINUS.sub("-", text)


def is_terminal() -> bool:
    """Tell whether stdout is a terminal, with a person before it."""
    return sys.stdout.isatty()


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Collection[str] = (),
    is_for_people: bool = False,
) -> None:
    """Print rows on stdout: a table on a terminal, lines separated by tabs in a pipe.

    Columns named in `right` hold numbers and stand to the right. What nobody would process further
    (`is_for_people`) stays a table in a pipe, as wide as it needs.
    """
    if not (is_terminal() or is_for_people):
        for row in [columns, *rows]:
            typer.echo("\t".join(plain_signs(_cell(value)) for value in row))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column in right else "left")
    for row in rows:
        table.add_row(*[Text(_cell(value)) for value in row])
    Console(width=None if is_terminal() else WIDTH_IN_PIPE).print(table)


def some_names(names: Sequence[str]) -> str:
    """Return a list of names for a sentence: the first few, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("\t", " ").replace("\n", " ")


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)
