"""examples/instant-payments: every day is proved, or broken with the exact amount."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from assets.commit import commit_night
from assets.landed import land_dates
from assets.matched import match_dates
from assets.night import open_night
from assets.parsed import parse_dates
from tests.assets.conftest import TwoFeeds
from tieout.cli.main import build_app
from tieout.config import load_workspace
from tieout.frames.storage import FrameStore
from tieout.store.engine import Database
from tieout.store.runs import current_generations

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "instant-payments"
CORPUS = ROOT.parent / "shared/corpus/camt/Subite-eu__camt-to-coda/example-files/CAMT"
FOLDERS = {
    "notifications": "LT809872649478701594/CAMT_054",
    "positions": "LT809872649478701594/CAMT_052",
    "statements": "LT625883379695428516/CAMT_053",
}


@pytest.fixture
def example(tmp_path: Path) -> TwoFeeds:
    shutil.copytree(EXAMPLE, tmp_path / "w")
    (tmp_path / "w/data").mkdir(exist_ok=True)
    (tmp_path / "w/data/pan.key").write_text("0" * 64 + "\n", "utf-8")
    (tmp_path / "w/data/pan.key").chmod(0o600)
    return TwoFeeds(tmp_path / "w")


def run_all(workspace: TwoFeeds, first: date, last: date) -> None:
    """Run every business date from `first` to `last` as one backfill."""
    loaded = load_workspace(workspace.home)
    dates = loaded.get_calendar("XECB").business_days(first, last)
    with open_night(loaded, first=first, last=last) as night:
        for feed in loaded.feeds.values():
            land_dates(night, feed, dates)
            parse_dates(night, feed, dates)
        for name, leg in night.legs():
            match_dates(night, name, leg, dates)
        commit_night(night, dates)


def batches(workspace: TwoFeeds) -> dict[date, set[str]]:
    """Return what became of the lines of each report's day: outcome or reason."""
    loaded = load_workspace(workspace.home)
    frames = FrameStore(loaded.frames_path)
    database = Database(loaded.database_url, loaded.database_password())
    with database.reading() as connection:
        results = current_generations(connection)
    database.close()
    every = pl.concat([frames.read(one.outcomes_sha256) for one in results])
    newest = every.unique(["side", "record_id"], keep="last", maintain_order=True)
    told = newest.with_columns(said=pl.coalesce("break_reason", "outcome"))
    rows = told.group_by("business_date").agg(pl.col("said").unique()).iter_rows()
    return {day: set(said) for day, said in rows}


class TestOneWeek:
    """The files that are in the repository, through the command line."""

    def test_days_without_a_position_are_the_only_cases(self, example: TwoFeeds) -> None:
        app = build_app()
        for day in (7, 8, 11, 12):
            words = ["run", f"--home={example.home}", f"--date=2024-03-{day:02}"]
            run = CliRunner().invoke(app, words, catch_exceptions=False)
            assert run.exit_code in (0, 4), run.output

        cases = [(one.reason, one.at_risk_minor, one.state) for one in example.cases()]

        assert sorted(cases) == [
            ("file_missing", 0, "open"),
            ("file_missing", 0, "open"),
            ("miss_settlement", 805508, "open"),
            ("miss_settlement", 23451047, "open"),
        ]
        assert batches(example)[date(2024, 3, 12)] == {"matched"}

    def test_a_payment_that_is_missing_breaks_its_day_by_its_amount(
        self, example: TwoFeeds
    ) -> None:
        path = example.home / "in/positions/2024-03-12.xml"
        text = path.read_text("utf-8")
        movement = text.index("<Prtry>")
        amount = text.index(">", text.index("<Amt", movement)) + 1
        path.write_text(f"{text[:amount]}1{text[amount:]}", "utf-8")

        run_all(example, date(2024, 3, 7), date(2024, 3, 12))

        said = batches(example)
        assert said[date(2024, 3, 12)] == {"net_residual"}
        assert said[date(2024, 3, 11)] == {"matched"}


@pytest.mark.corpus
class TestAllMonths:
    """All files of the corpus: five months of days, weekends among them."""

    @pytest.fixture
    def whole(self, example: TwoFeeds) -> TwoFeeds:
        if not CORPUS.exists():
            pytest.skip("the corpus is not beside the checkout")
        for name, folder in FOLDERS.items():
            shutil.rmtree(example.home / "in" / name)
            shutil.copytree(CORPUS / folder, example.home / "in" / name)
        return example

    def test_every_day_is_proved_or_broken_and_no_break_is_not_real(self, whole: TwoFeeds) -> None:
        run_all(whole, date(2024, 3, 7), date(2024, 8, 1))

        said = batches(whole)
        proved = {day for day, outcomes in said.items() if outcomes == {"matched"}}
        first = date(2024, 3, 7)
        without = {first + timedelta(days=n) for n in range(4)}
        assert set(said) - proved == without
        assert len(proved) == 143
        opened = {(case.reason, case.feed) for case in whole.cases() if case.state == "open"}
        assert {reason for reason, _ in opened} <= {"file_missing", "miss_settlement"}
