"""What once broke a parser is tried again, and all formats are fuzzed for a minute."""

import re
import subprocess
import sys

import pytest

from parsers import FORMATS
from tests.fuzz.contract import check
from tests.fuzz.seeds import CRASHERS, FIXTURES, seeds

_KEPT = sorted(path for path in CRASHERS.rglob("*") if path.is_file() and path.suffix != ".md")
_SECONDS = 60
_RUNS_MIN = 1000


class TestCrashers:
    """Inputs that a fuzzer has found: see tests/fuzz."""

    @pytest.mark.parametrize("path", _KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
    def test_keep_the_contract_now(self, path) -> None:  # type: ignore[no-untyped-def]
        name, data = path.parent.name, path.read_bytes()
        if name == "all":
            name, data = list(FORMATS)[data[0] % len(FORMATS)], data[1:]

        check(name, data)

    def test_and_seeds_keep_it(self) -> None:
        for name in FORMATS:
            for seed in seeds(name):
                check(name, seed)


class TestSmoke:
    """The fuzzer itself."""

    def test_finds_nothing_in_a_minute(self) -> None:
        how_long = ["--seconds", str(_SECONDS), "--seed", "1"]

        ended = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", "all", *how_long],
            cwd=FIXTURES.parents[1],
            capture_output=True,
            text=True,
            timeout=280,
        )

        assert ended.returncode == 0, ended.stderr[-4000:]
        done = re.search(r"Done ([0-9]+) runs", ended.stderr)
        assert done
        assert int(done[1]) >= _RUNS_MIN
