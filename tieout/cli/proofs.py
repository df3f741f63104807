"""`tieout proofs`: what was proved of a business date, figure by figure."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tieout.cli.output import AsJson, Home, parse_date, print_json, print_table, talk
from tieout.errors import UsageError

if TYPE_CHECKING:
    from tieout.store.proofs import ProofRow

_HELP = """Show the proofs behind a business date: what was compared, and whether it closes.

A proof of our own arithmetic that does not close fails the run: nothing of it is in force. One
about figures of a bank opens a case. Where a later run failed, its open proofs are listed too.

Examples:
  tieout proofs --home demo --date 2026-05-04
  tieout proofs --home demo --json
"""

_COLUMNS = (
    *("proof", "reconciliation", "leg", "what", "currency", "count_in", "count_out"),
    *("sum_in", "sum_out", "holds", "detail"),
)
_FIGURES = ("count_in", "count_out", "sum_in", "sum_out")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("proofs", help=_HELP)(proofs)


def proofs(
    home: Home,
    day: Annotated[
        str | None, typer.Option("--date", help="Business date. Default: the newest.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the proofs of a business date."""
    business_date, rows = _found(home, parse_date(day) if day else None)
    open_rows = [row for row in rows if not row.holds]
    if as_json:
        print_json(
            {
                "business_date": business_date,
                "holds": not open_rows,
                "proofs": [asdict(row) for row in rows],
            }
        )
        return
    print_table(_COLUMNS, [_cells(row) for row in rows], right=_FIGURES)
    if open_rows:
        talk(f"{len(open_rows)} of {len(rows)} do not close.")


def _found(home: Path, day: date | None) -> "tuple[date, list[ProofRow]]":
    from tieout.config import load_workspace
    from tieout.reports.as_of import find_as_of
    from tieout.store.engine import Database
    from tieout.store.proofs import proofs_of_date

    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    with database.reading() as connection:
        if day is None:
            newest = find_as_of(connection)
            day = newest.business_date if newest else None
        rows = proofs_of_date(connection, day) if day else []
    if day is None or not rows:
        raise UsageError(
            f"Nothing was proved of {day}." if day else "No business date was run yet.",
            hint="`tieout run --date D` runs a business date.",
        )
    return day, rows


def _cells(row: "ProofRow") -> list[object]:
    from tieout.money import format_minor
    from tieout.store.proofs import NO_CURRENCY

    is_money = row.currency != NO_CURRENCY
    sums = [
        format_minor(minor, row.currency) if is_money else ""
        for minor in (row.sum_in_minor, row.sum_out_minor)
    ]
    return [
        row.proof.value,
        row.reconciliation,
        row.leg,
        row.name,
        row.currency if is_money else "",
        row.count_in,
        row.count_out,
        *sums,
        "yes" if row.holds else "NO",
        row.detail,
    ]
