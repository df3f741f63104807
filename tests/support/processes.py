"""Starting the servers that tests need, so that none of them outlives the tests.

A server is started in the foreground on a free port and dies with its parent (`setpriv --pdeathsig`
of util-linux), also when pytest itself is killed.
"""

import contextlib
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_READY_SECONDS = 60.0
_PORTS = range(12_000, 32_000)


class ServerStartError(RuntimeError):
    """A server of the tests ended, or did not answer in time; its log is in the message."""


def program(*names: str) -> str:
    """The path of the first of `names` that is installed, also where only root has it in PATH."""
    for name in names:
        found = shutil.which(name) or shutil.which(name, path=_PATH)
        if found:
            return found
    message = f"none of {', '.join(names)} is installed; run `make system`"
    raise FileNotFoundError(message)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment.

    It lies below the ports the system gives to outgoing connections: none of those can take it
    between the stop and the start of a server, and no client can meet itself on it.
    """
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def start(
    command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server whose life ends with ours; its output goes to `log`."""
    guard = shutil.which("setpriv", path=_PATH)
    prefix = [guard, "--pdeathsig", "KILL"] if guard else []
    with log.open("ab") as output:
        return subprocess.Popen(
            [*prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=env,
        )


def wait_until_ready(
    process: subprocess.Popen[bytes],
    is_ready: Callable[[], bool],
    *,
    log: Path,
    seconds: float = _READY_SECONDS,
) -> None:
    """Return when `is_ready()`; ServerStartError when it ends or the time is over."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at and process.poll() is None:
        if is_ready():
            return
        time.sleep(0.02)
    stop(process)
    raise ServerStartError(f"{process.args!r} (exit {process.returncode}):\n{_tail(log)}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and wait until it is gone; twice is the same as once."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait(timeout=20)


def answers_on(port: int) -> bool:
    """Whether something accepts connections on the port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:] if log.exists() else "(no log)"
