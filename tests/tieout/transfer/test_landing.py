"""The landing store: written once, checked on every read, nothing half adopted."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from tests.tieout.transfer.conftest import incoming_files, landed_files
from tieout.errors import IntegrityError
from tieout.transfer.landing import LocalLandingStore

DATA = bytes(range(256)) * 5000
SHA256 = hashlib.sha256(DATA).hexdigest()


class TestPut:
    """Bytes in."""

    def test_content_is_the_name(self, landing: LocalLandingStore) -> None:
        assert landing.put(DATA) == SHA256

        path = landing.root / SHA256[:2] / SHA256
        assert path.read_bytes() == DATA
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
        assert incoming_files(landing) == []

    def test_twice_is_once(self, landing: LocalLandingStore) -> None:
        landing.put(DATA)
        first = landing.path_of(SHA256).stat()

        landing.put(DATA)

        assert landing.path_of(SHA256).stat().st_ino == first.st_ino
        assert len(landed_files(landing)) == 1

    def test_bytes_that_are_not_what_the_hash_says_stay_out(
        self, landing: LocalLandingStore
    ) -> None:
        with landing.incoming() as path:
            path.write_bytes(DATA + b"!")

            with pytest.raises(IntegrityError, match=SHA256):
                landing.put_file(path, SHA256)

        assert not landing.exists(SHA256)
        assert incoming_files(landing) == []

    def test_rot_under_the_same_hash_is_loud_and_not_replaced(
        self, landing: LocalLandingStore
    ) -> None:
        landing.put(DATA)
        rot(landing.path_of(SHA256))

        with pytest.raises(IntegrityError, match="backup"):
            landing.put(DATA)


class TestRead:
    """Bytes out."""

    def test_whole_and_range(self, landing: LocalLandingStore) -> None:
        landing.put(DATA)

        assert landing.read(SHA256) == DATA
        assert landing.read_range(SHA256, 1000, 10) == DATA[1000:1010]
        assert landing.read_range(SHA256, len(DATA) - 3, 10) == DATA[-3:]
        assert landing.read_range(SHA256, len(DATA) + 3, 10) == b""

    def test_rot_is_loud(self, landing: LocalLandingStore) -> None:
        landing.put(DATA)
        rot(landing.path_of(SHA256))

        with pytest.raises(IntegrityError, match="no longer those"):
            landing.read(SHA256)
        with pytest.raises(IntegrityError, match="no longer those"):
            landing.read_range(SHA256, 0, 1)

    def test_a_lost_file_is_loud(self, landing: LocalLandingStore) -> None:
        with pytest.raises(IntegrityError, match="gone"):
            landing.read(SHA256)
        with pytest.raises(IntegrityError, match="gone"):
            landing.read_range(SHA256, 0, 1)


class TestSweep:
    """What the dead leave behind goes; what the living write stays."""

    def test_removes_leftovers_and_keeps_what_is_being_written(
        self, landing: LocalLandingStore
    ) -> None:
        left_behind = landing.root / "incoming" / "0123.part"
        left_behind.parent.mkdir(parents=True)
        left_behind.write_bytes(DATA)

        with landing.incoming() as path:
            path.write_bytes(DATA)
            removed = landing.sweep()
            landing.put_file(path, SHA256)

        assert removed == 1
        assert landing.read(SHA256) == DATA
        assert incoming_files(landing) == []

    def test_of_a_store_that_is_not_there_yet(self, landing: LocalLandingStore) -> None:
        assert landing.sweep() == 0


def rot(path: Path) -> None:
    path.chmod(0o644)
    with path.open("r+b") as handle:
        handle.seek(77)
        handle.write(b"?")
        os.fsync(handle.fileno())
