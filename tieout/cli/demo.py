"""`tieout demo`: the whole story on this machine, from authorisation to a closed case."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.cli.output import talk

if TYPE_CHECKING:
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
    home: Annotated[Path, typer.Option(help="Where the world is kept.")] = Path("demo"),
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

        serve_pages(home)


def _tell(day: "DaySummary") -> None:
    talk(f"  {day.business_date}: night done, {day.changed} changes")


def _say_where_next(home: Path, days: list["DaySummary"]) -> None:
    shown = home.name if home.parent == Path.cwd() else str(home)
    last = days[-1].business_date
    verbs = (
        (f"cases --home {shown}", "the cases, open first"),
        (f"outcomes --home {shown} --date {last}", "what became of every line"),
        (f"ledger check --home {shown}", "do the books close"),
        (f"serve --home {shown}", "the finance team's pages"),
        (f"dagster --home {shown}", "Dagster's UI: assets, backfills, schedule"),
        ("init books", "a workspace for files of your own"),
    )
    program = ".venv/bin/tieout" if Path(".venv/bin/tieout").exists() else "tieout"
    width = max(len(verb) for verb, _ in verbs)
    typer.echo("\nWhere to look next:")
    for verb, words in verbs:
        typer.echo(f"  {program} {verb:<{width}}  {words}")
