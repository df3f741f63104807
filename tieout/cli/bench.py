"""`tieout bench`: our speed as a ratio to a floor that is measured in the same run."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tieout.cli.bench_parse import GOALS
from tieout.cli.output import AsJson, print_json, print_table, talk
from tieout.errors import UsageError

_HELP = """Measure, and print the ratio to a floor measured in the same run.

Examples:
  tieout bench match
  tieout bench match --size 100000 --json
  tieout bench parse --format mt940 --records 20000
"""


def register(app: typer.Typer) -> None:
    """Add the verb with its benchmarks."""
    bench = typer.Typer(help=_HELP, no_args_is_help=True, rich_markup_mode=None)
    bench.command("match")(bench_match)
    bench.command("parse")(bench_parse)
    bench.callback()(_several)
    app.add_typer(bench, name="bench")


def _several() -> None:
    """Measure, and print the ratio to a floor measured in the same run."""


def bench_match(
    size: Annotated[
        int, typer.Option(min=1000, help="Our lines; the other side has 1 % more.")
    ] = 1_000_000,
    runs: Annotated[int, typer.Option(min=1, help="Measured turns of each variant.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Match a clearing day of SIZE lines and its payouts, against one bare Polars hash join."""
    import polars as pl

    from tieout.cli.bench_match import measure, peak_memory_mib, write_data

    with tempfile.TemporaryDirectory(prefix="tieout-bench-") as folder:
        talk(f"Writing {size:,} lines a side ...")
        write_data(Path(folder), size)
        right = pl.scan_parquet(Path(folder) / "right.parquet").select(pl.len()).collect().item()
        talk(f"Measuring {runs} interleaved turns ...")
        seconds = measure(Path(folder), runs)
    ratio = seconds["ours"] / seconds["floor"]
    if as_json:
        print_json(
            {
                "bench": "match",
                "size": {"left": size, "right": right},
                "seconds": {name: round(value, 4) for name, value in seconds.items()},
                "ratios": {"ours_to_floor": round(ratio, 3)},
                "peak_memory_mib": peak_memory_mib(),
            }
        )
        return
    rows = [
        ("full cascade and payouts, Parquet in, outcomes out", f"{seconds['ours']:.3f} s"),
        ("one bare Polars hash join", f"{seconds['floor']:.3f} s"),
        ("ratio", f"{ratio:.2f}"),
    ]
    print_table((f"match {size:,} x {right:,}", ""), rows)


def bench_parse(
    format: Annotated[
        list[str] | None, typer.Option("--format", help="Measure this one only; may be repeated.")
    ] = None,
    records: Annotated[int, typer.Option(min=1, help="Records of each file.")] = 100_000,
    runs: Annotated[int, typer.Option(min=1, help="Measured turns of each reader.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Parse generated files, against a floor and against other people's parsers, on one core."""
    from tieout.cli.bench_parse.measure import measure
    from tieout.cli.bench_parse.table import COLUMNS, document_of, rows_of

    chosen = format or list(GOALS)
    for name in chosen:
        if name not in GOALS:
            raise UsageError(
                f"Format {name!r} is not measured.", hint=f"Measured are: {', '.join(GOALS)}."
            )
    found = []
    for name in chosen:
        talk(f"Measuring {name}: {records:,} records, {runs} interleaved turns ...")
        with tempfile.TemporaryDirectory(prefix="tieout-bench-") as folder:
            found.append(measure(name, Path(folder), records=records, runs=runs))
    if as_json:
        print_json(document_of(found, runs))
        return
    print_table(COLUMNS, rows_of(found))
