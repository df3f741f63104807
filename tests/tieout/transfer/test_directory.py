"""What only a local folder can do wrong."""

import os
from pathlib import Path

import pytest

from tests.tieout.transfer.conftest import Fetcher
from tieout.transfer.directory import DirectorySource
from tieout.transfer.errors import AccessRefused, FileChangedWhileRead, LandingUnavailable


class TestDirectorySource:
    """A folder, a file, a disk."""

    def test_a_folder_that_is_not_there(self, fetcher: Fetcher, tmp_path: Path) -> None:
        with pytest.raises(AccessRefused, match=r"/nowhere cannot be listed"):
            fetcher.fetch(lambda: DirectorySource(tmp_path / "nowhere"))

    def test_a_rewrite_within_the_second_is_seen(self, fetcher: Fetcher, tmp_path: Path) -> None:
        path = tmp_path / "clearing_20261102.ipm"
        path.write_bytes(b"a" * 100)
        os.utime(path, ns=(10**18, 10**18))

        def same_second(count: int) -> None:
            path.write_bytes(b"b" * 100)
            os.utime(path, ns=(10**18 + 1, 10**18 + 1))

        with (
            DirectorySource(tmp_path, after_window=same_second) as source,
            fetcher.landing.incoming() as target,
            pytest.raises(FileChangedWhileRead, match="within a second"),
        ):
            source.download(source.list_files()[0], target)

    def test_a_full_disk_of_ours_is_not_the_senders_fault(self, tmp_path: Path) -> None:
        (tmp_path / "clearing_20261102.ipm").write_bytes(b"a" * 100)

        with (
            DirectorySource(tmp_path) as source,
            pytest.raises(LandingUnavailable, match="No space left"),
        ):
            source.download(source.list_files()[0], Path("/dev/full"))
