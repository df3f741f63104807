"""Takes the turns of `tieout bench parse` and makes figures of them."""

import importlib.util
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tieout.cli.bench_parse import GOALS, SMALL
from tieout.cli.bench_parse.banks import sample_bai2, sample_camt, sample_mt940
from tieout.cli.bench_parse.readers import library_of
from tieout.cli.bench_parse.reports import write_delimited
from tieout.cli.bench_parse.turn import CHECK, FLOOR, OURS, STREAMED, Turn
from tieout.errors import Permanent
from tieout.simulator.writers.mastercard_ipm_bulk import bulk_ipm
from tieout.simulator.writers.visa_ctf import generate_visa_ctf

_SECONDS_MAX = 3_600

WRITERS: Final[dict[str, Callable[[int], bytes]]] = {
    "mastercard_ipm": bulk_ipm,
    "visa_baseii": generate_visa_ctf,
    "mt940": sample_mt940,
    "bai2": sample_bai2,
    "camt": sample_camt,
    "delimited": write_delimited,
}


class TurnFailed(Permanent):
    """A process of the benchmark ended with an error."""


@dataclass(frozen=True)
class Peer:
    """A peer beside us: time per record, ours being 1; None where it is not installed.

    `cpu_times_slower` compares processor time, which other work on the machine disturbs less.
    """

    name: str
    goal: float
    is_installed: bool
    records: int
    us_per_record: float | None
    times_slower: float | None
    cpu_times_slower: float | None


@dataclass(frozen=True)
class Measured:
    """What one format took, medians over its turns.

    `peak_memory` and `streamed_peak_memory` are multiples of the file; None where unknown.
    `cpu_ratio` compares processor time, which other work on the machine disturbs less.
    """

    format: str
    records: int
    bytes: int
    seconds: float
    cpu_seconds: float
    streamed_seconds: float
    floor: str
    floor_seconds: float
    floor_goal: float | None
    floor_ratio: float
    cpu_ratio: float
    peers: tuple[Peer, ...]
    peak_memory: float | None
    streamed_peak_memory: float | None
    validation_share: float


def measure(format: str, folder: Path, *, records: int, runs: int) -> Measured:
    """Write a format's samples into `folder` and measure everything that reads them, in turns."""
    goal = GOALS[format]
    installed = [name for name in goal.peers if _is_installed(name)]
    peer_records = min(records, goal.peer_records)
    files = {size: folder / f"{format}-{size}" for size in {SMALL, records, peer_records}}
    for size, path in files.items():
        path.write_bytes(WRITERS[format](size))
    turns: dict[str, list[Turn]] = {}
    for _ in range(runs):
        for reader in (OURS, FLOOR, STREAMED, CHECK, *installed):
            size = peer_records if reader in installed else records
            turn = _take(format, reader, files[size], files[SMALL])
            turns.setdefault(reader, []).append(turn)
    return _figures(format, records, files[records].stat().st_size, turns, peer_records)


def _is_installed(peer: str) -> bool:
    library = library_of(peer)
    return not library or importlib.util.find_spec(library) is not None


def _take(format: str, reader: str, file: Path, small: Path) -> Turn:
    module = "tieout.cli.bench_parse.turn"
    command = [sys.executable, "-m", module, format, reader, str(file), str(small)]
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        command, capture_output=True, text=True, timeout=_SECONDS_MAX, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing on stderr"])[-1]
        raise TurnFailed(
            f"The turn of {reader} on {format} ended with {done.returncode}: {last}",
            hint=f"Run it alone: {' '.join(command[1:3])} with the same arguments.",
        )
    # A peer may print on its own; our figures are the last line.
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _figures(
    format: str, records: int, size: int, turns: dict[str, list[Turn]], peer_records: int
) -> Measured:
    goal = GOALS[format]
    ours, floor = turns[OURS], turns[FLOOR]
    seconds, floor_seconds = _median(ours, "seconds"), _median(floor, "seconds")
    cpu_seconds = _median(ours, "cpu_seconds")
    peers = []
    for name, wanted in goal.peers.items():
        taken = turns.get(name)
        if taken is None:
            peers.append(Peer(name, wanted, False, peer_records, None, None, None))
            continue
        share = records / peer_records
        theirs, theirs_cpu = _median(taken, "seconds"), _median(taken, "cpu_seconds")
        us_each = theirs / peer_records * 1e6
        ratios = theirs * share / seconds, theirs_cpu * share / cpu_seconds
        peers.append(Peer(name, wanted, True, peer_records, us_each, *ratios))
    return Measured(
        format=format,
        records=records,
        bytes=size,
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        streamed_seconds=_median(turns[STREAMED], "seconds"),
        floor=goal.floor,
        floor_seconds=floor_seconds,
        floor_goal=goal.floor_most,
        floor_ratio=seconds / floor_seconds,
        cpu_ratio=cpu_seconds / max(_median(floor, "cpu_seconds"), 1e-6),
        peers=tuple(peers),
        peak_memory=_peak(ours, size),
        streamed_peak_memory=_peak(turns[STREAMED], size),
        validation_share=_median(turns[CHECK], "returned") / seconds,
    )


def _median(turns: Iterable[Turn], name: str) -> float:
    return statistics.median(value for one in turns if (value := one[name]) is not None)


def _peak(turns: list[Turn], size: int) -> float | None:
    return None if turns[0]["peak_bytes"] is None else _median(turns, "peak_bytes") / size
