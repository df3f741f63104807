"""A file that is cut, extended or replaced while it is read: never torn, never silent.

The senders are real; the test changes their folder between two windows of a read.
"""

import os
import threading
import time
from collections.abc import Callable

import pytest

from tests.tieout.transfer.conftest import (
    Fetcher,
    Sender,
    incoming_files,
    landed_files,
)
from tieout.errors import Transient
from tieout.transfer.errors import FileChangedWhileRead
from tieout.transfer.source import FileSource

NAME = "clearing_20261102.ipm"
OLD = b"old " * 150_000  # nine windows
NEW = b"new " * 150_000


def cut(sender: Sender) -> None:
    os.truncate(sender.root / NAME, 100_000)


def extend(sender: Sender) -> None:
    with (sender.root / NAME).open("ab") as handle:
        handle.write(b"and more")


def rewrite(sender: Sender) -> None:
    with (sender.root / NAME).open("r+b") as handle:
        handle.write(NEW)
    os.utime(sender.root / NAME, (1_900_000_000, 1_900_000_000))


def replace(sender: Sender) -> None:
    (sender.root / "new.part").write_bytes(NEW + b"!")
    (sender.root / "new.part").rename(sender.root / NAME)


def remove(sender: Sender) -> None:
    (sender.root / NAME).unlink()


def turn_into_link(sender: Sender) -> None:
    (sender.root / "elsewhere.part").write_bytes(NEW)
    (sender.root / NAME).unlink()
    (sender.root / NAME).symlink_to("elsewhere.part")


CHANGES = [cut, extend, rewrite, replace, remove, turn_into_link]


def changing(
    sender: Sender, change: Callable[[Sender], None], *, times: int
) -> Callable[[], FileSource]:
    """Return sources during whose first `times` reads the file changes after the second window."""
    reads = iter([True] * times)

    def after_window(count: int) -> None:
        if count == 2 * 65_536 and next(reads, False):
            change(sender)

    return lambda: sender.source(after_window=after_window)


@pytest.fixture(autouse=True)
def an_old_file(sender: Sender) -> None:
    """The file as it is before it changes, last written long ago."""
    (sender.root / NAME).write_bytes(OLD)
    os.utime(sender.root / NAME, (1_700_000_000, 1_700_000_000))


class TestChangedWhileRead:
    """Every way to change, on every kind of sender."""

    @pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
    def test_is_said_by_the_source(
        self, sender: Sender, fetcher: Fetcher, change: Callable[[Sender], None]
    ) -> None:
        with changing(sender, change, times=1)() as source, fetcher.landing.incoming() as path:
            (listed,) = source.list_files()

            with pytest.raises(FileChangedWhileRead, match=r"listed with 600,000 bytes") as said:
                source.download(listed, path)

        assert isinstance(said.value, Transient)

    @pytest.mark.parametrize("change", [extend, rewrite, replace], ids=lambda c: c.__name__)
    def test_is_read_again_whole(
        self, sender: Sender, fetcher: Fetcher, change: Callable[[Sender], None]
    ) -> None:
        report = fetcher.fetch(changing(sender, change, times=1))

        (file,) = report.files
        (landed,) = landed_files(fetcher.landing)
        assert file.status == "new"
        assert landed.read_bytes() == (sender.root / NAME).read_bytes()

    def test_is_given_up_after_three_reads(self, sender: Sender, fetcher: Fetcher) -> None:
        report = fetcher.fetch(changing(sender, extend, times=3))

        (file,) = report.files
        assert file.status == "failed"
        assert landed_files(fetcher.landing) == []
        assert incoming_files(fetcher.landing) == []
        with pytest.raises(Transient, match=r"1 of 1 files of feed clearing"):
            report.raise_for_failures()

    def test_a_removed_file_fails_and_the_next_fetch_is_clean(
        self, sender: Sender, fetcher: Fetcher
    ) -> None:
        failed = fetcher.fetch(changing(sender, remove, times=1))
        after = fetcher.fetch(sender.source)

        assert [file.status for file in failed.files] == ["failed"]
        assert after.files == ()
        assert landed_files(fetcher.landing) == []


class TestGrowingFile:
    """A sender that writes slowly under the final name."""

    def test_is_not_taken_before_it_has_settled(self, sender: Sender, fetcher: Fetcher) -> None:
        stop = threading.Event()

        def write_slowly() -> None:
            while not stop.is_set():
                extend(sender)
                time.sleep(0.02)

        writer = threading.Thread(target=write_slowly)
        writer.start()
        try:
            early = fetcher.fetch(sender.source, settle_seconds=0.2)
        finally:
            stop.set()
            writer.join()
        late = fetcher.fetch(sender.source, settle_seconds=0.1)

        assert [file.status for file in early.files] == ["not_yet"]
        assert [file.status for file in late.files] == ["new"]
