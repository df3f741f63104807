"""What a person reads when a command fails, and the exit code that a scheduler does."""

import sys
from pathlib import Path

import pytest

from tieout.cli.main import main


class TestErrors:
    """One sentence of ours and what to do, no name of a class."""

    def test_says_what_and_what_to_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "argv", ["tieout", "cases", "--home", str(tmp_path)])

        with pytest.raises(SystemExit) as left:
            main()

        said = capsys.readouterr().err.replace("\n", " ")
        assert left.value.code == 2
        assert said.startswith("error: /")
        assert "UsageError" not in said
        assert "tieout init" in said
