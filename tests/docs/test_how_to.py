"""docs/how-to: every file is written and every command run, in order, as the pages say."""

import re
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from tieout.cli.main import main

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
_BLOCK = re.compile(
    r"(?:Save it as\s+`(?P<name>[^`]+)`:\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.S
)


def said(capsys: pytest.CaptureFixture[str], command: str) -> tuple[int, list[str]]:
    """Run one command; return its exit code and what it said, blanks made one."""
    program, *words = command.split()
    if program == "cp":
        shutil.copy(*words)
        return 0, []
    assert program == "tieout"
    code = 0
    sys.argv = [program, *words]
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    told = capsys.readouterr()
    return code, [" ".join(line.split()) for line in (told.out + told.err).splitlines()]


def expected_code(lines: list[str]) -> int:
    """Return the exit code of a command that says these lines."""
    if any(line.startswith("error:") for line in lines):
        return 2
    return 6 if any(" refused " in line for line in lines) else 0


@pytest.fixture
def followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """Follow the page in an empty folder; return the folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv)
    for block in _BLOCK.finditer((PAGES / "new-bank.md").read_text("utf-8")):
        if block["name"]:
            path = tmp_path / block["name"]
            path.parent.mkdir(exist_ok=True)
            path.write_text(block["text"], "utf-8")
        for told in block["text"].split("$ ")[1:] if block["kind"] == "console" else []:
            command, *lines = told.splitlines()
            wanted = [" ".join(line.split()) for line in lines]

            code, found = said(capsys, command)

            assert code == expected_code(wanted), found
            assert [line for line in wanted if not any(line in one for one in found)] == []
    return tmp_path


class TestNewBank:
    """A new bank's feed, written by following the page alone."""

    def test_works_the_first_time(self, followed: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for name, suffix, wanted in (
            ("nordsee", "csv", [122450, -3450, -200]),
            ("elbe", "txt", [122450, -3450]),
        ):
            code, _ = said(
                capsys,
                f"tieout parse {name}_20260302.{suffix} --layout feeds/{name}.toml"
                f" --out {name}.parquet",
            )

            lines = pl.read_parquet(followed / f"{name}.parquet")
            assert code == 0
            assert lines["amount_minor"].to_list() == wanted
            assert lines["batch_ref"][0] == "PO-2026-001"

    def test_a_layout_may_stand_alone(
        self, followed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        feed = (followed / "feeds" / "elbe.toml").read_text("utf-8")
        _, _, layout = feed.partition("[layout]\n")
        (followed / "alone.toml").write_text(layout.replace("[layout.", "["), "utf-8")

        code, told = said(capsys, "tieout parse elbe_20260302.txt --layout alone.toml")

        assert code == 0
        assert "EUR 2 1,224.50 34.50" in told
