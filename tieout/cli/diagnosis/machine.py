"""Can this machine do the work? Python, folders and disk, the card number key, the database."""

import os
import shutil
import stat
import sys
from importlib.metadata import version
from pathlib import Path

from tieout.cli.diagnosis import Check, asked
from tieout.config import Workspace
from tieout.errors import Transient, UsageError
from tieout.store.engine import Database

_PYTHON = (3, 11)
_FREE_MIB_MIN = 500
"""A night writes about three times the size of its files; below this it may not end."""


class DiskFull(Transient):
    """Too little space is left for a night's work."""


def check_machine(workspace: Workspace) -> list[Check]:
    """Return what this machine has for the workspace."""
    return [
        asked("python", "version", _python),
        asked("folder", "landing", lambda: _folder(workspace.landing_path)),
        asked("folder", "frames", lambda: _folder(workspace.frames_path)),
        asked("key", "pan.key", lambda: _pan_key(workspace)),
        asked("database", "schema", lambda: _database(workspace)),
    ]


def _python() -> str:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < _PYTHON:
        raise UsageError(f"Python {found} is too old.", hint="Install Python 3.11 or newer.")
    return f"Python {found}, tieout {version('tieout')}, Dagster {version('dagster')}"


def _folder(path: Path) -> str:
    """Say how much space is free; a folder that is not there yet is made by the first run."""
    there = next(place for place in (path, *path.parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise UsageError(
            f"{there} cannot be written to.", hint="Give yourself the right, or move it."
        )
    free = shutil.disk_usage(there).free // 2**20
    if free < _FREE_MIB_MIN:
        raise DiskFull(
            f"{path} has {free} MiB free, expected at least {_FREE_MIB_MIN}.",
            hint="Make room, or name another folder in tieout.toml.",
        )
    return f"{path}: writable, {free} MiB free"


def _pan_key(workspace: Workspace) -> str:
    key = workspace.pan_key()
    kind, _, name = workspace.settings.pan.key.partition(":")
    if len(key) < 16:
        raise UsageError(
            f"The key of card fingerprints has {len(key)} bytes, expected at least 16.",
            hint="Make one: python -c 'import secrets; print(secrets.token_hex(32))'.",
        )
    if kind != "file":
        return f"from the {kind}"
    mode = stat.S_IMODE((workspace.home / name).stat().st_mode)
    if mode & 0o077:
        raise UsageError(
            f"{name} has mode {mode:04o}, expected 0600: others can read it.",
            hint=f"chmod 600 {workspace.home / name}",
        )
    return f"{name}, mode {mode:04o}"


def _database(workspace: Workspace) -> str:
    database = Database(workspace.database_url, workspace.database_password())
    shown = database.url.render_as_string(hide_password=True)
    if database.dialect == "sqlite" and not Path(str(database.url.database)).exists():
        return f"{shown}: not there yet, the first run makes it"
    try:
        found, wanted = _revisions(database)
    finally:
        database.close()
    if found != wanted:
        raise UsageError(
            f"{shown} has schema {found or 'none'}, expected {wanted}.",
            hint="Run tieout db upgrade.",
        )
    return f"{shown}: schema {found}"


def _revisions(database: Database) -> tuple[str, str]:
    """Return the revisions that the database has, and those that this version brings."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from tieout.store.migration import config_for

    wanted = ScriptDirectory.from_config(config_for()).get_heads()
    with database.reading() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    return ", ".join(sorted(found)), ", ".join(sorted(wanted))
