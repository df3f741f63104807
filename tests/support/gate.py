"""Holds a run at each of its named steps (see tieout/steps.py), so that a test can act there."""

import os
import select
from pathlib import Path
from typing import Protocol

from tests.support.launcher import Finished

_STEP_SECONDS = 120


class Process(Protocol):
    """A process under way; its descriptor is readable once it has ended."""

    def fileno(self) -> int:
        """The descriptor."""
        ...

    def wait(self) -> list[Finished]:
        """What it came to."""
        ...


class Gate:
    """Two FIFOs of one run: it writes where it stands, and waits until it may go on.

    Attributes:
        env: what a run needs in its environment to stop here.
        passed: the steps so far, the one that the run stands at included.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        out, back = folder / "gate.out", folder / "gate.in"
        self.env = {"TIEOUT_STEP_GATE": f"{out}:{back}"}
        self.passed: list[str] = []
        for path in (out, back):
            os.mkfifo(path)
        # Open for both, so that neither side ever waits for the other to open or sees an end.
        self._out = os.open(out, os.O_RDWR)
        self._back = os.open(back, os.O_RDWR)

    def next_step(self, run: Process) -> str | None:
        """The step at which the run stands now; None when it has ended."""
        ready, _, _ = select.select([self._out, run.fileno()], [], [], _STEP_SECONDS)
        assert ready, f"no step within {_STEP_SECONDS} s after {self.passed}"
        if self._out not in ready:
            return None
        name = os.read(self._out, 4096).decode().strip()
        self.passed.append(name)
        return name

    def let_go(self) -> None:
        """Allow the step at which the run stands."""
        os.write(self._back, b".")

    def hold_at(self, run: Process, place: int) -> str:
        """Let the run go on until it stands at its step number `place`, from 0."""
        while (name := self.next_step(run)) is not None:
            if len(self.passed) > place:
                return name
            self.let_go()
        raise AssertionError(self._story(run, f"step {place}"))

    def hold_at_step(self, run: Process, wanted: str) -> None:
        """Let the run go on until it stands at the first step of this name."""
        while (name := self.next_step(run)) is not None:
            if name == wanted:
                return
            self.let_go()
        raise AssertionError(self._story(run, wanted))

    def release(self, run: Process) -> None:
        """Let the run go from where it stands to its end."""
        self.let_go()
        while self.next_step(run) is not None:
            self.let_go()

    def _story(self, run: Process, wanted: str) -> str:
        said = "\n".join(one.stderr for one in run.wait())
        return f"the run ended without {wanted}, after {self.passed}:\n{said}"

    def close(self) -> None:
        """Close both FIFOs."""
        os.close(self._out)
        os.close(self._back)
