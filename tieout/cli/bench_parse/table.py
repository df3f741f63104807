"""The figures of `tieout bench parse` for people and for programs, each beside its goal."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tieout.cli.bench_parse import MEMORY_MOST, VALIDATION_MOST
from tieout.cli.bench_parse.measure import Measured, Peer

_WHOLE_FROM = 100

COLUMNS = (
    *(
        "format",
        "records",
        "MB",
        "ours",
        "MB/s",
        "floor",
        "x floor",
        "peers: times slower",
        "by processor time",
    ),
    *("memory", "streamed", "validation"),
)


def rows_of(found: Sequence[Measured]) -> list[tuple[object, ...]]:
    """Return one row per format; memory is in sizes of the file."""
    return [
        (
            one.format,
            f"{one.records:,}",
            f"{one.bytes / 1e6:.1f}",
            f"{one.seconds:.3f} s",
            f"{one.bytes / 1e6 / one.seconds:.0f}",
            f"{one.floor_seconds:.3f} s ({one.floor})",
            _beside(one.floor_ratio, one.floor_goal, "at most"),
            "; ".join(map(_peer, one.peers)),
            "; ".join(_by_processor(one)),
            _times(one.peak_memory),
            _times(one.streamed_peak_memory),
            f"{one.validation_share:.1%}",
        )
        for one in found
    ]


def document_of(found: Sequence[Measured], runs: int) -> dict[str, object]:
    """Return the document of `--json`; `load` is the machine's over the last minute."""
    return {
        "bench": "parse",
        "runs": runs,
        "load": round(os.getloadavg()[0], 1),
        "goals": {"validation_share": VALIDATION_MOST, "peak_memory": MEMORY_MOST},
        "formats": [_rounded(asdict(one)) for one in found],
    }


def _by_processor(one: Measured) -> Iterator[str]:
    yield f"floor {_short(one.cpu_ratio)}"
    for peer in one.peers:
        if peer.cpu_times_slower is not None:
            yield f"{peer.name} {_short(peer.cpu_times_slower)}"


def _peer(one: Peer) -> str:
    if one.times_slower is None:
        return f"{one.name} not installed"
    return f"{one.name} {_beside(one.times_slower, one.goal, 'at least')}"


def _beside(value: float, goal: float | None, words: str) -> str:
    return _short(value) if goal is None else f"{_short(value)} ({words} {goal:g})"


def _short(value: float) -> str:
    return f"{value:.1f}" if value < _WHOLE_FROM else f"{value:.0f}"


def _times(value: float | None) -> str:
    return "not known" if value is None else f"{value:.1f}"


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
