"""`tieout doctor`: what it finds, what it advises, and the exit code that sums it up."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.support.processes import free_port
from tests.support.sshd import SftpServer
from tieout.cli import doctor as verb
from tieout.cli.init import init_workspace
from tieout.config import load_workspace
from tieout.store.engine import Database


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh workspace."""
    init_workspace(tmp_path / "books")
    return tmp_path / "books"


def _doctor(home: Path) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit code, and the checks by `<check> <subject>`."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    verb.register(app)
    result = CliRunner().invoke(app, ["doctor", "--home", str(home), "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    checks = json.loads(result.stdout)["checks"]
    return result.exit_code, {f"{one['check']} {one['subject']}": one for one in checks}


def _feed(home: Path, name: str, old: str, new: str) -> None:
    path = home / "feeds" / f"{name}.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def _sftp_feed(home: Path, *, port: int, username: str, key: Path, known_hosts: Path) -> None:
    """Let the bank's files come over SFTP."""
    table = (
        f'[sftp]\nhost = "127.0.0.1"\nport = {port}\nusername = "{username}"\n'
        f'private_key = "{key}"\nknown_hosts = "{known_hosts}"\n'
    )
    _feed(home, "bank", 'transport = "directory"', 'transport = "sftp"')
    _feed(home, "bank", '[directory]\npath = "inbox/bank"\n', table)


class TestHealthy:
    """All is fine."""

    def test_a_new_workspace_is(self, home: Path) -> None:
        code, checks = _doctor(home)

        assert {check["state"] for check in checks.values()} == {"fine"}
        assert code == 0

    def test_so_is_one_with_its_database(self, home: Path) -> None:
        Database(load_workspace(home).database_url).upgrade()

        code, checks = _doctor(home)

        assert ": schema " in checks["database schema"]["found"]
        assert code == 0

    def test_counts_the_files_that_carry_the_pattern(self, home: Path) -> None:
        for name in ("bank_2026-03-02.csv", "bank_2026-03-03.csv", "notes.txt"):
            (home / "inbox" / "bank" / name).touch()

        _, checks = _doctor(home)

        assert "2 of 3 files" in checks["files bank"]["found"]

    def test_a_folder_without_files_and_a_calendar_without_days_are_said_so(
        self, home: Path
    ) -> None:
        for path in (home / "inbox" / "bank").iterdir():
            path.unlink()
        (home / "calendars" / "GB.toml").write_text("closed = []\n", "utf-8")

        _, checks = _doctor(home)

        assert checks["files bank"]["found"].endswith("inbox/bank: no file yet")
        assert checks["calendar calendars/GB.toml"]["found"] == "no more closing days"

    def test_an_sftp_server_whose_key_is_pinned(self, home: Path, sftp_server: SftpServer) -> None:
        _sftp_feed(
            home,
            port=sftp_server.port,
            username=sftp_server.username,
            key=sftp_server.private_key,
            known_hosts=sftp_server.known_hosts,
        )

        code, checks = _doctor(home)

        assert checks["files bank"]["state"] == "fine", checks["files bank"]
        assert code == 0


class TestWrong:
    """Something that a person must correct: exit 1, with what to do."""

    def test_a_folder_that_is_not_there(self, home: Path) -> None:
        (home / "inbox" / "bank").rmdir()

        code, checks = _doctor(home)

        assert "inbox/bank" in checks["files bank"]["found"]
        assert checks["files bank"]["todo"]
        assert code == 1

    def test_a_key_that_others_can_read(self, home: Path) -> None:
        (home / "data" / "pan.key").chmod(0o644)

        code, checks = _doctor(home)

        assert "0644" in checks["key pan.key"]["found"]
        assert checks["key pan.key"]["todo"].startswith("chmod 600")
        assert code == 1

    def test_a_database_without_its_schema(self, home: Path) -> None:
        (home / "data" / "tieout.db").touch()

        code, checks = _doctor(home)

        assert "tieout db upgrade" in checks["database schema"]["todo"]
        assert code == 1

    def test_a_leg_that_names_no_feed(self, home: Path) -> None:
        (home / "feeds" / "bank.toml").rename(home / "feeds" / "bank_berlin.toml")

        code, checks = _doctor(home)

        plan = checks["reconciliation reconciliations/orders_bank.toml"]
        assert "'bank'" in plan["found"]
        assert "bank_berlin" in plan["todo"]
        assert code == 1

    def test_one_wrong_feed_does_not_hide_the_others(self, home: Path) -> None:
        _feed(home, "orders", 'calendar = "XECB"', 'calendar = "XEBC"')

        code, checks = _doctor(home)

        assert "XEBC" in checks["feed feeds/orders.toml"]["found"]
        assert checks["files bank"]["state"] == "fine"
        assert code == 1

    def test_settings_that_cannot_be_read(self, home: Path) -> None:
        (home / "tieout.toml").write_text("[web]\nprot = 1\n", "utf-8")

        code, checks = _doctor(home)

        assert "did you mean 'port'" in checks["settings tieout.toml"]["found"]
        assert checks["feed feeds/bank.toml"]["state"] == "fine"
        assert code == 1

    def test_a_host_whose_key_is_not_pinned(
        self, home: Path, sftp_server: SftpServer, tmp_path: Path
    ) -> None:
        (tmp_path / "known_hosts").touch()
        _sftp_feed(
            home,
            port=sftp_server.port,
            username=sftp_server.username,
            key=sftp_server.private_key,
            known_hosts=tmp_path / "known_hosts",
        )

        code, checks = _doctor(home)

        assert checks["files bank"]["state"] == "wrong"
        assert code == 1


class TestTemporary:
    """Nothing to correct, only to wait for: exit 75."""

    def test_a_server_that_does_not_answer(self, home: Path, sftp_server: SftpServer) -> None:
        _sftp_feed(
            home,
            port=free_port(),
            username=sftp_server.username,
            key=sftp_server.private_key,
            known_hosts=sftp_server.known_hosts,
        )

        code, checks = _doctor(home)

        assert checks["files bank"]["state"] == "temporary", checks["files bank"]
        assert code == 75
