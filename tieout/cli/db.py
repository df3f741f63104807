"""`tieout db upgrade`: bring the schema of the workspace's database to the newest revision."""

import typer

from tieout.cli.output import Home, talk

_HELP = """Create or migrate the tables; a second call changes nothing.

Example: tieout db upgrade --home demo
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    db = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look after the database.")
    db.callback()(lambda: None)
    db.command("upgrade", help=_HELP)(upgrade)
    app.add_typer(db, name="db")


def upgrade(home: Home) -> None:
    """Run the pending migrations."""
    from tieout.config import load_workspace
    from tieout.store.engine import Database

    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    talk(f"The schema of {database.shown_url} is up to date.")
