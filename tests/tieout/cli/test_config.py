"""Origins of settings, closing days, schemas; what `config` prints."""

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tieout.cli import config as verb
from tieout.cli.init import init_workspace
from tieout.config import load_feed, load_origins, load_workspace
from tieout.errors import UsageError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh workspace."""
    init_workspace(tmp_path)
    return tmp_path


def _run(*words: str) -> tuple[int, str]:
    app = typer.Typer(pretty_exceptions_enable=False)
    verb.register(app)
    result = CliRunner().invoke(app, ["config", *words])
    return result.exit_code, result.stdout


class TestOrigins:
    """Where the value of a setting comes from."""

    def test_file_environment_and_default(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (home / "tieout.toml").write_text("[web]\nport = 9000\n", "utf-8")
        monkeypatch.setenv("TIEOUT__WEB__HOST", "0.0.0.0")  # noqa: S104 - never listened on

        origins = load_origins(home)

        assert origins["web.port"] == "tieout.toml"
        assert origins["web.host"] == "TIEOUT__WEB__HOST"
        assert origins["database.url"] == "default"

    def test_show_says_so(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIEOUT__WEB__PORT", "9000")

        code, text = _run("show", "--home", str(home), "--origin", "--json")

        rows = {row["setting"]: row for row in json.loads(text)["settings"]}
        assert code == 0
        assert rows["web.port"] == {
            "setting": "web.port",
            "value": 9000,
            "origin": "TIEOUT__WEB__PORT",
        }

    def test_show_hides_a_password_in_the_wrong_place(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIEOUT__DATABASE__URL", "mysql+pymysql://me:hunter2@host/books")
        monkeypatch.setenv("TIEOUT__DATABASE__PASSWORD", "hunter2")

        _, text = _run("show", "--home", str(home))

        assert "hunter2" not in text
        assert "me:***@host" in text


class TestFaults:
    """What is said about wrong settings: in our words, and where they are set."""

    def test_a_wrong_variable_is_named_and_not_the_file(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIEOUT__WEB__PORT", "eighty")
        monkeypatch.setenv("TIEOUT__WBE__HOST", "localhost")

        with pytest.raises(UsageError) as caught:
            load_workspace(home)

        said = caught.value.message
        assert (
            "TIEOUT__WEB__PORT in the environment: expected a whole number, found 'eighty'" in said
        )
        assert (
            "TIEOUT__WBE__HOST in the environment: unknown key 'wbe': did you mean 'web'?" in said
        )
        assert "tieout.toml" not in said

    def test_a_value_of_the_file_stays_the_files(self, home: Path) -> None:
        (home / "tieout.toml").write_text("web = 3\n", "utf-8")

        with pytest.raises(UsageError, match=r"tieout.toml: web: expected a table, found 3\."):
            load_workspace(home)

    def test_a_folder_without_a_workspace_says_how_to_name_one(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="--home or TIEOUT_HOME"):
            load_workspace(tmp_path)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ("is_expected = false", "unknown key 'directory.is_expected': it belongs above"),
            ("[references]\nrrn = { from = 'narrative', regex = 'x' }", "needs one group"),
            ("[references]\nrrm = { from = 'narrative', regex = '(x)' }", "did you mean 'rrn'?"),
            ("[references]\nis_expected = false", "it belongs above the first [table]"),
        ],
    )
    def test_a_feed_is_told_in_our_words(self, tmp_path: Path, wrong: str, said: str) -> None:
        feed = tmp_path / "bank.toml"
        head = 'role = "statement"\ntransport = "directory"\nformat = "mt940"\npattern = "x"\n'
        feed.write_text(f'{head}[directory]\npath = "inbox"\n{wrong}\n', "utf-8")

        with pytest.raises(UsageError) as caught:
            load_feed(feed)

        assert said in caught.value.message
        assert not any(word in caught.value.message for word in ("Value error", "{", "?.", "Input"))


class TestClosingDays:
    """`calendars/NAME.toml` adds to what the calendar knows."""

    def test_a_day_is_closed_that_was_open(self, home: Path) -> None:
        (home / "calendars" / "XECB.toml").write_text("closed = [2026-03-03]\n", "utf-8")

        calendar = load_workspace(home).get_calendar("XECB")

        assert not calendar.is_business_day(date(2026, 3, 3))
        assert calendar.is_business_day(date(2026, 3, 4))

    def test_a_file_of_an_unknown_calendar_is_an_error(self, home: Path) -> None:
        (home / "calendars" / "XEBC.toml").write_text("closed = []\n", "utf-8")

        with pytest.raises(UsageError, match="XEBC"):
            load_workspace(home)


class TestSchema:
    """The JSON Schemas that editors use."""

    def test_describes_all_three_kinds_of_file(self) -> None:
        code, text = _run("schema")

        documents = json.loads(text)
        assert code == 0
        layouts = {"delimited_layout", "fixed_width_layout"}
        assert set(documents) == {"tieout", "feed", "reconciliation"} | layouts
        assert "name" not in documents["feed"]["required"]
        assert "decimal" in documents["delimited_layout"]["properties"]
        assert "records" in documents["fixed_width_layout"]["properties"]

    def test_every_reference_inside_leads_somewhere(self) -> None:
        _, text = _run("schema")

        for document in json.loads(text).values():
            named = set(_references(document))
            assert named <= {f"#/$defs/{name}" for name in document["$defs"]}

    def test_writes_one_file_per_kind(self, tmp_path: Path) -> None:
        _run("schema", "--out", str(tmp_path / "schemas"))

        names = sorted(path.name for path in (tmp_path / "schemas").iterdir())
        layouts = ["delimited_layout.json", "fixed_width_layout.json"]
        assert names == sorted(["feed.json", "reconciliation.json", "tieout.json", *layouts])


class TestCheck:
    """`config check` reads every file and hides no fault behind another."""

    def test_all_is_fine_in_a_new_workspace(self, home: Path) -> None:
        code, text = _run("check", "--home", str(home), "--json")

        assert (code, json.loads(text)["ok"]) == (0, True)

    def test_names_every_wrong_file_at_once(self, home: Path) -> None:
        bank = home / "feeds" / "bank.toml"
        bank.write_text(bank.read_text("utf-8").replace("role =", "rule ="), "utf-8")
        plan = home / "reconciliations" / "orders_bank.toml"
        plan.write_text(plan.read_text("utf-8").replace("left_lag_days", "left_leg_days"), "utf-8")

        code, text = _run("check", "--home", str(home), "--json")

        wrong = {c["subject"]: c["found"] for c in json.loads(text)["checks"] if c["todo"]}
        assert code == 1
        assert "did you mean 'role'" in wrong["feeds/bank.toml"]
        assert "did you mean 'left_lag_days'" in wrong["reconciliations/orders_bank.toml"]

    def test_a_wrong_layout_is_found_before_the_first_file(self, home: Path) -> None:
        bank = home / "feeds" / "bank.toml"
        bank.write_text(bank.read_text("utf-8").replace('amount = "Betrag"', ""), "utf-8")

        code, text = _run("check", "--home", str(home))

        assert code == 1
        assert "amount" in text


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for inner in value.values() for ref in _references(inner)]
    if isinstance(value, list):
        return [ref for inner in value for ref in _references(inner)]
    return []
