"""Fetching a feed: what is new, what was seen before, what is held."""

import hashlib
import os
from datetime import date
from pathlib import Path

import pytest

from tests.tieout.transfer.conftest import (
    MONDAY,
    TUESDAY,
    Fetcher,
    Sender,
    incoming_files,
    landed_files,
)
from tieout.store.files import (
    deliveries_seen,
    files_received_on,
    files_up_to,
    mark_parsed,
    mark_refused,
    received_files,
)
from tieout.transfer.errors import FileTooLarge
from tieout.transfer.fetch import FetchReport

BIG = os.urandom(700_001)


def statuses(report: FetchReport) -> dict[str, str]:
    return {file.name: file.status for file in report.files}


class TestNewFiles:
    """A file of the feed that nobody has seen."""

    def test_lands_under_its_hash_and_is_registered(self, sender: Sender, fetcher: Fetcher) -> None:
        (sender.root / "clearing_20261102.ipm").write_bytes(BIG)

        report = fetcher.fetch(sender.source)

        sha256 = hashlib.sha256(BIG).hexdigest()
        assert statuses(report) == {"clearing_20261102.ipm": "new"}
        assert fetcher.landing.read(sha256) == BIG
        assert incoming_files(fetcher.landing) == []
        with fetcher.database.reading() as connection:
            (file,) = files_received_on(connection, "clearing", MONDAY)
        assert (file.name, file.version, file.sha256, file.size, file.file_date, file.state) == (
            "clearing_20261102.ipm",
            1,
            sha256,
            len(BIG),
            MONDAY,
            "received",
        )

    def test_an_empty_file_is_a_file(self, sender: Sender, fetcher: Fetcher) -> None:
        (sender.root / "clearing_20261102.ipm").touch()

        (file,) = fetcher.fetch(sender.source).files

        assert (file.status, file.size) == ("new", 0)
        assert fetcher.landing.read(hashlib.sha256().hexdigest()) == b""

    def test_waits_for_its_date_and_comes_late_to_the_run_that_finds_it(
        self, sender: Sender, fetcher: Fetcher
    ) -> None:
        (sender.root / "clearing_20261030.ipm").write_bytes(b"late")
        (sender.root / "clearing_20261103.ipm").write_bytes(b"tomorrow")

        monday = fetcher.fetch(sender.source, MONDAY)
        tuesday = fetcher.fetch(sender.source, TUESDAY)

        assert statuses(monday) == {
            "clearing_20261030.ipm": "new",
            "clearing_20261103.ipm": "not_yet",
        }
        assert statuses(tuesday) == {
            "clearing_20261030.ipm": "unchanged",
            "clearing_20261103.ipm": "new",
        }
        with fetcher.database.reading() as connection:
            received = files_up_to(connection, "clearing", TUESDAY)
        assert [(file.file_date, file.received_on) for file in received] == [
            (date(2026, 10, 30), MONDAY),
            (TUESDAY, TUESDAY),
        ]

    def test_too_large_a_file_fails_and_the_others_land(
        self, sender: Sender, fetcher: Fetcher
    ) -> None:
        (sender.root / "clearing_20261030.ipm").write_bytes(b"x" * 1001)
        (sender.root / "clearing_20261102.ipm").write_bytes(b"small")

        report = fetcher.fetch(sender.source, size_max=1000)

        assert list(statuses(report).values()) == ["failed", "new"]
        with pytest.raises(FileTooLarge, match=r"1,001 bytes, the limit is 1,000"):
            report.raise_for_failures()


