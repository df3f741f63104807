"""`tieout outcomes`: what became of every line of a business date."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.cli.output import AsJson, Home, is_terminal, parse_date, print_table, print_text, talk
from tieout.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

_HELP = """One row per line and leg of a business date: what became of it.

At a terminal a table of what matters most; in a pipe and in files every column, as CSV. The same
inputs and rules give the same bytes, on any machine and database.

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
    from tieout.store.runs import committed_dates

    workspace = load_workspace(home)
    business_date = parse_date(day)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    if reconciliation is not None:
        _check_known(reconciliation, list(workspace.reconciliations))
    with database.reading() as connection:
        frame = load_outcomes(
            connection,
            FrameStore(workspace.frames_path),
            business_date,
            reconciliation=reconciliation,
        )
        was_run = business_date in committed_dates(connection)
    if frame.is_empty() and was_run:
        talk(f"The run of {business_date} had no lines.")
    elif frame.is_empty():
        talk(f"No outcomes for {business_date}: run `tieout run --date {business_date}` first.")
    if out is None and is_terminal() and not as_json:
        show_outcomes(frame)
    elif out is None:
        print_text((frame.write_json() if as_json else frame.write_csv()).rstrip("\n"))
    elif out.suffix == ".parquet":
        frame.write_parquet(out, compression="zstd", compression_level=1)
    elif out.suffix == ".csv":
        frame.write_csv(out)
    else:
        raise UsageError(f"{out} ends in neither .csv nor .parquet.", hint="Choose one of them.")
    if out is not None:
        talk(f"{frame.height:,} rows written to {out}")


def _check_known(reconciliation: str, known: list[str]) -> None:
    from tieout.config.faults import suggest

    if reconciliation not in known:
        raise UsageError(
            f"There is no reconciliation {reconciliation!r}; {suggest(reconciliation, known)}",
            hint="Each is described in reconciliations/NAME.toml of the workspace.",
        )


def show_outcomes(frame: "pl.DataFrame") -> None:
    """Print the columns that people look for first."""
    from tieout.reports.wording import format_amount

    plain = ("leg", "side", "record_id", "currency")
    last = ("outcome", "break_reason", "case_id")
    rows = [
        [*row[:4], format_amount(row[4], row[3]), *row[5:]]
        for row in frame.select(*plain, "amount_minor", *last).iter_rows()
    ]
    columns = ("leg", "side", "record", "currency", "amount", "outcome", "reason", "case")
    print_table(columns, rows, right=("amount",))
