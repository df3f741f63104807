"""stdout carries data, stderr the talk."""

import json
from datetime import date
from pathlib import Path

import pytest

from tieout.cli.output import parse_date, print_json, print_table, talk
from tieout.errors import UsageError


class TestPipe:
    """What a script reads."""

    def test_rows_are_whole_and_separated_by_tabs(self, capsys: pytest.CaptureFixture[str]) -> None:
        print_table(["name", "found"], [["a", "x" * 300], ["b\tc", None]])

        lines = capsys.readouterr().out.splitlines()

        assert lines == ["name\tfound", "a\t" + "x" * 300, "b c\t"]

    def test_json_is_one_document(self, capsys: pytest.CaptureFixture[str]) -> None:
        print_json({"day": date(2026, 3, 2), "path": Path("a/b"), "word": "Zürich"})

        document = json.loads(capsys.readouterr().out)

        assert document == {"day": "2026-03-02", "path": "a/b", "word": "Zürich"}

    def test_talk_goes_to_stderr_as_it_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        talk("[bold] is not markup here")

        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("", "[bold] is not markup here\n")


class TestDate:
    """Dates on the command line."""

    def test_says_how_to_write_it(self) -> None:
        with pytest.raises(UsageError, match=r"'02\.03\.2026' is no date.*2026-03-02"):
            parse_date("02.03.2026")
