"""What `tieout bench match` matches, and what it compares with.

The data has the mix of residuals of a real clearing day: per 1000 of our lines about 967 are found
with the exact amount, 10 with another amount (half of them by one minor unit), 5 are missing on
each side, 5 come twice, 10 late or without a reference, 3 in two to four parts. Payouts are the
sums of 2000 lines less their fees; 1 in 100 is wrong. Everything is drawn from a fixed seed.

The floor is one bare Polars inner join of the same two files on the reference as text, carrying
what any matcher must: id, currency, amount and date of both sides.
"""

import json
import re
import resource
import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from matchers import MatchResult, match_leg, parse_plan
from matchers.writing import write_result
from tieout.errors import UsageError

DAY = date(2026, 3, 2)
_SEED = 20260302
_PER_BATCH = 2000
_FILES = {"left": "a" * 64, "right": "b" * 64, "bank": "c" * 64}
_COLUMNS = (
    "record_id",
    "file_sha256",
    "record_no",
    "kind",
    "currency",
    "amount_minor",
    "net_minor",
    "scheme_ref",
    "rrn",
    "auth_code",
    "batch_ref",
    "business_date",
)

PLAN = """
name = "bench"
[[leg]]
name = "cards"
late_after_days = 3
[[leg.pass]]
type = "duplicates"
key = ["scheme_ref", "kind", "currency"]
[[leg.pass]]
type = "netting"
[[leg.pass]]
type = "exact"
key = ["scheme_ref", "kind", "currency"]
[[leg.pass]]
type = "tolerance"
key = ["scheme_ref", "kind", "currency"]
amount_minor = { default = 1 }
[[leg.pass]]
type = "exact"
key = ["rrn", "auth_code", "kind", "currency"]
[[leg.pass]]
type = "grouped"
key = ["scheme_ref", "kind", "currency"]
[[leg]]
name = "payouts"
left_missing = "miss_bank"
right_missing = "miss_advice"
[[leg.pass]]
type = "batch"
key = ["batch_ref", "currency"]
"""


def write_data(folder: Path, size: int) -> None:
    """Write left.parquet (`size` lines), right.parquet (about 1 % more) and bank.parquet."""
    rng = np.random.default_rng(_SEED)
    left = _internal(rng, size)
    fate = pl.Series("fate", rng.choice(len(_FATES), size=size, p=[p for _, p in _FATES]))
    right = _clearing(rng, left.with_columns(fate))
    tables = {"left": left, "right": right, "bank": _payouts(rng, left)}
    for name, frame in tables.items():
        lines = frame.with_row_index("n", offset=1).with_columns(
            file_sha256=pl.lit(_FILES[name]),
            record_no=pl.col("n").cast(pl.Int64),
            record_id=_numbered(_FILES[name][:16] + "-", "n", 8),
        )
        lines.select(*_COLUMNS).write_parquet(
            folder / f"{name}.parquet", compression="zstd", compression_level=1
        )


_FATES = (
    ("exact", 0.967),
    ("one_unit_off", 0.005),
    ("amount_off", 0.005),
    ("missing", 0.005),
    ("twice", 0.005),
    ("late", 0.005),
    ("no_reference", 0.005),
    ("split", 0.003),
)


def _internal(rng: np.random.Generator, size: int) -> pl.DataFrame:
    amount = rng.integers(100, 50_000, size)
    currency = rng.choice(["EUR", "USD", "GBP"], size=size, p=[0.7, 0.2, 0.1])
    is_refund = rng.random(size) < 0.03
    lines = pl.DataFrame(
        {
            "i": np.arange(size),
            "auth": rng.integers(0, 1_000_000, size),
            "currency": currency,
            "amount_minor": np.where(is_refund, -amount, amount),
            "kind": np.where(is_refund, "refund", "sale"),
        }
    )
    batch = pl.int_range(pl.len()).over("currency") // _PER_BATCH
    return lines.with_columns(
        scheme_ref=_numbered("74000016061", "i", 12),
        rrn=_numbered("60", "i", 10),
        auth_code=_numbered("", "auth", 6),
        batch_ref=pl.concat_str(pl.lit("PO-"), "currency", batch.cast(pl.String)),
        net_minor=pl.col("amount_minor") - pl.col("amount_minor").abs() // 60 - 10,
        business_date=pl.lit(DAY),
    )


