"""Nights for tests: a world made ready, `tieout` as a user runs it, and what stands after it.

`prepare_world` plays all of a world's dates through the core, so that a test only has to put files
where they are fetched and to run nights. A prepared workspace with the embedded database is a
folder: `shutil.copytree` gives a second one that knows nothing of the first.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from tests.support.launcher import Finished, Launcher, PlainRun, Started
from tests.support.sshd import SftpServer
from tieout.config import load_workspace
from tieout.simulator.files import SimulatedFile
from tieout.simulator.play import AcquirerSimulator
from tieout.simulator.workspace import write_workspace
from tieout.simulator.world import World
from tieout.store.engine import Database
from tieout.transfer.sftp import SftpLogin

TIEOUT = Path(sys.executable).with_name("tieout")
RUN_SECONDS = 300
_NOT_OF_THE_NIGHT = frozenset({"recorded_at", "run_id"})
"""What differs between two runs of the same night: the clock and the run's own number."""


@dataclass(frozen=True)
class PreparedWorld:
    """A workspace whose core holds a whole world's payments; no night has been run in it.

    Attributes:
        files: of each business date, those that go up on it; late ones are with the later date.
        manifest: what was planted, as the simulator writes it.
    """

    home: Path
    world: World
    files: Mapping[date, tuple[SimulatedFile, ...]]
    manifest: bytes

    @property
    def dates(self) -> tuple[date, ...]:
        """The business dates, in order."""
        return self.world.dates

    def sent_by(self, last: date) -> list[SimulatedFile]:
        """The files that have gone up by the end of a business date."""
        return [file for day, files in self.files.items() if day <= last for file in files]


def login_of(server: SftpServer, *, folder: str = ".") -> SftpLogin:
    """How a workspace logs in at the test's server."""
    return SftpLogin(
        server.host, server.port, server.username, folder, server.private_key, server.known_hosts
    )


def prepare_world(
    home: Path,
    seed: int,
    login: SftpLogin,
    *,
    database_url: str | None = None,
    business_dates: int = 6,
    payments_per_date: int = 40,
) -> PreparedWorld:
    """Make a workspace in `home` and let the world of `seed` happen in its core.

    Nothing is uploaded: see `put_files`.
    """
    write_workspace(home, login, seed=seed, database_url=database_url)
    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    world = World(seed, business_dates=business_dates, payments_per_date=payments_per_date)
    simulator = AcquirerSimulator(database, world)
    files = {day: simulator.play(day) for day in world.dates}
    database.close()
    return PreparedWorld(home, world, files, simulator.manifest.as_bytes())


def point_at(home: Path, seed: int, login: SftpLogin, *, database_url: str | None = None) -> None:
    """Let a workspace fetch its files somewhere else; everything else stays."""
    write_workspace(home, login, seed=seed, database_url=database_url)


def put_files(folder: Path, files: Iterable[SimulatedFile]) -> None:
    """Put files where a server serves them; each has a time that its dates decide."""
    for file in files:
        sent_at = datetime.combine(file.sent_on, time(21), tzinfo=UTC)
        put_file(folder, file.name, file.content, sent_at=sent_at)


def put_file(folder: Path, name: str, content: bytes, *, sent_at: datetime) -> None:
    """Put one file there, complete from the moment on which it has its name."""
    unfinished = folder / f".{name}.part"
    unfinished.write_bytes(content)
    os.utime(unfinished, (sent_at.timestamp(), sent_at.timestamp()))
    unfinished.rename(folder / name)


def run_cli(
    home: Path, *words: str, env: Mapping[str, str] | None = None, launcher: Launcher | None = None
) -> Finished:
    """Run `tieout WORDS` in the workspace as a user does; a launcher only saves its imports."""
    return run_all(home, [words], env=env, launcher=launcher)[0]


