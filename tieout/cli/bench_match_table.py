"""What `tieout bench match` prints: the table for people, the document for programs."""

from collections.abc import Mapping
from typing import Any

from tieout.cli.bench_match import Taken

_WORDS = {
    "cascade": "cascade and payouts, proved; Parquet in",
    "written": "the same, everything written as Parquet",
    "floor": "one bare Polars hash join; Parquet in",
}

Peers = Mapping[str, Mapping[str, float]]


def columns_of(size: Mapping[str, int]) -> tuple[str, ...]:
    """Return the heads of the table; every ratio is one of processor time."""
    what = f"match {size['left']:,} x {size['right']:,}"
    return what, "seconds", "processor", "MiB", "x floor (processor)"


def rows_of(lines: int, taken: Mapping[str, Taken], peers: Peers) -> list[tuple[str, ...]]:
    """Return the rows of the table; a peer that was given fewer lines is scaled, and says so."""
    floor = taken["floor"].cpu_seconds
    rows = [_row(_WORDS[name], one, floor) for name, one in taken.items()]
    for name, one in peers.items():
        if "missing" in one:
            rows.append((f"{name}: not installed", "", "", "", ""))
            continue
        given = min(int(one.get("lines", lines)), lines)
        times = lines / given
        said = name if given == lines else f"{name}: {given:,} lines, times {times:g}"
        scaled = Taken(one["seconds"] * times, one["cpu_seconds"] * times, one["memory_mib"])
        rows.append(_row(said, scaled, floor))
    return rows


def document_of(
    size: Mapping[str, int], taken: Mapping[str, Taken], peers: Peers
) -> dict[str, Any]:
    """Return the same as one document with stable keys."""
    floor = taken["floor"]
    ratios = {}
    for name in ("cascade", "written"):
        one = taken[name]
        ratios[f"{name}_to_floor"] = round(one.seconds / floor.seconds, 3)
        ratios[f"{name}_to_floor_cpu"] = round(one.cpu_seconds / floor.cpu_seconds, 3)
    return {
        "bench": "match",
        "size": dict(size),
        "seconds": {name: round(one.seconds, 4) for name, one in taken.items()},
        "cpu_seconds": {name: round(one.cpu_seconds, 4) for name, one in taken.items()},
        "ratios": ratios,
        "memory_mib": {name: int(one.memory_mib) for name, one in taken.items()},
        "peers": {name: dict(one) for name, one in peers.items()},
    }


def _row(said: str, one: Taken, floor: float) -> tuple[str, ...]:
    ratio = one.cpu_seconds / floor
    return (
        said,
        f"{one.seconds:.2f} s",
        f"{one.cpu_seconds:.2f} s",
        f"{one.memory_mib:,.0f}",
        f"{ratio:.2f}",
    )
