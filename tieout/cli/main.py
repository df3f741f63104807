"""The `tieout` command: one verb per module of this folder; here errors become exit codes.

A verb's module defines `register(app)`; it imports heavy libraries inside its command, so that
`tieout --help` answers at once.
"""

import sys
from importlib import import_module
from typing import NoReturn

import typer
from rich.console import Console

from tieout.errors import StorageUnavailable, TieoutError

VERBS = (
    "init",
    "doctor",
    "demo",
    "run",
    "parse",
    "match",
    "files",
    "outcomes",
    "proofs",
    "rules",
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
    """Run one command; an error of ours or of a folder becomes a message and an exit code."""
    try:
        build_app()()
    except TieoutError as error:
        _end_with(error)
    except OSError as error:
        if error.filename is None:
            raise
        _end_with(
            StorageUnavailable(
                f"{error.filename} cannot be used: {error.strerror}.",
                hint="Check what is there, its rights, and the space on the disk.",
            )
        )


def _end_with(error: TieoutError) -> NoReturn:
    """Say what went wrong and leave with its code."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error:[/] ", end="")
    console.print(error.message, markup=False)
    if error.hint:
        console.print("  → " + error.hint, markup=False)
    sys.exit(error.exit_code)
