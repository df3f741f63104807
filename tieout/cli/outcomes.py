"""`tieout outcomes`: what became of every line of a business date."""

from pathlib import Path
from typing import Annotated

import typer

from tieout.cli.output import AsJson, Home, parse_date, print_text, talk
from tieout.errors import UsageError

_HELP = """One row per line and leg of a business date: what became of it.

The same inputs and rules give the same bytes, on any machine and database.

Examples:
  tieout outcomes --home demo --date 2026-05-04
  tieout outcomes --home demo --date 2026-05-04 --out outcomes.parquet
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("outcomes", help=_HELP)(outcomes)


def outcomes(
    home: Home,
    day: Annotated[str, typer.Option("--date", help="The business date, as 2026-05-04.")],
    reconciliation: Annotated[str | None, typer.Option(help="Only this reconciliation.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this .csv or .parquet file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print or write the outcomes of one business date."""
    from tieout.config import load_workspace
    from tieout.frames.storage import FrameStore
    from tieout.reports.outcomes import load_outcomes
    from tieout.store.engine import Database

    workspace = load_workspace(home)
    business_date = parse_date(day)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    with database.reading() as connection:
        frame = load_outcomes(
            connection,
            FrameStore(workspace.frames_path),
            business_date,
            reconciliation=reconciliation,
        )
    if frame.is_empty():
        talk(f"No outcomes for {business_date}: run `tieout run --date {business_date}` first.")
    if out is None:
        print_text((frame.write_json() if as_json else frame.write_csv()).rstrip("\n"))
    elif out.suffix == ".parquet":
        frame.write_parquet(out, compression="zstd", compression_level=1)
    elif out.suffix == ".csv":
        frame.write_csv(out)
    else:
        raise UsageError(f"{out} ends in neither .csv nor .parquet.", hint="Choose one of them.")
    if out is not None:
        talk(f"{frame.height:,} rows written to {out}")
