"""`tieout match` on two frames and `tieout run` on a workspace, as scenarios use them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import typer
from typer.testing import CliRunner

from tests.assets.conftest import TwoFeeds
from tests.matchers.builders import DAY, lines
from tieout.cli.main import build_app
from tieout.simulator.writers.camt053 import Entry, Statement, write_camt

PLAN = """
name = "cards"

[[leg]]
name = "clearing"
late_after_days = 3
missing_by_kind = { chargeback = "cbk_new" }
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
amount_minor = { default = 0, EUR = 1 }
[[leg.pass]]
type = "grouped"
key = ["rrn", "kind", "currency"]
[[leg.pass]]
type = "window"
key = ["currency", "amount_minor"]
days = 3

[[leg]]
name = "payout"
left_missing = "miss_bank"
right_missing = "miss_advice"
[[leg.pass]]
type = "batch"
key = ["batch_ref", "currency"]

[[leg]]
name = "deposit"
left_missing = "miss_bank"
right_missing = "miss_advice"
[[leg.pass]]
type = "subset"
key = ["currency"]
"""

Rows = Sequence[Mapping[str, Any]]


@cache
def _app() -> typer.Typer:
    return build_app()


def tieout(*words: str, expect: int = 0) -> str:
    """Run the command line; return what it printed on stdout."""
    run = CliRunner().invoke(_app(), list(words))
    if run.exception is not None and not isinstance(run.exception, SystemExit):
        raise run.exception
    assert run.exit_code == expect, run.output
    return run.stdout


class Match:
    """`tieout match` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "plan.toml").write_text(PLAN, encoding="utf-8")

    def __call__(
        self, left: Rows, right: Rows, *, leg: str = "clearing", day: date = DAY
    ) -> dict[str, Any]:
        """Match rows; return the verb's JSON with `fates` by record and the frames as rows."""
        said = self.on_frames(lines(*left), lines(*right), leg=leg, day=day)
        out = self.folder / "out"
        outcomes = pl.read_parquet(out / "outcomes.parquet")
        said["fates"] = {
            record: reason or outcome
            for record, outcome, reason in outcomes.select(
                "record_id", "outcome", "break_reason"
            ).iter_rows()
        }
        said["matches_found"] = pl.read_parquet(out / "matches.parquet").to_dicts()
        said["breaks_found"] = pl.read_parquet(out / "breaks.parquet").to_dicts()
        said["bytes"] = {file.name: file.read_bytes() for file in sorted(out.iterdir())}
        return said

    def on_frames(
        self, left: pl.DataFrame, right: pl.DataFrame, *, leg: str = "clearing", day: date = DAY
    ) -> dict[str, Any]:
        """Match frames of any size; return the verb's JSON alone."""
        left.write_parquet(self.folder / "left.parquet")
        right.write_parquet(self.folder / "right.parquet")
        options = {"plan": "plan.toml", "left": "left.parquet", "right": "right.parquet"}
        words = [f"--{name}={self.folder / file}" for name, file in options.items()]
        out = self.folder / "out"
        stdout = tieout("match", *words, f"--leg={leg}", f"--date={day}", f"--out={out}", "--json")
        said: dict[str, Any] = json.loads(stdout)
        return said


@dataclass(frozen=True)
class Books:
    """A workspace of CSV feeds, worked on by its commands alone."""

    feeds: TwoFeeds

    def run(self, *days: date, expect: int = 0) -> dict[str, Any]:
        """Run the nights of `days`; return what the last one said. `expect`: its exit code."""
        said: dict[str, Any] = {}
        for day in days:
            code = expect if day == days[-1] else 0
            said = json.loads(self.ask("run", f"--date={day}", "--json", expect=code))
        return said

    def ask(self, *words: str, expect: int = 0) -> str:
        """Run any command on the workspace; return what it printed."""
        return tieout(*words, "--home", str(self.feeds.home), expect=expect)

    def decide(self, *words: str) -> dict[str, Any]:
        """Decide about a match as ann does; return the answer."""
        why = ("--reason=seen on paper", "--by=ann", "--json")
        answer: dict[str, Any] = json.loads(self.ask("match", *words, *why))
        return answer

    def outcomes(self, day: date) -> list[dict[str, Any]]:
        """Return every line of a date."""
        rows: list[dict[str, Any]] = json.loads(self.ask("outcomes", f"--date={day}", "--json"))
        return rows

    def line(self, day: date, feed: str, reference: str) -> dict[str, Any]:
        """Return the only line of a feed with this reference on a date."""
        rows = self.outcomes(day)
        (row,) = [row for row in rows if (row["feed"], row["scheme_ref"]) == (feed, reference)]
        return row

    def fates(self, day: date) -> dict[tuple[str, str], str]:
        """Return what became of each line of a date: its outcome, or the break's reason."""
        return {
            (row["feed"], row["scheme_ref"]): row["break_reason"] or row["outcome"]
            for row in self.outcomes(day)
        }

    def cases(self, state: str = "open") -> list[dict[str, Any]]:
        """Return the cases of a state."""
        said = json.loads(self.ask("cases", "ls", f"--state={state}", "--json"))
        rows: list[dict[str, Any]] = said["cases"]
        return rows


def use_camt(books: Books) -> None:
    """Let the bank send camt.053 in place of CSV."""
    path = books.feeds.home / "feeds/bank.toml"
    head = path.read_text("utf-8").partition("[layout]")[0]
    path.write_text(head.replace("delimited", "camt"), "utf-8")


def put_camt(books: Books, day: date, *entries: Entry, opening: int = 0) -> None:
    """Write the bank's statement of a day; `opening` in minor units."""
    statement = Statement("DE1", "EUR", f"S-{day}", day, opening, day.day, entries)
    books.feeds.write(f"in/bank/bank_{day:%Y%m%d}.csv", write_camt([statement]).decode())
