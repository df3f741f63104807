"""The `tieout` command: one verb per module of this folder; here errors become exit codes.

A verb's module defines `register(app)`; it imports heavy libraries inside its command, so that
`tieout --help` answers at once.
"""

import sys
from importlib import import_module

import typer
from rich.console import Console

from tieout.errors import TieoutError

VERBS = (
    "init",
    "doctor",
    "demo",
    "run",
    "parse",
    "match",
    "outcomes",
    "cases",
    "ledger",
    "serve",
    "dagster",
    "config",
    "db",
    "bench",
)

EXIT_CODES = """Exit codes: 0 done; 1 failed; 2 wrong use; 3 breaks above --fail-over;
4 a file missing or late; 5 another run holds the workspace; 6 integrity;
75 temporary, try again."""


def build_app() -> typer.Typer:
    """Return the command line with every verb."""
    app = typer.Typer(
        name="tieout",
        help="Reconcile settlement files with transactions, and prove that nothing was lost.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for verb in VERBS:
        import_module(f"tieout.cli.{verb}").register(app)
    return app


def main() -> None:
    """Run one command; a `TieoutError` becomes a message on stderr and its exit code."""
    try:
        build_app()()
    except TieoutError as error:
        console = Console(stderr=True, highlight=False)
        console.print(f"[bold red]error:[/] {type(error).__name__}: ", end="")
        console.print(error.message, markup=False)
        if error.hint:
            console.print("  → " + error.hint, markup=False)
        sys.exit(error.exit_code)