class TestSecondDelivery:
    """The same again, the same under another name, something else under the same name."""

    def test_nothing_is_read_again_when_name_size_and_time_are_known(
        self, sender: Sender, fetcher: Fetcher
    ) -> None:
        (sender.root / "clearing_20261102.ipm").write_bytes(BIG)
        fetcher.fetch(sender.source)
        windows: list[int] = []

        report = fetcher.fetch(lambda: sender.source(after_window=windows.append))

        assert statuses(report) == {"clearing_20261102.ipm": "unchanged"}
        assert windows == []

    def test_same_content_is_a_delivery_and_no_new_file(
        self, sender: Sender, fetcher: Fetcher
    ) -> None:
        (sender.root / "clearing_20261030.ipm").write_bytes(BIG)
        fetcher.fetch(sender.source)
        os.utime(sender.root / "clearing_20261030.ipm", (1_800_000_000, 1_800_000_000))
        (sender.root / "clearing_20261102.ipm").write_bytes(BIG)

        report = fetcher.fetch(sender.source)

        assert list(statuses(report).values()) == ["unchanged", "unchanged"]
        assert report.files[1].detail == "Known as 'clearing_20261030.ipm'."
        with fetcher.database.reading() as connection:
            assert len(files_up_to(connection, "clearing", TUESDAY)) == 1
            assert len(deliveries_seen(connection, "clearing")) == 3
            (known,) = received_files(connection).values()
        assert known.name == "clearing_20261030.ipm"
        assert len(landed_files(fetcher.landing)) == 1

    def test_other_content_under_a_known_name_is_held(
        self, sender: Sender, fetcher: Fetcher
    ) -> None:
        path = sender.root / "clearing_20261102.ipm"
        path.write_bytes(b"first")
        fetcher.fetch(sender.source)
        path.write_bytes(b"second, one line more")

        report = fetcher.fetch(sender.source, TUESDAY)

        assert statuses(report) == {path.name: "restated"}
        with fetcher.database.reading() as connection:
            files = files_up_to(connection, "clearing", TUESDAY)
        assert [(file.version, file.state, file.received_on) for file in files] == [
            (1, "received", MONDAY),
            (2, "restated", TUESDAY),
        ]
        assert fetcher.landing.read(files[0].sha256) == b"first"
        assert fetcher.landing.read(files[1].sha256) == b"second, one line more"

    def test_a_correction_of_a_refused_file_is_used(self, sender: Sender, fetcher: Fetcher) -> None:
        path = sender.root / "clearing_20261102.ipm"
        path.write_bytes(b"broken")
        fetcher.fetch(sender.source)
        with fetcher.database.transaction() as connection:
            (broken,) = files_received_on(connection, "clearing", MONDAY)
            mark_refused(connection, broken, "The trailer is missing.")
        path.write_bytes(b"corrected")

        fetcher.fetch(sender.source, TUESDAY)

        with fetcher.database.transaction() as connection:
            (corrected,) = files_received_on(connection, "clearing", TUESDAY)
            mark_parsed(connection, corrected, "mastercard_ipm", 1, "0" * 64)
            states = [file.state for file in files_up_to(connection, "clearing", TUESDAY)]
        assert (corrected.version, corrected.state) == (2, "received")
        assert states == ["refused", "parsed"]


class TestWhatIsNotOfTheFeed:
    """Names, links and pipes that stay where they are."""

    def test_odd_names_are_ignored_and_become_no_paths(
        self, sender: Sender, fetcher: Fetcher
    ) -> None:
        odd = [
            b"clearing_20261102.ipm\n",
            b"$(id)",
            b"-rf",
            b"=cmd()",
            b"\xff\xfe.ipm",
            b"a" * 255,
            "clearing_٢٠٢٦١١٠٢.ipm".encode(),
            "clearing_20261102\N{RIGHT-TO-LEFT OVERRIDE}.ipm".encode(),
            b"CLEARING_20261102.IPM",
            b"clearing_20261345.ipm",
            b"..\\clearing_20261102.ipm",
            b"<img onerror=alert(1)>",
        ]
        for name in odd:
            Path(os.fsdecode(os.fsencode(sender.root) + b"/" + name)).write_bytes(b"odd")
        (sender.root / "clearing_20261102.ipm").write_bytes(b"right")

        report = fetcher.fetch(sender.source)

        assert statuses(report) == {"clearing_20261102.ipm": "new"}
        visible = {os.fsdecode(name) for name in odd if not name.startswith(b".")}
        if sender.kind == "embedded":  # it serves printable names only
            visible = {name for name in visible if name.isprintable()}
        assert set(report.ignored) == visible
        assert [path.read_bytes() for path in landed_files(fetcher.landing)] == [b"right"]

    def test_links_folders_and_pipes_are_not_read(
        self, sender: Sender, fetcher: Fetcher, tmp_path: Path
    ) -> None:
        secret = tmp_path / "secret"
        secret.write_bytes(b"not for anybody")
        (sender.root / "clearing_20261027.ipm").symlink_to(secret)
        (sender.root / "clearing_20261028.ipm").mkdir()
        os.mkfifo(sender.root / "clearing_20261029.ipm")

        report = fetcher.fetch(sender.source)

        assert report.files == ()
        assert landed_files(fetcher.landing) == []

    @pytest.mark.parametrize("suffix", [".part", ".filepart", ".tmp", ".PART"])
    def test_unfinished_uploads_are_not_listed(
        self, sender: Sender, fetcher: Fetcher, suffix: str
    ) -> None:
        (sender.root / f"clearing_20261102.ipm{suffix}").write_bytes(b"half")
        (sender.root / ".clearing_20261102.ipm").write_bytes(b"half")

        report = fetcher.fetch(sender.source)

        assert (report.files, report.ignored) == ((), ())
