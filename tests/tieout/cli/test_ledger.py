"""`tieout db upgrade` and `tieout ledger check`: exit codes, and what they print."""

import json
from pathlib import Path

import pytest
import typer
from sqlalchemy import update
from typer.testing import CliRunner, Result

from tests.tieout.store.scripted import Clock, ScriptedProvider, order, service_on
from tieout.cli import db, ledger
from tieout.config import load_workspace
from tieout.errors import UsageError
from tieout.store.engine import Database
from tieout.store.tables.core import payment


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with nothing but its settings."""
    (tmp_path / "tieout.toml").write_text('[workspace]\nname = "test"\n', encoding="utf-8")
    return tmp_path


def run(*words: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    db.register(app)
    ledger.register(app)
    return CliRunner().invoke(app, list(words))


class TestLedgerCheck:
    """The invariants from the command line."""

    def test_empty_ledger_holds(self, home: Path) -> None:
        run("db", "upgrade", "--home", str(home))

        result = run("ledger", "check", "--home", str(home), "--json")

        assert result.exit_code == 0
        assert json.loads(result.stdout)["holds"] is True

    def test_changed_amount_exits_6_and_names_the_payment(self, home: Path) -> None:
        run("db", "upgrade", "--home", str(home))
        database = Database(load_workspace(home).database_url)
        view = service_on(database, ScriptedProvider(), Clock()).authorise(order())
        with database.transaction() as connection:
            connection.execute(update(payment).values(captured_minor=1))

        result = run("ledger", "check", "--home", str(home))

        assert result.exit_code == 6
        assert "amounts_follow_operations\tNO" in result.stdout
        assert view.id in result.stderr

    def test_database_without_tables_says_what_to_do(self, home: Path) -> None:
        (home / "data").mkdir()

        result = run("ledger", "check", "--home", str(home))

        assert isinstance(result.exception, UsageError)
        assert "tieout db upgrade" in str(result.exception)
