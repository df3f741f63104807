"""The landing store: every byte that ever arrived, under the hash of the bytes, written once.

The content is the name, so a torn or rotten file can never be taken for the original, putting the
same bytes twice is putting them once, and no name of a sender becomes a path. On the way in a file
lies in `incoming/`, locked by the process that writes it: a process that dies loses the lock, and
the next sweep removes what it left.
"""

import contextlib
import fcntl
import hashlib
import mmap
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tieout.errors import IntegrityError
from tieout.transfer.errors import LandingUnavailable

_CHUNK_BYTES = 1024 * 1024


class LandingStore(Protocol):
    """Content-addressed, write-once storage; local here, a bucket elsewhere."""

    def incoming(self) -> contextlib.AbstractContextManager[Path]:
        """Give an empty local file to write to; it is gone after the block unless it was put."""
        ...

    def sweep(self) -> int:
        """Remove what dead processes left half written; return how many files."""
        ...

    def put_file(self, source: Path, sha256: str) -> None:
        """Keep the bytes of `source` (from `incoming`), unless they are kept already.

        Raises:
            IntegrityError: the bytes, or those kept under the hash, are not what the hash says.
        """
        ...

    def put(self, data: bytes) -> str:
        """Keep `data`; return its SHA-256."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether these bytes are kept."""
        ...

    def read(self, sha256: str) -> bytes:
        """Return all bytes, checked against the hash.

        Raises:
            IntegrityError: they are gone, or no longer what arrived.
        """
        ...

    def mapped(self, sha256: str) -> bytes | mmap.mmap:
        """Return the bytes, checked against the hash, without holding them all in memory."""
        ...

    def read_range(self, sha256: str, start: int, length: int) -> bytes:
        """Return up to `length` bytes from `start`, having checked the whole against the hash."""
        ...


class LocalLandingStore:
    """Files `<root>/<first two hex digits>/<sha256>`, read-only, never overwritten."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, sha256: str) -> Path:
        """Return where these bytes are kept."""
        return self.root / sha256[:2] / sha256

    @contextlib.contextmanager
    def incoming(self) -> Iterator[Path]:
        """Give an empty file of this process to write to; gone after the block unless put.

        Raises:
            LandingUnavailable: the folder takes no files.
        """
        path = self.root / "incoming" / f"{uuid.uuid4().hex}.part"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = _open_locked(path)
        except OSError as error:
            raise LandingUnavailable(
                f"{self.root} takes no files: {error.strerror}.",
                hint="Check what is there, its rights, and the space on the disk.",
            ) from error
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)
            os.close(descriptor)

    def sweep(self) -> int:
        """Remove what dead processes left in `incoming/`; return how many files.

        What a living process still writes is locked and stays.
        """
        removed = 0
        for path in sorted((self.root / "incoming").glob("*.part")):
            with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open("rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                removed += 1
        return removed

    def put_file(self, source: Path, sha256: str) -> None:
        """Keep the bytes of `source`, which must lie in `incoming/`, unless kept already."""
        target = self.path_of(sha256)
        if target.exists():
            self._check(target, sha256)
            return
        self._check(source, sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync(source)
        source.chmod(0o444)
        source.rename(target)
        _sync(target.parent)
        _sync(self.root)

    def put(self, data: bytes) -> str:
        """Keep `data`; return its SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        with self.incoming() as path:
            path.write_bytes(data)
            self.put_file(path, sha256)
        return sha256

    def exists(self, sha256: str) -> bool:
        """Whether these bytes are kept."""
        return self.path_of(sha256).exists()

    def read(self, sha256: str) -> bytes:
        """Return all bytes, checked against the hash."""
        path = self.path_of(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise _gone(path) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _rotten(path, sha256)
        return data

    def mapped(self, sha256: str) -> bytes | mmap.mmap:
        """Return the bytes as a mapping; an empty file has none to map."""
        path = self.path_of(sha256)
        try:
            self._check(path, sha256)
            with path.open("rb") as handle:
                size = os.fstat(handle.fileno()).st_size
                return mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        except FileNotFoundError as error:
            raise _gone(path) from error

    def read_range(self, sha256: str, start: int, length: int) -> bytes:
        """Return up to `length` bytes from `start`; the whole is checked, in little memory."""
        path = self.path_of(sha256)
        if start < 0 or length < 0:
            raise ValueError(f"no such range: {length} bytes from {start}")
        try:
            self._check(path, sha256)
            with path.open("rb") as handle:
                handle.seek(start)
                return handle.read(length)
        except FileNotFoundError as error:
            raise _gone(path) from error

    def _check(self, path: Path, sha256: str) -> None:
        digest = hashlib.sha256()
        with path.open("rb") as handle:
            while chunk := handle.read(_CHUNK_BYTES):
                digest.update(chunk)
        if digest.hexdigest() != sha256:
            raise _rotten(path, sha256)


def _open_locked(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # A sweep may have taken the file between the two calls above; then it has no name now.
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _gone(path: Path) -> IntegrityError:
    return IntegrityError(
        f"The file as received is gone: {path}.", hint="Restore it from a backup of the landing."
    )


def _rotten(path: Path, sha256: str) -> IntegrityError:
    return IntegrityError(
        f"The bytes of {path} are no longer those with SHA-256 {sha256}.",
        hint="Restore the file from a backup of the landing; nothing was taken from it.",
    )