def run_all(
    home: Path,
    commands: Sequence[Sequence[str]],
    *,
    env: Mapping[str, str] | None = None,
    launcher: Launcher | None = None,
) -> list[Finished]:
    """Run several commands one after the other; with a launcher, all in one process."""
    if launcher is not None:
        return launcher.run(commands, home=home, env=env)
    return [_run_plainly(home, words, env or {}) for words in commands]


def _run_plainly(home: Path, words: Sequence[str], env: Mapping[str, str]) -> Finished:
    done = subprocess.run(
        [TIEOUT, *words],
        cwd=home,
        env={**os.environ, **env},  # noqa: TID251 - the child's environment is ours
        capture_output=True,
        check=False,
        timeout=RUN_SECONDS,
    )
    return Finished(tuple(words), done.returncode, done.stdout, done.stderr.decode())


def start_night(
    home: Path,
    day: date,
    *,
    env: Mapping[str, str] | None = None,
    launcher: Launcher | None = None,
) -> Started | PlainRun:
    """Start the night of one business date and do not wait for it."""
    words = ("run", "--date", day.isoformat())
    if launcher is not None:
        return launcher.start([words], home=home, env=env)
    return PlainRun(words, home=home, env=env or {})


def run_night(home: Path, day: date, *, launcher: Launcher | None = None) -> Finished:
    """Run the night of one business date."""
    return run_cli(home, "run", "--date", day.isoformat(), launcher=launcher)


def outcome_bytes(home: Path, day: date, *, launcher: Launcher | None = None) -> bytes:
    """The file that `tieout outcomes --out` writes for one business date."""
    out = home / "outcomes.csv"
    done = run_cli(
        home, "outcomes", "--date", day.isoformat(), "--out", str(out), launcher=launcher
    )
    assert done.code == 0, done.stderr
    return out.read_bytes()


@dataclass(frozen=True)
class Standing:
    """Everything of a workspace that a rerun must leave as an undisturbed run leaves it.

    Attributes:
        outcomes: of each business date asked for, the bytes of its outcomes.
        cases: the bytes of the list of all cases.
        stories: of each case what `tieout cases show` says, without clock and run.
        ledger: the answer of `tieout ledger check`.
    """

    outcomes: dict[date, bytes]
    cases: bytes
    stories: dict[str, Any]
    ledger: Any

    @property
    def case_ids(self) -> list[str]:
        """The numbers of all cases."""
        return sorted(self.stories)


def standing_of(home: Path, days: Sequence[date], *, launcher: Launcher | None = None) -> Standing:
    """Ask the workspace for everything through the command line; the books must close."""
    outs = {day: home / f"outcomes_{day}.csv" for day in days}
    commands: list[tuple[str, ...]] = [
        ("outcomes", "--date", day.isoformat(), "--out", str(out)) for day, out in outs.items()
    ]
    commands += [("cases", "ls", "--state", "all", "--json"), ("ledger", "check", "--json")]
    done = run_all(home, commands, launcher=launcher)
    for one in done:
        assert one.code == 0, f"tieout {' '.join(one.words)}: {one.code}\n{one.stderr}"
    listed, checked = done[-2:]
    case_ids = [case["case_id"] for case in json.loads(listed.stdout)["cases"]]
    shown = run_all(
        home, [("cases", "show", case_id, "--json") for case_id in case_ids], launcher=launcher
    )
    return Standing(
        outcomes={day: out.read_bytes() for day, out in outs.items()},
        cases=listed.stdout,
        stories={
            case_id: _timeless(json.loads(one.stdout))
            for case_id, one in zip(case_ids, shown, strict=True)
        },
        ledger=json.loads(checked.stdout),
    )


def _timeless(document: Any) -> Any:
    """The document without the clock's and the run's marks, at any depth."""
    if isinstance(document, dict):
        kept = {key: value for key, value in document.items() if key not in _NOT_OF_THE_NIGHT}
        return {key: _timeless(value) for key, value in kept.items()}
    if isinstance(document, list):
        return [_timeless(value) for value in document]
    return document
