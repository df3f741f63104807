"""A process that has imported everything and forks one `tieout` per command, or per few commands.

Importing Dagster and Polars takes most of a short run. The launcher imports them once, starts no
thread pool, and forks: the child gets its own session, folder and environment and calls the
command line's `main()`, as the installed script does. Tests that kill runs a hundred times use it;
some run the same through the script itself, to see that it makes no difference.
"""

import contextlib
import ctypes
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_ROOT = Path(__file__).parents[2]
_WAIT_SECONDS = 180
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_PRELOADED = (
    "dagster._core.instance.factory",
    "dagster._core.storage.event_log",
    "dagster._core.storage.legacy_storage",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.runs",
    "dagster._core.storage.schedules",
    "dagster._core.storage.sqlite_storage",
    "dagster._daemon.types",
    "dagster._core.storage.migration",
    "pandera.backends.polars.builtin_checks",
    "pipelines.night_run",
    "tieout.cli.main",
    "tieout.cli.summary",
    "tieout.cli.world",
    "tieout.invariants",
    "tieout.reports.as_of",
    "tieout.reports.case_detail",
    "tieout.reports.case_filter",
    "tieout.reports.case_list",
    "tieout.reports.documents",
    "tieout.reports.outcomes",
    "tieout.store.migration",
)


@dataclass(frozen=True)
class Finished:
    """What one command came to; the code is negative when a signal ended it."""

    words: tuple[str, ...]
    code: int
    stdout: bytes
    stderr: str


class PlainRun:
    """`tieout WORDS` as the installed script, under way in its own process group."""

    def __init__(self, words: Sequence[str], *, home: Path, env: Mapping[str, str]) -> None:
        self._words = tuple(words)
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("tieout"), *words],
            cwd=home,
            env={**os.environ, **env},  # noqa: TID251 - the child's environment is ours
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._descriptor = os.pidfd_open(self.pid)

    def fileno(self) -> int:
        """A descriptor that is readable once the process has ended."""
        return self._descriptor

    def has_ended_within(self, seconds: float) -> bool:
        """Wait so long for the process to end."""
        return bool(select.select([self], [], [], seconds)[0])

    def kill(self, *, whole_group: bool = False) -> None:
        """End it as nobody can prevent: SIGKILL to it alone, or to its whole process group."""
        _kill(self.pid, whole_group=whole_group)

    def wait(self) -> list[Finished]:
        """What the command came to, as the only element."""
        out, err = self._process.communicate(timeout=_WAIT_SECONDS)
        os.close(self._descriptor)
        return [Finished(self._words, self._process.returncode, out, err.decode())]


class Started:
    """A forked process under way that runs commands one after the other."""

    def __init__(
        self, launcher: "Launcher", pid: int, commands: Sequence[Sequence[str]], folder: Path
    ) -> None:
        self.pid = pid
        self._launcher = launcher
        self._commands = [tuple(words) for words in commands]
        self._folder = folder
        self._descriptor = os.pidfd_open(pid)

    def fileno(self) -> int:
        """A descriptor that is readable once the process has ended."""
        return self._descriptor

    def has_ended_within(self, seconds: float) -> bool:
        """Wait so long for the process to end."""
        return bool(select.select([self], [], [], seconds)[0])

    def kill(self, *, whole_group: bool = False) -> None:
        """End it as nobody can prevent: SIGKILL to it alone, or to its whole process group."""
        _kill(self.pid, whole_group=whole_group)

    def wait(self) -> list[Finished]:
        """What each command came to, in order; a killed process has run fewer of them."""
        assert self.has_ended_within(_WAIT_SECONDS), f"{self._commands} did not end"
        status = self._launcher.reap(self.pid)
        os.close(self._descriptor)
        codes = [int(line) for line in self._read("codes").split()]
        codes += [os.waitstatus_to_exitcode(status)] if os.WIFSIGNALED(status) else []
        return [
            Finished(words, code, self._read(f"{number}.out"), self._read(f"{number}.err").decode())
            for number, (words, code) in enumerate(zip(self._commands, codes, strict=False))
        ]

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        return path.read_bytes() if path.exists() else b""


