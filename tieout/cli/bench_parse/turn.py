"""One turn: `python -m tieout.cli.bench_parse.turn FORMAT READER FILE SMALL`, a fresh process.

It holds itself to one core before anything heavy is loaded, reads the small file once so that
imports and first uses are behind it, then reads the file and prints what that took as JSON.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

OURS, STREAMED, CHECK, FLOOR = "ours", "streamed", "check", "floor"
_STATUS, _FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")

Turn = dict[str, float | None]


def hold_to_one_core() -> None:
    """Stay on one core, where the system lets us; libraries then start one thread."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def take_turn(format: str, reader: str, file: Path, small: Path) -> Turn:
    """Return seconds, cpu_seconds, what the reader returned, and peak_bytes (None: not known)."""
    read = _get_reader(format, reader)
    read(small)
    before = _memory("VmRSS")
    _forget_peak()
    cpu, start = time.process_time(), time.perf_counter()
    returned = read(file)
    seconds, used = time.perf_counter() - start, time.process_time() - cpu
    peak = _memory("VmHWM")
    return {
        "seconds": seconds,
        "cpu_seconds": used,
        "returned": returned,
        "peak_bytes": None if peak is None or before is None else peak - before,
    }


def _get_reader(format: str, reader: str) -> Callable[[Path], float]:
    if reader in (OURS, STREAMED, CHECK):
        # Not at the top: what a peer does not need must not be in its process.
        ours = importlib.import_module("tieout.cli.bench_parse.ours")
        if reader == CHECK:
            return lambda path: ours.time_validation(format, path)
        read = ours.read_whole if reader == OURS else ours.read_streamed
        return lambda path: read(format, path).records
    readers = importlib.import_module("tieout.cli.bench_parse.readers")
    found: Callable[[Path], float]
    found = readers.get_floor(format) if reader == FLOOR else readers.get_peer(reader)
    return found


def _memory(name: str) -> int | None:
    if not _STATUS.exists():
        return None
    line = next(one for one in _STATUS.read_text().splitlines() if one.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def _forget_peak() -> None:
    if _FORGET.exists():
        _FORGET.write_text("5")


if __name__ == "__main__":
    hold_to_one_core()
    _format, _reader, _file, _small = sys.argv[1:]
    sys.stdout.write(json.dumps(take_turn(_format, _reader, Path(_file), Path(_small))))
