"""What counterparties and machines do wrong: said plainly, nothing half done, and undone by itself.

Each fault hits the night of one business date; the rest of that night goes on where it can. When
the fault is gone, the same command brings the workspace where an undisturbed night would have.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import NIGHT, SEED, Pristine
from tests.support import processes
from tests.support.launcher import Launcher
from tests.support.nights import (
    Standing,
    login_of,
    outcome_bytes,
    point_at,
    put_file,
    put_files,
    run_cli,
    run_night,
    standing_of,
)
from tests.support.sshd import SftpServer

LATER = datetime(2026, 5, 5, 4, 30, tzinfo=UTC)
"""When a sender delivers again."""


def _ebcdic(text: str) -> bytes:
    return text.encode("cp500")


def _other_count(content: bytes) -> bytes:
    """The trailer declares one record more or less than there are."""
    at = content.rindex(_ebcdic("0306008")) + 7 + 7
    other = _ebcdic("1") if content[at : at + 1] != _ebcdic("1") else _ebcdic("2")
    return content[:at] + other + content[at + 1 :]


def _cut_off(content: bytes) -> bytes:
    """The second half never came."""
    return content[: len(content) // 2]


def _as_text(content: bytes) -> bytes:
    """Somebody moved the file as text: EBCDIC became Latin-1, binary fields with it."""
    return content.decode("cp500").encode("latin-1")


def _unknown_record(content: bytes) -> bytes:
    """A message type that no clearing has."""
    return content.replace(_ebcdic("1240"), _ebcdic("1990"), 1)


DAMAGES = [_other_count, _cut_off, _as_text, _unknown_record]


def _cases(home: Path, reason: str, launcher: Launcher) -> list[dict[str, Any]]:
    """The full documents of all cases of one reason."""
    words = ("cases", "ls", "--state", "all", "--reason", reason, "--json")
    listed = json.loads(run_cli(home, *words, launcher=launcher).stdout)["cases"]
    shown = [
        run_cli(home, "cases", "show", case["case_id"], "--json", launcher=launcher)
        for case in listed
    ]
    return [json.loads(one.stdout) for one in shown]


def _rows(outcomes: bytes, leg: str | None = None) -> list[dict[str, str]]:
    rows = list(csv.DictReader(outcomes.decode().splitlines()))
    return [row for row in rows if leg in (None, row["leg"])]


def _broken(outcomes: bytes) -> set[tuple[str, str]]:
    return {(row["leg"], row["record_id"]) for row in _rows(outcomes) if row["outcome"] == "break"}


def _clearing_name(pristine: Pristine) -> str:
    return f"clearing_{pristine.day:%Y%m%d}.ipm"


def _without_file_cases(standing: Standing) -> dict[str, Any]:
    return {
        case_id: story for case_id, story in standing.stories.items() if story["leg"] != "files"
    }


class TestDatabase:
    """The database is not there."""

    def test_wrong_port_says_so_and_does_nothing(
        self, pristine: Pristine, launcher: Launcher, tmp_path: Path
    ) -> None:
        home = tmp_path / "workspace"
        url = f"mysql+pymysql://tieout@127.0.0.1:{processes.free_port()}/tieout"
        login = login_of(pristine.server, folder=str(pristine.outbox))
        point_at(home, SEED, login, database_url=url)

        done = run_night(home, pristine.day, launcher=launcher)

        assert done.code == 75, done.stderr
        assert "does not answer" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (home / "data" / "landing").exists()
        assert not (home / "data" / "frames").exists()


class TestFileServer:
    """The counterparty's server is not there, or is somebody else."""

    def test_away_is_exit_75_and_the_rerun_catches_up(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        sftp_server: SftpServer,
        launcher: Launcher,
        tmp_path: Path,
    ) -> None:
        home = tmp_path / "workspace"
        pristine.copy_with_outbox(home, server=sftp_server)
        before = standing_of(home, pristine.dates[:-1], launcher=launcher)

        sftp_server.stop()
        away = run_night(home, pristine.day, launcher=launcher)
        during = standing_of(home, pristine.dates[:-1], launcher=launcher)
        sftp_server.start()
        again = run_night(home, pristine.day, launcher=launcher)

        assert away.code == 75, away.stderr
        assert f":{sftp_server.port}" in away.stderr
        assert "Traceback" not in away.stderr
        assert during == before
        assert again.code == 0, again.stderr
        assert standing_of(home, pristine.dates, launcher=launcher) == undisturbed

    def test_another_host_key_is_refused_and_nothing_is_fetched(
        self, pristine: Pristine, sftp_server: SftpServer, launcher: Launcher, tmp_path: Path
    ) -> None:
        home = tmp_path / "workspace"
        pristine.copy_with_outbox(home, server=sftp_server)
        before = standing_of(home, pristine.dates[:-1], launcher=launcher)
        landed = sorted((home / "data" / "landing").rglob("*"))

        sftp_server.restart_with_new_host_key()
        done = run_night(home, pristine.day, launcher=launcher)

        assert done.code == 1, done.stderr
        assert "shows the host key" in done.stderr
        assert "Traceback" not in done.stderr
        assert sorted((home / "data" / "landing").rglob("*")) == landed
        assert standing_of(home, pristine.dates[:-1], launcher=launcher) == before


