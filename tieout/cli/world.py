"""The simulated world behind `tieout demo`: played once, its files served, its nights run.

What the acquirer did is kept in `<home>/simulation`: the files on its server, and the manifest of
what it planted. A world that was interrupted is begun again from nothing; a finished one is only
run again, and then nothing may change.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from tieout.cli.run import run_date
from tieout.cli.simulated import MANIFEST, is_simulated, login_of, read_manifest, serving_files
from tieout.cli.summary import DaySummary, summarise
from tieout.config import load_workspace
from tieout.errors import UsageError
from tieout.frames.storage import FrameStore
from tieout.reports.outcomes import load_outcomes
from tieout.simulator.play import AcquirerSimulator
from tieout.simulator.sftp_server import FolderSftpServer
from tieout.simulator.upload import upload
from tieout.simulator.verify import Verification, compare, references_of
from tieout.simulator.world import World
from tieout.store.engine import Database
from tieout.store.tables.cases import discrepancy_case


def play_and_run(home: Path, seed: int, *, each: Callable[[DaySummary], None]) -> list[DaySummary]:
    """Play the world of `seed` in `home` and run its nights; a finished world is only run again.

    Raises:
        UsageError: `home` holds something else than a simulated world.
    """
    manifest = read_manifest(home)
    is_new = manifest is None or manifest["seed"] != seed
    if is_new:
        _clear(home)
    with serving_files(home, seed=seed) as server:
        changed = _play_all(home, seed, server, each) if is_new else _run_all(home, each)
    return [_as_it_stands(home, day, count) for day, count in changed.items()]


def _play_all(
    home: Path, seed: int, server: FolderSftpServer, each: Callable[[DaySummary], None]
) -> dict[date, int]:
    workspace = load_workspace(home)
    database = Database(workspace.database_url, workspace.database_password())
    database.upgrade()
    simulator = AcquirerSimulator(database, World(seed))
    login = replace(
        login_of(server), private_key=server.private_key, known_hosts=server.known_hosts
    )
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
    manifest = read_manifest(home)
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
        return summarise(connection, workspace, business_date, changed)


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
    manifest = read_manifest(home)
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
