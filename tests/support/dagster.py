"""`tieout dagster` and `tieout serve` as a user starts them, ended for certain."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import processes

_TIEOUT = Path(sys.executable).with_name("tieout")
_READY_SECONDS = (
    240  # Dagster imports for ten seconds in each of four processes, on a quiet machine
)
_END_SECONDS = 60


@contextmanager
def running(home: Path, verb: str, port: int, *, path: str = "/") -> Iterator[str]:
    """Start `tieout VERB --port PORT` over the workspace; yield its address once it answers.

    At the end it is told to stop, as a service manager would; it may leave no process behind.
    """
    address, log = f"http://127.0.0.1:{port}", home / f"{verb}.log"
    command = [str(_TIEOUT), verb, "--home", str(home), "--port", str(port)]
    others = set(processes_of(home))
    process = processes.start(command, log=log)
    try:
        processes.wait_until_ready(
            process, lambda: _answers(address + path), log=log, seconds=_READY_SECONDS
        )
        yield address
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_END_SECONDS)
        left = {pid: one for pid, one in processes_of(home).items() if pid not in others}
        assert not left, f"still running after SIGTERM: {left}"
    finally:
        processes.stop(process)
        for pid in set(processes_of(home)) - others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def processes_of(home: Path) -> dict[int, str]:
    """The processes that Dagster has started for this workspace: id and command."""
    mark = f"TIEOUT_HOME={home}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(entry.name)] = command.decode(errors="replace")[:120]
    return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        time.sleep(0.2)
        return False
