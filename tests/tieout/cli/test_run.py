"""What a run says besides its table: warnings, feeds that nobody reconciles, files of no feed."""

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.assets.conftest import TwoFeeds, leg, make_two_feeds
from tieout.cli import config, files, run
from tieout.errors import UsageError
from tieout.simulator.writers.camt053 import Entry, Statement, write_camt

THU, FRI = date(2026, 2, 26), date(2026, 2, 27)


def tieout(*words: str) -> Result:
    app = typer.Typer()
    for verb in (run, files, config):
        verb.register(app)
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> TwoFeeds:
    """A workspace of one night in which everything is odd and nothing is wrong."""
    feeds = make_two_feeds(tmp_path_factory.mktemp("odd"))
    feeds.feed("extra")
    feeds.plan(leg("shop", "bank"))
    feeds.put("shop", THU, ("A", 100), ("B", 200))
    feeds.put("bank", THU, ("A", 100))
    feeds.put("extra", THU, ("X", 1), ("Y", 2))
    marked = feeds.home / "in/bank/bank_20260226.csv"
    marked.write_bytes(b"\xef\xbb\xbf" + marked.read_bytes())
    feeds.write("in/bank/BANK-26.csv", "nothing\n")
    return feeds


@pytest.fixture(scope="module")
def result(feeds: TwoFeeds) -> Result:
    return tieout("run", "--home", str(feeds.home), "--date", THU.isoformat())


class TestRunOutput:
    """The table and the words after it."""

    def test_a_feed_that_no_reconciliation_names_has_its_row(self, result: Result) -> None:
        rows = [line.split() for line in result.stdout.splitlines()]

        assert ["extra", "none", "1", "2", "0", "0", "0", "0", "2"] in rows
        assert "No reconciliation names the feed extra" in result.stderr

    def test_warnings_are_counted_and_it_is_said_how_to_see_them(
        self, result: Result, feeds: TwoFeeds
    ) -> None:
        shown = tieout("files", "bank_20260226.csv", "--home", str(feeds.home))

        command = f"tieout files bank_20260226.csv --home {feeds.home}"
        assert f"1 warning in bank_20260226.csv: `{command}` shows" in result.stderr
        assert "warning\tbyte_order_mark" in shown.stdout

    def test_files_that_fit_no_pattern_are_named(self, result: Result) -> None:
        assert "in/bank: 1 file that no feed's `pattern` fits" in result.stderr
        assert "BANK-26.csv" in result.stderr

    def test_json_holds_the_same(self, feeds: TwoFeeds) -> None:
        words = ("--home", str(feeds.home), "--date", THU.isoformat(), "--json")

        document = json.loads(tieout("run", *words).stdout)

        by_feed = {row["feed"]: row for row in document["feeds"]}
        assert document["files_of_no_feed"] == {"in/bank": ["BANK-26.csv"]}
        assert (by_feed["extra"]["is_reconciled"], by_feed["shop"]["is_reconciled"]) == (
            False,
            True,
        )
        assert (by_feed["bank"]["warnings"], by_feed["shop"]["warnings"]) == (1, 0)

    def test_a_case_that_was_closed_since_is_counted_as_closed(self, tmp_path: Path) -> None:
        feeds = make_two_feeds(tmp_path)
        feeds.plan(leg("shop", "bank"))
        feeds.put("shop", THU, ("A", 100), ("B", 200))
        feeds.put("bank", THU)
        words = ("run", "--home", str(feeds.home), "--date")

        before = tieout(*words, THU.isoformat()).stdout
        feeds.put("bank", FRI, ("A", 100))
        tieout(*words, FRI.isoformat())
        after = tieout(*words, THU.isoformat()).stdout

        assert "2 miss_bank " in before
        assert "closed since" not in before
        assert "2 miss_bank (1 closed since)" in after


class TestAMessageSentAgain:
    """One message of the bank in two files, with other entries."""

    def test_is_a_case_that_names_both_files(self, tmp_path: Path) -> None:
        feeds = make_two_feeds(tmp_path)
        settings = (feeds.home / "feeds/bank.toml").read_text().partition("[layout]")[0]
        feeds.write("feeds/bank.toml", settings.replace("delimited", "camt"))
        feeds.plan(leg("shop", "bank"))
        for day, cents in ((THU, (100,)), (FRI, (100, 200))):
            entries = tuple(Entry(one, THU, f"E{one}") for one in cents)
            message = write_camt([Statement("DE1", "EUR", "S-1", THU, 0, 1, entries)])
            feeds.write(f"in/bank/bank_{day:%Y%m%d}.csv", message.decode())

        for day in (THU, FRI):
            tieout("run", "--home", str(feeds.home), "--date", day.isoformat())

        (case,) = [one for one in feeds.cases() if one.leg == "files"]
        assert case.reason == "file_restated"
        assert "bank_20260227.csv is the message MESSAGE-1 again" in case.explanation
        assert "which bank_20260226.csv was (2026-02-26)" in case.explanation


class TestFiles:
    """`tieout files`."""

    def test_lists_the_files_of_the_newest_date(self, result: Result, feeds: TwoFeeds) -> None:
        assert result.exit_code == 0

        listed = tieout("files", "--home", str(feeds.home)).stdout.splitlines()

        rows = [line.split("\t") for line in listed]
        assert rows[0] == ["received", "feed", "file", "state", "records", "refusals", "warnings"]
        assert [row[1:] for row in rows[1:]] == [
            ["bank", "bank_20260226.csv", "parsed", "1", "0", "1"],
            ["extra", "extra_20260226.csv", "parsed", "2", "0", "0"],
            ["shop", "shop_20260226.csv", "parsed", "2", "0", "0"],
        ]

    def test_an_unknown_name_is_wrong_use(self, feeds: TwoFeeds) -> None:
        with pytest.raises(UsageError, match=r"No file is called 'bank\.csv'"):
            tieout("files", "bank.csv", "--home", str(feeds.home))


class TestConfigCheck:
    """What the configuration alone shows of it."""

    def test_notes_feeds_and_files_that_nobody_takes(self, feeds: TwoFeeds) -> None:
        result = tieout("config", "check", "--home", str(feeds.home), "--json")

        document = json.loads(result.stdout)
        notes = {(one["subject"], one["found"]) for one in document["checks"] if one["todo"]}
        assert (result.exit_code, document["ok"]) == (0, True)
        assert notes == {
            (
                "feeds/extra.toml",
                "no reconciliation names it: its lines are kept, and compared with nothing",
            ),
            ("in/bank", "BANK-26.csv: no feed's pattern fits"),
        }
