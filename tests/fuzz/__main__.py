"""The fuzzer: `python -m tests.fuzz FORMAT [--runs N] [--seconds S]`; `all` means every format.

A long search goes in steps of some ten thousand inputs with `--corpus FOLDER`: the instrumented
interpreter itself grows by some KB an input, and the folder keeps what was found worth trying.

libFuzzer counts what it ran ("Done N runs in S second(s)") and leaves an input that breaks the
contract in tests/fixtures/crashers/FORMAT/.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # noqa: TID251 - before Polars is loaded

import atheris

# Compiled loops have no byte code that could be counted.
with atheris.instrument_imports(
    include=["parsers"],
    exclude=[
        "parsers.text_views",
        "parsers.bai2.loops",
        "parsers.hashing",
        "parsers.visa_baseii.loops",
    ],
):
    import parsers
    import parsers.bai2.parse
    import parsers.visa_baseii.parse

from tests.fuzz.contract import check, split_layout
from tests.fuzz.seeds import CRASHERS, SEED_BYTES_MAX, seeds

EVERY = "all"
MEMORY_MIB = 1024
SLOWEST_SECONDS = 20


def main() -> None:
    """Fuzz one format, or all of them in one process, each input naming its own by a byte."""
    arguments = _arguments()
    names = list(parsers.FORMATS) if arguments.format == EVERY else [arguments.format]
    kept = CRASHERS / arguments.format
    kept.mkdir(parents=True, exist_ok=True)
    _compile_loops(names)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.corpus or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        _write_seeds(folder, names)
        options = {
            "runs": arguments.runs,
            "max_total_time": arguments.seconds,
            "max_len": SEED_BYTES_MAX,
            "rss_limit_mb": MEMORY_MIB,
            "timeout": SLOWEST_SECONDS,
            "artifact_prefix": f"{kept}/",
            "print_final_stats": 1,
            "verbosity": 1,
            "seed": arguments.seed,
        }
        flags = [f"-{name}={value}" for name, value in options.items()]
        atheris.Setup([sys.argv[0], *flags, str(folder)], _target(names))
        atheris.Fuzz()


def _compile_loops(names: list[str]) -> None:
    """Read something of each format: what its first file compiles is no matter of an input."""
    for name in names:
        for seed in seeds(name):
            data, layout = split_layout(name, seed)
            parsers.parse(data, format=name, layout=layout)


def _arguments() -> argparse.Namespace:
    known = [EVERY, *parsers.FORMATS]
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("format", choices=known)
    parser.add_argument("--runs", type=int, default=-1, help="inputs; without it, as many as fit")
    parser.add_argument("--seconds", type=int, default=0, help="time; without it, no limit")
    parser.add_argument("--corpus", help="folder of inputs to begin with, and to add to")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    arguments = parser.parse_args()
    if arguments.runs < 0 and not arguments.seconds:
        parser.error("say how long: --runs or --seconds")
    return arguments


def _target(names: list[str]):  # type: ignore[no-untyped-def] # atheris has no types
    if len(names) == 1:
        return lambda data: check(names[0], data)

    def one_of_all(data: bytes) -> None:
        if data:
            check(names[data[0] % len(names)], data[1:])

    return one_of_all


def _write_seeds(folder: Path, names: list[str]) -> None:
    for number, name in enumerate(names):
        head = bytes([number]) if len(names) > 1 else b""
        for place, seed in enumerate(seeds(name, with_corpus=len(names) == 1)):
            (folder / f"{name}-{place}").write_bytes(head + seed)


main()
