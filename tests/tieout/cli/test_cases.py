"""`tieout cases` and `tieout serve` as commands."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from tests.support.builders import DATES, PAN, seed_month, workspace_in
from tieout.cli import cases
from tieout.cli.cases import CaseUnknown
from tieout.errors import UsageError
from tieout.store.engine import Database


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = workspace_in(tmp_path_factory.mktemp("books"))
    database = Database(workspace.database_url)
    database.upgrade()
    seed_month(database, workspace)
    database.close()
    return workspace.home


def run(*arguments: str) -> str:
    app = typer.Typer()
    cases.register(app)
    # A second verb keeps `cases` a name to type.
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["cases", *arguments], catch_exceptions=False).output


class TestCasesCommand:
    """The same queries as the pages."""

    def test_json_has_stable_keys_and_no_run(self, home: Path) -> None:
        document = json.loads(run("--home", str(home), "--state", "all", "--json"))

        assert list(document) == ["as_of", "filter", "count", "totals", "cases"]
        assert document["as_of"] == DATES[-1].isoformat()
        assert document["count"] == len(document["cases"]) == 200
        assert "run_id" not in json.dumps(document)

    def test_ls_is_the_default(self, home: Path) -> None:
        day = DATES[1].isoformat()

        short = run("--home", str(home), "--date", day, "--json")

        assert short == run("ls", "--home", str(home), "--date", day, "--json")
        assert short == run("--home", str(home), "ls", "--date", day, "--json")
        assert {case["opened_on"] for case in json.loads(short)["cases"]} == {day}

    def test_reason_and_state_narrow_the_list(self, home: Path) -> None:
        found = json.loads(
            run("ls", "--home", str(home), "--reason", "amt_under", "--state", "closed", "--json")
        )

        assert found["cases"]
        assert {(c["reason"], c["state"]) for c in found["cases"]} == {("amt_under", "closed")}

    def test_show_names_the_place_of_each_line(self, home: Path) -> None:
        first = json.loads(run("--home", str(home), "--json"))["cases"][1]["case_id"]

        document = json.loads(run("show", first, "--home", str(home), "--json"))
        text = run("--home", str(home), "show", first.lower())

        assert document["history"][0]["kind"] == "opened"
        assert document["lines"][0]["byte_length"] > 0
        assert document["lines"][0]["file_name"] in text
        assert PAN not in text

    def test_show_says_which_of_several_lines_is_compared(self, home: Path) -> None:
        listed = json.loads(run("--home", str(home), "--reason", "dup_scheme", "--json"))

        text = run("show", listed["cases"][0]["case_id"], "--home", str(home))

        assert "field\tleft\tright first of 2 lines\tcompared" in text

    def test_show_compares_nothing_where_a_case_is_about_a_file(self, home: Path) -> None:
        listed = json.loads(run("--home", str(home), "--reason", "file_missing", "--json"))

        text = run("show", listed["cases"][0]["case_id"], "--home", str(home))

        assert "compared" not in text

    def test_amounts_in_a_pipe_have_an_ascii_minus(self, home: Path) -> None:
        listed = json.loads(run("--home", str(home), "--state", "all", "--json"))
        debit = next(one for one in listed["cases"] if one["at_risk_minor"] < 0)

        text = run("--home", str(home), "--state", "all")
        text += run("show", debit["case_id"], "--home", str(home))

        assert re.search(r"\t-[0-9,.]+\t", text) is not None
        assert "\N{MINUS SIGN}" not in text

    def test_one_case_is_counted_in_the_singular(self, home: Path) -> None:
        text = run("--home", str(home), "--reason", "file_missing")

        assert "1 open case" in text
        assert "1 open cases" not in text

    def test_table_is_for_people(self, home: Path) -> None:
        output = run("--home", str(home), "--date", DATES[-1].isoformat())

        assert "File missing" in output

    def test_an_unknown_case_says_how_to_find_one(self, home: Path) -> None:
        with pytest.raises(CaseUnknown, match="--state all"):
            run("show", "C-NOBODY", "--home", str(home))

    def test_a_wrong_state_is_wrong_use(self, home: Path) -> None:
        with pytest.raises(UsageError, match="lost"):
            run("--home", str(home), "--state", "lost")

    def test_an_unknown_reason_is_wrong_use(self, home: Path) -> None:
        with pytest.raises(UsageError, match="'mis_bank'; did you mean 'miss_bank'"):
            run("--home", str(home), "--reason", "mis_bank")


class TestServeCommand:
    """The server as a process."""

    def test_serves_until_it_is_stopped(self, home: Path) -> None:
        program = (
            "import typer; from tieout.cli import serve; "
            "app = typer.Typer(); serve.register(app); app()"
        )
        command = [sys.executable, "-c", program, "--home", str(home), "--port", "0"]

        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert address is not None, line
            started = time.monotonic()
            # Past any proxy that the environment names.
            health = httpx.get(f"{address[0]}healthz", trust_env=False, timeout=30).json()
            process.terminate()
            process.wait(timeout=30)

        assert health == {"status": "ok", "business_date": DATES[-1].isoformat()}
        assert time.monotonic() - started < 30
