"""`tieout run`: the night of one business date."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.cli.output import AsJson, Home, parse_date, print_json, talk

if TYPE_CHECKING:
    from pipelines.night_run import NightResult
    from tieout.cli.summary import DaySummary

_HELP = """Run the nightly job of one business date. Run again, it changes nothing.

Exit codes: 0 done, 3 more breaks than --fail-over, 4 a file is missing, 5 another run holds the
workspace, 6 a file was refused, 75 a server is not there: try again.

Example: tieout run --home demo --date 2026-05-04
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("run", help=_HELP)(run)


def run(
    home: Home,
    day: Annotated[str, typer.Option("--date", help="The business date, as 2026-05-04.")],
    fail_over: Annotated[
        int | None, typer.Option(help="Exit 3 when the date has more open cases than this.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the night and exit with what it found."""
    from tieout.cli.simulated import reachable_files
    from tieout.config import load_workspace

    business_date = parse_date(day)
    workspace = load_workspace(home)
    with reachable_files(workspace.home):
        summary = run_date(workspace.home, business_date, is_quiet=as_json)
    if as_json:
        print_json(summary.as_json())
    else:
        from tieout.cli.summary import print_summary

        print_summary([summary])
        for note in summary.notes(home):
            talk(note)
        talk(_closing_words(summary, home))
    raise typer.Exit(summary.exit_code(fail_over))


def run_date(home: Path, business_date: date, *, is_quiet: bool = False) -> "DaySummary":
    """Run one night while holding the workspace; return what it came to."""
    from tieout.store.locks import hold_workspace

    # Taken before Dagster is imported, so that a second run is told at once.
    with hold_workspace(home, what=f"the run of {business_date}"):
        from pipelines.night_run import run_night
        from tieout.cli.progress import showing_steps

        with showing_steps(f"night of {business_date}", is_quiet=is_quiet):
            result = run_night(home, business_date)
    return _summary(home, business_date, result)


def _summary(home: Path, business_date: date, result: "NightResult") -> "DaySummary":
    from tieout.cli.summary import summarise
    from tieout.config import load_workspace
    from tieout.store.engine import Database

    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    with database.reading() as connection:
        return summarise(connection, workspace, business_date, result.changes, strays=result.strays)


def _closing_words(summary: "DaySummary", home: Path) -> str:
    found = summary.trouble()
    words = f"; {found}" if found else ""
    if summary.changed == 0:
        return f"{summary.business_date}: nothing changed{words}."
    return f"{summary.business_date}: done{words}. See `tieout cases --home {home}`."