class Launcher:
    """Forks `tieout` from a process that has imported it; use as a context manager."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tieout-launcher-"))
        self._count = 0

    def __enter__(self) -> Self:
        """Start the parent of all runs."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.launcher"],
            cwd=_ROOT,
            # No thread may live in a process that forks; each night here has a few hundred lines.
            env={
                **os.environ,  # noqa: TID251 - the child's environment is ours
                "OPENBLAS_NUM_THREADS": "1",
                "POLARS_MAX_THREADS": "1",
                "_RJEM_MALLOC_CONF": "background_thread:false",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it and whatever it started."""
        self._process.communicate(timeout=30)
        subprocess.run(["rm", "-rf", str(self._folder)], check=False)

    def start(
        self,
        commands: Sequence[Sequence[str]],
        *,
        home: Path,
        env: Mapping[str, str] | None = None,
    ) -> Started:
        """Start one process that runs `tieout WORDS` for each of the commands."""
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        pid = self._ask(
            {
                "commands": [list(words) for words in commands],
                "home": str(home),
                "env": dict(env or {}),
                "folder": str(folder),
            }
        )
        return Started(self, pid, commands, folder)

    def run(
        self,
        commands: Sequence[Sequence[str]],
        *,
        home: Path,
        env: Mapping[str, str] | None = None,
    ) -> list[Finished]:
        """Run the commands to their end."""
        return self.start(commands, home=home, env=env).wait() if commands else []

    def reap(self, pid: int) -> int:
        """The wait status of an ended run."""
        return self._ask({"reap": pid})

    def _ask(self, request: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the launcher has ended"
        return int(line)


def _kill(pid: int, *, whole_group: bool) -> None:
    with contextlib.suppress(ProcessLookupError):
        (os.killpg if whole_group else os.kill)(pid, signal.SIGKILL)


def serve() -> None:
    """Fork a run per request line until the asker is gone; then end what still runs."""
    for name in _PRELOADED:
        importlib.import_module(name)
    alive: set[int] = set()
    _say(os.getpid())
    for line in sys.stdin:
        request = json.loads(line)
        if "reap" in request:
            _, status = os.waitpid(request["reap"], 0)
            alive.discard(request["reap"])
            _say(status)
            continue
        pid = os.fork()
        if pid == 0:
            _run(request)
        alive.add(pid)
        _say(pid)
    for pid in alive:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _run(request: Mapping[str, Any]) -> None:
    """Run the commands in this process and end it; never returns."""
    os.setsid()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)  # a held run outlives no test
    os.chdir(request["home"])
    os.environ.update(request["env"])  # noqa: TID251 - the run's environment is ours
    folder = Path(request["folder"])
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, words in enumerate(request["commands"]):
        code = _run_one(folder, number, words)
        with (folder / "codes").open("a") as codes:
            codes.write(f"{code}\n")
    os._exit(0)


def _run_one(folder: Path, number: int, words: Sequence[str]) -> int:
    from tieout.cli.main import main

    with _output_to(folder / f"{number}.out", 1), _output_to(folder / f"{number}.err", 2):
        sys.argv = ["tieout", *words]
        try:
            main()
        except SystemExit as left:
            return left.code if isinstance(left.code, int) else int(bool(left.code))
        except BaseException:  # noqa: BLE001 - as the interpreter: trace on stderr, code 1
            sys.excepthook(*sys.exc_info())
            return 1
        return 0


@contextlib.contextmanager
def _output_to(path: Path, descriptor: int) -> Iterator[None]:
    with path.open("wb") as out:
        os.dup2(out.fileno(), descriptor)
    yield
    sys.stdout.flush()
    sys.stderr.flush()


if __name__ == "__main__":
    serve()