class TestDamagedFile:
    """A clearing file that contradicts itself."""

    @pytest.mark.parametrize("damage", DAMAGES)
    def test_is_refused_whole_and_the_rest_of_the_night_goes_on(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        launcher: Launcher,
        tmp_path: Path,
        damage: Callable[[bytes], bytes],
    ) -> None:
        home, name = tmp_path / "workspace", _clearing_name(pristine)
        outbox = pristine.copy_with_outbox(home)
        damaged = damage((outbox / name).read_bytes())
        (outbox / name).write_bytes(damaged)

        done = run_night(home, pristine.day, launcher=launcher)

        outcomes = outcome_bytes(home, pristine.day, launcher=launcher)
        (case,) = _cases(home, "file_integrity", launcher)
        kept = [path for path in (home / "data" / "landing").rglob("*") if path.is_file()]
        whole = undisturbed.outcomes[pristine.day]
        assert done.code == 6, done.stderr
        assert (case["state"], case["feed"]) == ("open", "mastercard_clearing")
        assert name in case["explanation"]
        assert damaged in [path.read_bytes() for path in kept]
        assert _rows(outcomes, "advice_bank") == _rows(whole, "advice_bank")
        assert _broken(outcomes) <= _broken(whole)
        assert not _cases(home, "file_missing", launcher)[1:]

    @pytest.mark.parametrize("damage", DAMAGES)
    def test_the_corrected_file_is_taken_by_the_same_night_run_again(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        launcher: Launcher,
        tmp_path: Path,
        damage: Callable[[bytes], bytes],
    ) -> None:
        home, name = tmp_path / "workspace", _clearing_name(pristine)
        outbox = pristine.copy_with_outbox(home)
        good = (outbox / name).read_bytes()
        (outbox / name).write_bytes(damage(good))
        run_night(home, pristine.day, launcher=launcher)

        put_file(outbox, name, good, sent_at=LATER)
        again = run_night(home, pristine.day, launcher=launcher)

        (case,) = _cases(home, "file_integrity", launcher)
        standing = standing_of(home, pristine.dates, launcher=launcher)
        assert again.code == 0, again.stderr
        assert case["state"] == "closed"
        assert case["closed_by"]["file_name"] == name
        assert standing.outcomes == undisturbed.outcomes
        assert _without_file_cases(standing) == _without_file_cases(undisturbed)

    def test_the_corrected_file_is_taken_by_the_next_night(
        self, pristine: Pristine, launcher: Launcher, tmp_path: Path
    ) -> None:
        home, name = tmp_path / "workspace", _clearing_name(pristine)
        outbox = pristine.copy_with_outbox(home)
        good = (outbox / name).read_bytes()
        (outbox / name).write_bytes(_cut_off(good))
        next_day = pristine.world.dates[NIGHT + 1]
        refused = run_night(home, pristine.day, launcher=launcher)

        put_file(outbox, name, good, sent_at=LATER)
        put_files(outbox, pristine.world.files[next_day])
        done = run_night(home, next_day, launcher=launcher)

        (case,) = _cases(home, "file_integrity", launcher)
        outcomes = outcome_bytes(home, next_day, launcher=launcher)
        caught_up = [
            row for row in _rows(outcomes, "core_clearing") if row["line_date"] == "2026-05-04"
        ]
        assert refused.code == 6
        assert done.code == 0, done.stderr
        assert (case["state"], case["closed_on"]) == ("closed", next_day.isoformat())
        assert case["closed_by"]["file_name"] == name
        assert Counter(row["outcome"] for row in caught_up)["matched"] > 30


