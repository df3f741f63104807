"""`tieout ledger check`: run every invariant of the money and say which hold.

Exit 0 when all hold, 6 when one is broken.
"""

import typer

from tieout.cli.output import AsJson, Home, print_json, print_table, talk

_EXIT_BROKEN = 6

_HELP = """Check that the books add up: double entry, states, sequences, suspense, the audit chain.

Exit code 0 when every invariant holds, 6 when one is broken.

Examples:
  tieout ledger check
  tieout ledger check --home demo --json
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    ledger = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Check the books of the core."
    )
    ledger.callback()(lambda: None)
    ledger.command("check", help=_HELP)(check)
    app.add_typer(ledger, name="ledger")


def check(home: Home, as_json: AsJson = False) -> None:
    """Run all invariants on one state of the database."""
    from tieout.config import load_workspace
    from tieout.invariants import run_all
    from tieout.store.engine import Database

    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    with database.reading() as connection:
        results = run_all(connection)
    broken = [one for one in results if not one.holds]
    if as_json:
        print_json(
            {
                "holds": not broken,
                "invariants": [
                    {
                        "name": one.name,
                        "statement": one.statement,
                        "holds": one.holds,
                        "violations": [
                            {"subject": each.subject, "detail": each.detail}
                            for each in one.violations
                        ],
                    }
                    for one in results
                ],
            }
        )
    else:
        columns = ["invariant", "holds", "meaning"]
        rows = [[one.name, "yes" if one.holds else "NO", one.statement] for one in results]
        print_table(columns, rows)
    for one in broken:
        for violation in one.violations:
            talk(f"{one.name}: {violation}")
    if broken:
        talk(f"{len(broken)} of {len(results)} invariants are broken; the books cannot be trusted.")
        raise typer.Exit(_EXIT_BROKEN)
