"""The file server of a simulated workspace: its counterparties, on this machine.

A simulated workspace keeps what its acquirer sent in `simulation/outbox`. Whoever runs a night or
Dagster over it finds that folder served over SFTP; workspaces of real counterparties are not
touched.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tieout.simulator.sftp_server import FolderSftpServer
from tieout.simulator.workspace import write_workspace
from tieout.transfer.sftp import SftpLogin

MANIFEST = Path("simulation/manifest.json")
SERVED = Path("simulation/outbox")
KEYS = Path("simulation/keys")
PORT = Path("simulation/port")


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
        manifest = read_manifest(home)
        if server.port != port:
            write_workspace(home, login_of(server), seed=manifest["seed"] if manifest else seed)
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


def login_of(server: FolderSftpServer) -> SftpLogin:
    """Return how the workspace logs in; the paths are relative to it."""
    private_key = KEYS / server.private_key.name
    known_hosts = KEYS / server.known_hosts.name
    return SftpLogin(server.host, server.port, server.username, ".", private_key, known_hosts)


def read_manifest(home: Path) -> Any:
    """Return the decoded manifest of a finished world, None before."""
    path = home / MANIFEST
    return json.loads(path.read_text("utf-8")) if path.exists() else None
