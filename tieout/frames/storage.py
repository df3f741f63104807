"""Frames on disk: Parquet named by the hash of its bytes, written once, checked when read.

A torn or rotten file can therefore never be taken for a frame, and writing the same frame twice is
writing it once. Compression is zstd at level 1: quicker and here smaller than the default level.
"""

import hashlib
import io
import itertools
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from tieout.errors import IntegrityError, StorageUnavailable

_ROW_GROUP = 1 << 18


class FrameStore:
    """Content-addressed Parquet files under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, sha256: str) -> Path:
        """Return where the frame with this hash is kept."""
        return self.root / sha256[:2] / f"{sha256}.parquet"

    def exists(self, sha256: str) -> bool:
        """Tell whether a frame with this hash is kept; `read` says whether it is whole."""
        return self.path_of(sha256).exists()

    def write(self, frame: pl.DataFrame) -> str:
        """Keep `frame`; return the SHA-256 of its Parquet bytes.

        Raises:
            StorageUnavailable: the folder does not take it.
        """
        return self.draft(iter([frame])).keep()

    def draft(self, frames: Iterator[pl.DataFrame]) -> "FrameDraft":
        """Write frames, all of them as one, to be kept or thrown away afterwards.

        One at least, if it is to be kept. Several are written as they come, in the memory that a
        few of them need.

        Raises:
            StorageUnavailable: the folder does not take it.
        """
        draft = FrameDraft(self)
        try:
            draft.fill(frames)
        except BaseException:
            draft.discard()
            raise
        return draft

    def scan(self, sha256: str) -> pl.LazyFrame:
        """Return the frame with this hash, read as needed; its bytes are checked now.

        Raises:
            IntegrityError: the file is gone, or its bytes are no longer what was written.
        """
        path = self._existing(sha256)
        with path.open("rb") as handle:
            _check(path, hashlib.file_digest(handle, "sha256").hexdigest(), sha256)
        return pl.scan_parquet(path)

    def read(self, sha256: str) -> pl.DataFrame:
        """Return the frame with this hash.

        Raises:
            IntegrityError: the file is gone, or its bytes are no longer what was written.
        """
        path = self._existing(sha256)
        data = path.read_bytes()
        _check(path, hashlib.sha256(data).hexdigest(), sha256)
        return pl.read_parquet(io.BytesIO(data))

    def _existing(self, sha256: str) -> Path:
        path = self.path_of(sha256)
        if not path.exists():
            raise IntegrityError(f"The frame {path} is gone.", hint="Run its business date again.")
        return path


class FrameDraft:
    """A frame that is written but has no name yet; nobody reads it until it is kept."""

    def __init__(self, store: FrameStore) -> None:
        self._store = store
        self._part = store.root / f"{uuid.uuid4().hex}.part"

    def fill(self, frames: Iterator[pl.DataFrame]) -> None:
        """Write the frames; StorageUnavailable when the folder does not take them."""
        head = list(itertools.islice(frames, 2))
        try:
            self._store.root.mkdir(parents=True, exist_ok=True)
            if len(head) == 1:
                head[0].write_parquet(self._part, compression="zstd", compression_level=1)
            elif head:
                _lazy(head, frames).sink_parquet(
                    self._part, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP
                )
        except OSError as error:
            raise self._refused(error) from error

    def keep(self) -> str:
        """Make the bytes durable and give them their name: return their SHA-256."""
        with self._part.open("rb") as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
            os.fsync(handle.fileno())
        target = self._store.path_of(sha256)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._part.replace(target)
        except OSError as error:
            raise self._refused(error) from error
        return sha256

    def discard(self) -> None:
        """Forget the draft."""
        self._part.unlink(missing_ok=True)

    def _refused(self, error: OSError) -> StorageUnavailable:
        return StorageUnavailable(
            f"{self._store.root} does not take the frame: {error.strerror or error}.",
            hint="Free space or repair the disk; nothing of the frame is used.",
        )


def _lazy(head: list[pl.DataFrame], more: Iterator[pl.DataFrame]) -> pl.LazyFrame:
    def batches(*_wanted: object) -> Iterator[pl.DataFrame]:
        yield from head
        yield from more

    return register_io_source(batches, schema=head[0].schema)


def _check(path: Path, found: str, expected: str) -> None:
    if found != expected:
        raise IntegrityError(
            f"The frame {path} has changed since it was written.",
            hint="Restore it from a backup, or delete it and run its business date again.",
        )
