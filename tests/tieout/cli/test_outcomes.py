"""`tieout outcomes`: which question was wrong, and which answer is empty."""

from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from tests.support.builders import DATES, insert_day, workspace_in
from tieout.cli import outcomes as verb
from tieout.cli.outcomes import show_outcomes
from tieout.errors import UsageError
from tieout.reports.outcomes import COLUMNS
from tieout.store.engine import Database


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workspace with one business date on which nothing came in."""
    workspace = workspace_in(tmp_path)
    (tmp_path / "reconciliations").mkdir()
    (tmp_path / "reconciliations" / "cards.toml").write_text('name = "cards"\n', "utf-8")
    database = Database(workspace.database_url)
    database.upgrade()
    with database.transaction() as connection:
        insert_day(connection, DATES[0])
    database.close()
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    app = typer.Typer()
    verb.register(app)
    return CliRunner().invoke(app, ["--home", str(home), *arguments])


class TestEmptyAnswers:
    """Nothing to show, and why."""

    def test_a_date_without_lines_was_run(self, home: Path) -> None:
        result = run(home, "--date", DATES[0].isoformat())

        assert f"The run of {DATES[0]} had no lines." in result.stderr
        assert result.stdout == ",".join(COLUMNS) + "\n"

    def test_a_date_that_nobody_ran_names_the_command(self, home: Path) -> None:
        result = run(home, "--date", "2020-01-02")

        assert "tieout run --date 2020-01-02" in result.stderr

    def test_an_unknown_reconciliation_is_wrong_use(self, home: Path) -> None:
        result = run(home, "--date", DATES[0].isoformat(), "--reconciliation", "card")

        assert isinstance(result.exception, UsageError)
        assert "did you mean 'cards'?" in str(result.exception)


class TestTable:
    """What a person at a terminal sees."""

    def test_shows_what_matters_with_amounts_in_words(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        line = dict.fromkeys(COLUMNS, "x") | {"currency": "EUR", "outcome": "break"}
        frame = pl.DataFrame([{**line, "amount_minor": -123456}])

        show_outcomes(frame)

        names, row = (text.split("\t") for text in capsys.readouterr().out.splitlines())
        assert len(names) == 8
        assert row[3:6] == ["EUR", "-1,234.56", "break"]
