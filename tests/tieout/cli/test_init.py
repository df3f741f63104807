"""`tieout init`: what it writes, and what it leaves alone."""

import re
import stat
from pathlib import Path

import pytest

from matchers.plan import load_plan
from tieout.cli.init import init_workspace
from tieout.config import load_workspace
from tieout.errors import UsageError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh workspace."""
    init_workspace(tmp_path / "books")
    return tmp_path / "books"


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestNewWorkspace:
    """An empty folder becomes a workspace."""

    def test_writes_one_that_loads(self, home: Path) -> None:
        workspace = load_workspace(home)

        assert workspace.settings.workspace.name == "books"
        assert set(workspace.feeds) == {"orders", "bank"}
        assert set(workspace.reconciliations) == {"orders_bank"}

    def test_the_plan_names_the_feeds(self, home: Path) -> None:
        plan = load_plan(home / "reconciliations" / "orders_bank.toml")

        assert [(leg.left, leg.right) for leg in plan.legs] == [("orders", "bank")]
        assert [step.code for step in plan.legs[0].passes] == ["P0", "P1", "P2", "P6"]

    def test_makes_the_folders_of_the_feeds(self, home: Path) -> None:
        for feed in load_workspace(home).feeds.values():
            assert feed.directory is not None
            assert (home / feed.directory.path).is_dir()

    def test_the_key_is_random_and_readable_by_its_owner_alone(
        self, home: Path, tmp_path: Path
    ) -> None:
        init_workspace(tmp_path / "other")

        key = load_workspace(home).pan_key()

        assert len(key) == 64
        assert key != load_workspace(tmp_path / "other").pan_key()
        assert stat.S_IMODE((home / "data" / "pan.key").stat().st_mode) == 0o600

    def test_data_stays_out_of_version_control(self, home: Path) -> None:
        assert "*" in (home / "data" / ".gitignore").read_text("utf-8").splitlines()

    def test_every_key_is_explained(self, home: Path) -> None:
        text = (home / "tieout.toml").read_text("utf-8")

        keys = re.findall(r"^\w+ = ", text, re.M)

        assert len(keys) >= 10

    def test_a_name_with_a_quote_is_still_toml(self, tmp_path: Path) -> None:
        init_workspace(tmp_path / 'my "books"')

        name = load_workspace(tmp_path / 'my "books"').settings.workspace.name

        assert name == 'my "books"'


class TestSecondTime:
    """Nothing that is there is ever touched."""

    def test_changes_nothing(self, home: Path) -> None:
        (home / "feeds" / "bank.toml").unlink()
        (home / "feeds" / "orders.toml").write_text("mine = true\n", "utf-8")
        before = _contents(home)

        written = init_workspace(home)

        assert written == []
        assert _contents(home) == before

    def test_refuses_to_overwrite_and_writes_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "feeds").mkdir()
        (tmp_path / "feeds" / "bank.toml").write_text("mine = true\n", "utf-8")
        before = _contents(tmp_path)

        with pytest.raises(UsageError, match=r"feeds/bank\.toml"):
            init_workspace(tmp_path)

        assert _contents(tmp_path) == before

    def test_goes_on_after_it_was_cut_short(self, home: Path) -> None:
        whole = _contents(home)
        (home / "tieout.toml").unlink()
        (home / "feeds" / "bank.toml").unlink()

        init_workspace(home)

        assert _contents(home) == whole
