"""`tieout parse` as a command: what a pipe reads, and what is said about a wrong layout."""

from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

from tieout.cli import parse
from tieout.cli.main import build_app
from tieout.errors import UsageError

FIXTURES = Path(__file__).parents[2] / "fixtures"
CSV = "type,amount,currency,date\nS,1234.50,EUR,2026-03-02\n"
LAYOUT = """
[layout]
kind = { constant = "sale" }
[layout.columns]
amount = "amount"
currency = "currency"
business_date = "date"
"""


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    parse.register(app)
    words = [str(one) for one in arguments]
    result = CliRunner().invoke(app, words)
    if isinstance(result.exception, UsageError):
        raise result.exception
    return result


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_text(CSV, "utf-8")
    return path


class TestPipe:
    """Rows separated by tabs."""

    def test_totals_and_statements_are_rows(self) -> None:
        result = run(FIXTURES / "mt940" / "ordinary_two_statements.sta")

        rows = [line.split("\t") for line in result.stdout.splitlines()]
        assert result.exit_code == 0
        assert ["EUR", "2", "250.50", "1.25"] in rows
        assert [
            "NL91ABNA0417164300",
            "REF1",
            "EUR",
            "1,000.00",
            "249.25",
            "1,249.25",
            "2",
            "yes",
        ] in rows

    def test_a_refusal_is_a_row_with_its_place(self) -> None:
        result = run(FIXTURES / "mt940" / "refused_entry_without_mark.sta")

        rows = [line.split("\t") for line in result.stdout.splitlines()]
        assert result.exit_code == 6
        assert [row[:4] for row in rows if row[0] == "refusal"] == [
            ["refusal", "entry_unreadable", "5", "58"]
        ]


class TestLayout:
    """What `--layout` may be."""

    def test_help_names_every_table_that_is_read(self) -> None:
        text = CliRunner().invoke(build_app(), ["parse", "--help"]).stdout

        for table in ("[layout]", "[options]", "[controls]", "[references]"):
            assert table in text

    def test_names_lines_after_the_feed_and_not_the_file(
        self, tmp_path: Path, export: Path
    ) -> None:
        feed, lines = tmp_path / "psp.toml", tmp_path / "lines.parquet"
        feed.write_text(LAYOUT, "utf-8")

        result = run(export, "--layout", feed, "--out", lines)

        assert result.exit_code == 0
        assert pl.read_parquet(lines)["feed"].to_list() == ["psp"]

    def test_a_wrong_key_is_told_of_the_feed(self, tmp_path: Path, export: Path) -> None:
        feed = tmp_path / "psp.toml"
        feed.write_text(LAYOUT.replace("kind", "delimeter = 1\nkind"), "utf-8")

        with pytest.raises(UsageError, match="of feed 'psp'"):
            run(export, "--layout", feed)

    def test_a_misspelt_table_is_an_error(self, tmp_path: Path, export: Path) -> None:
        feed = tmp_path / "psp.toml"
        feed.write_text(LAYOUT + '\n[refrences]\nbatch_ref = { from = "narrative" }\n', "utf-8")

        with pytest.raises(UsageError, match="'refrences': did you mean 'references'"):
            run(export, "--layout", feed)

    def test_a_file_without_a_layout_is_no_layout(self, tmp_path: Path, export: Path) -> None:
        feed = tmp_path / "psp.toml"
        feed.write_text('name = "psp"\n', "utf-8")

        with pytest.raises(UsageError, match=r"psp.toml has no \[layout\] table"):
            run(export, "--layout", feed)

    def test_a_path_where_nothing_is_asks_for_a_feed(self, tmp_path: Path, export: Path) -> None:
        with pytest.raises(UsageError, match="Give the path of a feed"):
            run(export, "--layout", tmp_path / "nothing.toml")
