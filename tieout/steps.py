"""Named steps of a run: progress for people, and a handle to hold a run at any of them.

A run calls `step("landed.fetched")` wherever a crash would matter. The name goes to the listeners
(progress bar, log). When TIEOUT_STEP_GATE names two FIFOs (`out:in`), the run also writes each name
to the first and waits for a byte from the second: whoever holds the other end sees exactly where
the run stands, and may stop it there, by any means.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_listeners: list[Callable[[str], None]] = []


def step(name: str) -> None:
    """Say that the run has reached `name`; wait for permission if a gate is set."""
    for listener in _listeners:
        listener(name)
    gate = os.environ.get("TIEOUT_STEP_GATE")  # noqa: TID251 - a handle, not a setting
    if gate:
        _pass_gate(name, gate)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Call `listener` with every step's name while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def _pass_gate(name: str, gate: str) -> None:
    out_path, _, in_path = gate.partition(":")
    with Path(out_path).open("w") as out:
        out.write(name + "\n")
    with Path(in_path).open("rb") as allowed:
        allowed.read(1)