class TestDeliveredAgain:
    """A file that was taken in before."""

    def test_the_same_bytes_change_nothing(
        self, pristine: Pristine, undisturbed: Standing, launcher: Launcher, tmp_path: Path
    ) -> None:
        home, name = tmp_path / "workspace", _clearing_name(pristine)
        outbox = pristine.copy_with_outbox(home)
        run_night(home, pristine.day, launcher=launcher)

        put_file(outbox, name, (outbox / name).read_bytes(), sent_at=LATER)
        again = run_night(home, pristine.day, launcher=launcher)

        assert again.code == 0, again.stderr
        assert "nothing changed" in again.stderr
        assert standing_of(home, pristine.dates, launcher=launcher) == undisturbed

    def test_other_content_is_kept_and_told_and_not_used(
        self, pristine: Pristine, undisturbed: Standing, launcher: Launcher, tmp_path: Path
    ) -> None:
        home = tmp_path / "workspace"
        outbox = pristine.copy_with_outbox(home)
        name = f"statement_{pristine.day:%Y%m%d}.xml"
        run_night(home, pristine.day, launcher=launcher)
        other = (outbox / name).read_bytes() + b"\n"

        put_file(outbox, name, other, sent_at=LATER)
        again = run_night(home, pristine.day, launcher=launcher)
        third = run_night(home, pristine.day, launcher=launcher)

        (case,) = _cases(home, "file_restated", launcher)
        standing = standing_of(home, pristine.dates, launcher=launcher)
        kept = [path for path in (home / "data" / "landing").rglob("*") if path.is_file()]
        assert (again.code, third.code) == (0, 0), again.stderr
        assert case["state"] == "open"
        assert "version 2" in case["explanation"]
        assert other in [path.read_bytes() for path in kept]
        assert standing.outcomes == undisturbed.outcomes
        assert _without_file_cases(standing) == _without_file_cases(undisturbed)


class TestMissingFile:
    """A file that does not come."""

    @pytest.mark.parametrize("kind", ["clearing", "advice", "statement"])
    def test_is_exit_4_and_one_case(
        self,
        pristine: Pristine,
        undisturbed: Standing,
        launcher: Launcher,
        tmp_path: Path,
        kind: str,
    ) -> None:
        home = tmp_path / "workspace"
        outbox = pristine.copy_with_outbox(home)
        (missing,) = outbox.glob(f"{kind}_{pristine.day:%Y%m%d}.*")
        late = missing.read_bytes()
        missing.unlink()

        done = run_night(home, pristine.day, launcher=launcher)
        broken = _broken(outcome_bytes(home, pristine.day, launcher=launcher))
        cases = [one for one in _cases(home, "file_missing", launcher) if one["state"] == "open"]
        put_file(outbox, missing.name, late, sent_at=LATER)
        again = run_night(home, pristine.day, launcher=launcher)

        standing = standing_of(home, pristine.dates, launcher=launcher)
        assert done.code == 4, done.stderr
        assert [case["business_date"] for case in cases] == [pristine.day.isoformat()]
        assert broken <= _broken(undisturbed.outcomes[pristine.day])
        assert again.code == 0, again.stderr
        assert standing.outcomes == undisturbed.outcomes
        assert _without_file_cases(standing) == _without_file_cases(undisturbed)


class TestStorage:
    """A folder of the workspace that cannot be written to."""

    @pytest.mark.parametrize("folder", ["data", "data/landing", "data/frames", "data/dagster"])
    def test_in_the_way_is_told_without_a_trace(
        self, pristine: Pristine, launcher: Launcher, tmp_path: Path, folder: str
    ) -> None:
        home = pristine.copy_to(tmp_path / "workspace")
        aside = home / "aside"
        (home / folder).rename(aside)
        (home / folder).write_bytes(b"")  # even root cannot write below a file

        done = run_night(home, pristine.day, launcher=launcher)
        (home / folder).unlink()
        aside.rename(home / folder)
        again = run_night(home, pristine.day, launcher=launcher)

        assert done.code in (1, 2, 75), done.stderr
        assert "error:" in done.stderr
        assert folder in done.stderr.replace("\n", "")
        assert "Traceback" not in done.stderr
        assert again.code == 0, again.stderr