def _clearing(rng: np.random.Generator, left: pl.DataFrame) -> pl.DataFrame:
    fate = {name: place for place, (name, _) in enumerate(_FATES)}
    is_fate = {name: pl.col("fate") == place for name, place in fate.items()}
    strangers = _internal(rng, max(1, left.height // 200)).with_columns(
        scheme_ref=_numbered("74999996061", "i", 12),
        rrn=_numbered("99", "i", 10),
        fate=pl.lit(fate["exact"]).cast(left.schema["fate"]),
    )
    off = rng.integers(2, 100, left.height + strangers.height) * rng.choice(
        [-1, 1], left.height + strangers.height
    )
    lines = pl.concat([left, strangers]).filter(~is_fate["missing"] | (pl.col("i") < 0))
    lines = lines.with_columns(off=pl.Series(off[: lines.height]))
    lines = lines.with_columns(
        amount_minor=pl.col("amount_minor")
        + pl.when(is_fate["one_unit_off"])
        .then(1)
        .when(is_fate["amount_off"])
        .then("off")
        .otherwise(0),
        business_date=pl.when(is_fate["late"])
        .then(pl.lit(DAY + timedelta(days=14)))
        .otherwise(pl.lit(DAY + timedelta(days=1))),
        scheme_ref=pl.when(~is_fate["no_reference"]).then("scheme_ref"),
        parts=pl.when(is_fate["split"]).then(2 + pl.col("i") % 3).otherwise(1),
    )
    again = lines.filter(is_fate["twice"])
    whole = pl.concat([lines, again])
    split = whole.select(pl.all().repeat_by("parts")).explode(whole.columns)
    part = pl.int_range(pl.len()).over("scheme_ref", "kind", "currency")
    share = pl.col("amount_minor") // pl.col("parts")
    rest = pl.col("amount_minor") - share * (pl.col("parts") - 1)
    is_part = pl.col("parts") > 1
    amount = pl.when(is_part & (part == 0)).then(rest).otherwise(share)
    return split.with_columns(amount_minor=amount)[rng.permutation(split.height)]


def _payouts(rng: np.random.Generator, left: pl.DataFrame) -> pl.DataFrame:
    paid = left.group_by("batch_ref", "currency").agg(pl.col("net_minor").sum()).sort("batch_ref")
    wrong = pl.Series(rng.random(paid.height) < 0.01)
    none = pl.lit(None, pl.String)
    return paid.with_columns(
        amount_minor=pl.col("net_minor") + pl.when(wrong).then(100).otherwise(0),
        kind=pl.lit("payout"),
        net_minor=pl.lit(None, pl.Int64),
        scheme_ref=none,
        rrn=none,
        auth_code=none,
        business_date=pl.lit(DAY + timedelta(days=1)),
    )


def _numbered(prefix: str, column: str, digits: int) -> pl.Expr:
    return pl.concat_str(pl.lit(prefix), pl.col(column).cast(pl.String).str.zfill(digits))


def match_all(folder: Path) -> tuple[MatchResult, ...]:
    """Read the Parquet files and run both legs: every line has its group, and the proofs hold."""
    return tuple(_match_leg(folder, leg) for leg in _LEGS)


_LEGS = {"cards": ("left", "right"), "payouts": ("left", "bank")}


def _match_leg(folder: Path, leg: str) -> MatchResult:
    left, right = (pl.scan_parquet(folder / f"{name}.parquet") for name in _LEGS[leg])
    rules = parse_plan(PLAN).get_leg(leg)
    return match_leg(left, right, rules, as_of=DAY + timedelta(days=21))


def bare_join(folder: Path) -> pl.DataFrame:
    """Join the two files on the reference: the least that any matcher does."""
    carried = ("record_id", "scheme_ref", "currency", "amount_minor", "business_date")
    left, right = (
        pl.scan_parquet(folder / f"{side}.parquet").select(carried) for side in ("left", "right")
    )
    return left.join(right, on="scheme_ref", how="inner").collect(engine="streaming")


def match_and_write(folder: Path) -> None:
    """Run both legs and write outcomes, matches, members, breaks and proofs."""
    for leg in _LEGS:
        write_result(_match_leg(folder, leg), folder / "result" / leg)


class Taken(NamedTuple):
    """What one turn took, or the median of several; `memory_mib` is the most that it held."""

    seconds: float
    cpu_seconds: float
    memory_mib: float


VARIANTS: dict[str, Callable[[Path], object]] = {
    "cascade": match_all,
    "written": match_and_write,
    "floor": bare_join,
}


def measure(folder: Path, runs: int) -> dict[str, Taken]:
    """Return the median of each variant, run in turns after one unmeasured turn (none for one)."""
    taken: dict[str, list[Taken]] = {name: [] for name in VARIANTS}
    for turn in range(runs + 1 if runs > 1 else 1):
        for name, run in VARIANTS.items():
            _forget_peak()
            start, spent = time.perf_counter(), time.process_time()
            run(folder)
            now = time.perf_counter() - start, time.process_time() - spent
            if turn or runs == 1:
                taken[name].append(Taken(*now, peak_memory_mib()))
    return {
        name: Taken(*(statistics.median(part) for part in zip(*turns, strict=True)))
        for name, turns in taken.items()
    }


def right_lines(folder: Path) -> int:
    """Return how many lines the other side has."""
    return int(pl.scan_parquet(folder / "right.parquet").select(pl.len()).collect().item())


def write_data_apart(folder: Path, size: int) -> None:
    """Write the data in a process of its own, whose memory is not ours."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as other:
        other.submit(write_data, folder, size).result()


PEERS = {"pandas": 0, "duckdb": 0, "datacompy": 0, "sqlite": 100_000}
"""The peers, and how many of our lines each is given (0: all of them)."""


def measure_peers(folder: Path, python: str) -> dict[str, dict[str, float]]:
    """Return what each peer took, in one turn in a process of its own; `missing` if it cannot run.

    A peer that was given fewer lines says so (`lines`); it looks up one line after the other, so
    its time for all lines is that much longer, and a little more.
    """
    script = str(Path(__file__).with_name("match_peers.py"))
    found: dict[str, dict[str, float]] = {}
    for name, limit in PEERS.items():
        run = subprocess.run(  # noqa: S603 - our own script
            [python, script, name, str(folder), str(limit)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode:
            raise UsageError(f"The peer {name} failed: {run.stderr.strip()[-300:]}")
        found[name] = json.loads(run.stdout)
        if limit:
            found[name]["lines"] = limit
    return found


_PEAK = Path("/proc/self/clear_refs")


def _forget_peak() -> None:
    if _PEAK.exists():  # Linux; elsewhere the peak is that of the whole process
        _PEAK.write_text("5")


def peak_memory_mib() -> int:
    """Return the most memory that this process has held since `_forget_peak`, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        held = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if held:
            return int(held[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
