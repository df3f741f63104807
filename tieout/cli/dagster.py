"""`tieout dagster`: Dagster's own UI over the workspace, with schedules and backfills."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Annotated

import typer

from tieout.cli.output import Home, talk

_GRACE_SECONDS = 10
"""How long Dagster may take to end by itself: runs under way are told to stop."""

_HELP = """Start Dagster's UI for the workspace: assets, partitions, backfills, the schedule.

The same as `dagster dev -m pipelines.definitions` with TIEOUT_HOME and DAGSTER_HOME set. Dagster's
UI has no login of its own: it listens on this machine only unless --host says otherwise.

Example: tieout dagster --home demo --port 3000
"""


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("dagster", help=_HELP)(dagster)


def dagster(
    home: Home,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
) -> None:
    """Run `dagster dev` in the foreground until it is stopped."""
    from pipelines.night_run import dagster_home
    from tieout.cli.simulated import reachable_files
    from tieout.config import load_workspace

    workspace = load_workspace(home)
    environment = {
        **os.environ,  # noqa: TID251 - handed on, not read
        "TIEOUT_HOME": str(workspace.home),
        "DAGSTER_HOME": str(dagster_home(workspace.home)),
    }
    talk(f"Dagster on http://{host}:{port} for {workspace.home}; stop it with Ctrl-C.")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions"]
    command += ["-h", host, "-p", str(port)]
    with reachable_files(workspace.home):
        code = _run_until_stopped(command, environment)
    raise typer.Exit(code)


def _run_until_stopped(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run Dagster's processes as one group, and leave none of them behind.

    A signal to us alone must reach them all, and some of them take no notice of a polite one.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    dagster = subprocess.Popen(  # noqa: S603 - our own interpreter
        command, env=environment, start_new_session=True
    )
    try:
        return dagster.wait()
    except KeyboardInterrupt:
        _signal_group(dagster.pid, signal.SIGINT)
        try:
            return dagster.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return 1
    finally:
        _signal_group(dagster.pid, signal.SIGKILL)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
