"""`tieout demo`: the whole story on this machine, from authorisation to a closed case."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.cli.output import Home, talk

if TYPE_CHECKING:
    from pathlib import Path

    from tieout.cli.summary import DaySummary

_HELP = """Simulate an acquirer, fetch its files over SFTP, run the nights, show what was found.

Needs nothing but this machine: SQLite, and a file server of its own on a free local port. On a
terminal it then serves the pages until Ctrl-C. Run again, it says that nothing changed.

Example: tieout demo --home demo
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("demo", help=_HELP)(demo)


def demo(
    home: Home,
    seed: Annotated[int, typer.Option(help="Seed of the simulated world.")] = 1,
    serve: Annotated[
        bool | None, typer.Option(help="Serve the pages afterwards (default: on a terminal).")
    ] = None,
) -> None:
    """Play the world, run its nights, compare what was found with what was planted."""
    from tieout.cli.summary import print_summary
    from tieout.cli.world import play_and_run, verify_world

    home = home.resolve()
    days = play_and_run(home, seed, each=_tell)
    print_summary(days)
    verification = verify_world(home)
    typer.echo(
        f"planted anomalies found: {verification.found} of {verification.planted}, "
        f"cases nobody planted: {len(verification.unexpected)}"
    )
    for line in (*verification.missed, *verification.unexpected):
        typer.echo(f"  {line}")
    if all(day.changed == 0 for day in days):
        typer.echo("Nothing changed since the last time.")
    _say_where_next(home, days)
    if not verification.is_exact:
        raise typer.Exit(1)
    if serve if serve is not None else sys.stdout.isatty():
        from tieout.cli.serve import serve as serve_pages

        serve_pages(home=home)


def _tell(day: "DaySummary") -> None:
    talk(f"  {day.business_date}: night done, {day.changed} changes")


def _say_where_next(home: "Path", days: list["DaySummary"]) -> None:
    shown = home.name if home.parent == home.cwd() else str(home)
    last = days[-1].business_date
    typer.echo(
        f"""
Where to look next:
  tieout cases --home {shown}                                the cases, open first
  tieout outcomes --home {shown} --date {last}          what became of every line
  tieout ledger check --home {shown}                         do the books close
  tieout serve --home {shown}                                the pages
  tieout dagster --home {shown}                              Dagster's UI, backfills
  tieout init mybooks                                      your own files"""
    )
