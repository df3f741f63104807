"""`tieout dagster`: Dagster's own UI over the workspace, with schedules and backfills."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from tieout.cli.output import Home, talk

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
        code = subprocess.call(command, env=environment)  # noqa: S603 - our own interpreter
    raise typer.Exit(code)
