"""The simulated world behind `tieout demo`: played once, its files served, its nights run.

What the acquirer did is kept in `<home>/simulation`: the files on its server, and the manifest of
what it planted. A world that was interrupted is begun again from nothing; a finished one is only
run again, and then nothing may change.
"""

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from tieout.cli.run import run_date
from tieout.cli.summary import DaySummary, summarise
from tieout.config import load_workspace
from tieout.errors import UsageError
from tieout.frames.storage import FrameStore
from tieout.reports.outcomes import load_outcomes
from tieout.simulator.play import AcquirerSimulator
from tieout.simulator.sftp_server import FolderSftpServer
from tieout.simulator.upload import upload
from tieout.simulator.verify import Verification, compare, references_of
from tieout.simulator.workspace import write_workspace
from tieout.simulator.world import World
from tieout.store.engine import Database
from tieout.store.tables.cases import discrepancy_case
from tieout.transfer.sftp import SftpLogin

MANIFEST = Path("simulation/manifest.json")
SERVED = Path("simulation/outbox")
KEYS = Path("simulation/keys")
PORT = Path("simulation/port")


def play_and_run(home: Path, seed: int, *, each: Callable[[DaySummary], None]) -> list[DaySummary]:
    """Play the world of `seed` in `home` and run its nights; a finished world is only run again.

    Raises:
        UsageError: `home` holds something else than a simulated world.
    """
    manifest = _read_manifest(home)
    is_new = manifest is None or manifest["seed"] != seed
    if is_new:
        _clear(home)
    with serving_files(home, seed=seed) as server:
        changed = _play_all(home, seed, server, each) if is_new else _run_all(home, each)
    return [_as_it_stands(home, day, count) for day, count in changed.items()]


def is_simulated(home: Path) -> bool:
    """Tell whether the workspace's files come from a simulated world."""
    return (home / KEYS).is_dir()


@contextmanager
def reachable_files(home: Path) -> Iterator[None]:
    """Serve a simulated workspace's files if nobody does; other workspaces have their own servers.

    Whoever runs a night or Dagster over the demo finds its counterparties there.
    """
    if not is_simulated(home) or _is_served(home):
        yield
        return
    with serving_files(home):
        yield


def _is_served(home: Path) -> bool:
    port = int((home / PORT).read_text("utf-8")) if (home / PORT).exists() else 0
    with socket.socket() as probe:
        return port != 0 and probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving_files(home: Path, *, seed: int = 1) -> Iterator[FolderSftpServer]:
    """Serve the world's files over SFTP, and let the workspace's feeds point there."""
    remembered = home / PORT
    port = int(remembered.read_text("utf-8")) if remembered.exists() else 0
    (home / KEYS).mkdir(parents=True, exist_ok=True)
    with _listening(home, port) as server:
        manifest = _read_manifest(home)
        if server.port != port:
            write_workspace(home, _login(server), seed=manifest["seed"] if manifest else seed)
            remembered.write_text(str(server.port), "utf-8")
        yield server


@contextmanager
def _listening(home: Path, port: int) -> Iterator[FolderSftpServer]:
    with ExitStack() as stack:
        server = FolderSftpServer(home / SERVED, keys=home / KEYS, port=port)
        try:
            stack.enter_context(server)
        except OSError:  # somebody else has taken the port since
            server = FolderSftpServer(home / SERVED, keys=home / KEYS)
            stack.enter_context(server)
        yield server


def _login(server: FolderSftpServer) -> SftpLogin:
    """Return how the workspace logs in; the paths are relative to it."""
    private_key = KEYS / server.private_key.name
    known_hosts = KEYS / server.known_hosts.name
    return SftpLogin(server.host, server.port, server.username, ".", private_key, known_hosts)


def _play_all(
    home: Path, seed: int, server: FolderSftpServer, each: Callable[[DaySummary], None]
) -> dict[date, int]:
    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    simulator = AcquirerSimulator(database, World(seed))
    login = replace(_login(server), private_key=server.private_key, known_hosts=server.known_hosts)
    changed = {}
    for business_date in simulator.world.dates:
        upload(simulator.play(business_date), login)
        summary = run_date(home, business_date)
        changed[business_date] = summary.changed
        each(summary)
    (home / MANIFEST).write_bytes(simulator.manifest.as_bytes())
    database.close()
    return changed


def _run_all(home: Path, each: Callable[[DaySummary], None]) -> dict[date, int]:
    manifest = _read_manifest(home)
    changed = {}
    for day in manifest["business_dates"] if manifest else []:
        summary = run_date(home, date.fromisoformat(day))
        changed[summary.business_date] = summary.changed
        each(summary)
    return changed


def _as_it_stands(home: Path, business_date: date, changed: int) -> DaySummary:
    """Summarise a date as it stands after the last night: a later one may have closed its cases."""
    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    with database.reading() as connection:
        return summarise(connection, business_date, changed)


def _read_manifest(home: Path) -> Any:
    path = home / MANIFEST
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _clear(home: Path) -> None:
    if home.exists() and any(home.iterdir()) and not is_simulated(home):
        raise UsageError(
            f"{home} holds something else than a simulated world.",
            hint="Give an empty folder with --home; nothing was touched.",
        )
    shutil.rmtree(home, ignore_errors=True)


def verify_world(home: Path) -> Verification:
    """Compare what the nights found with what the world planted."""
    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    manifest = _read_manifest(home)
    frames = FrameStore(workspace.frames_path)
    with database.reading() as connection:
        outcomes = pl.concat(
            load_outcomes(connection, frames, date.fromisoformat(day))
            for day in manifest["business_dates"]
        )
        cases = [_as_found(row) for row in connection.execute(discrepancy_case.select())]
    database.close()
    return compare(manifest, outcomes, cases)


def _as_found(case: Any) -> dict[str, Any]:
    """Return a case as the comparison reads it: its leg, reason, state and references."""
    references = references_of(
        leg=case.leg,
        feed=case.feed,
        business_date=case.business_date.isoformat(),
        lines=case.lines,
    )
    return {"leg": case.leg, "reason": case.reason, "state": case.state, "references": references}
