"""`tieout bench`: our speed as a ratio to a floor that is measured in the same run."""

import sys
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
  tieout bench match --lines 100000 --json
  tieout bench match --peers
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
    lines: Annotated[
        int, typer.Option("--lines", "--size", min=1000, help="Our lines; theirs are 1 % more.")
    ] = 1_000_000,
    runs: Annotated[int, typer.Option(min=1, help="Measured turns of each variant.")] = 5,
    peers: Annotated[
        bool, typer.Option("--peers", help="Also measure other ways to match, one turn each.")
    ] = False,
    peers_python: Annotated[
        Path | None, typer.Option(help="The Python that has the peers' libraries. Default: ours.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Match a clearing day and its payouts, against one bare Polars hash join.

    Two figures: until every line has its group and the proofs hold; and with outcomes, matches,
    members, breaks and proofs written as Parquet. Ratios of processor time are the steadier ones.
    """
    from tieout.cli.bench_match import measure, measure_peers, right_lines, write_data_apart
    from tieout.cli.bench_match_table import columns_of, document_of, rows_of

    with tempfile.TemporaryDirectory(prefix="tieout-bench-") as name:
        folder = Path(name)
        talk(f"Writing {lines:,} lines a side ...")
        write_data_apart(folder, lines)
        talk(f"Measuring {runs} interleaved turns ...")
        taken = measure(folder, runs)
        size = {"left": lines, "right": right_lines(folder)}
        others = {}
        if peers:
            talk("Measuring peers, each in a process of its own ...")
            others = measure_peers(folder, str(peers_python or sys.executable))
    if as_json:
        print_json(document_of(size, taken, others))
        return
    print_table(columns_of(size), rows_of(lines, taken, others))


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
