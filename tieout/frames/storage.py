"""Frames on disk: Parquet named by the hash of its bytes, written once, checked when read.

A torn or rotten file can therefore never be taken for a frame, and writing the same frame twice is
writing it once.
"""

import hashlib
import io
import os
from pathlib import Path

import polars as pl

from tieout.errors import IntegrityError, StorageUnavailable


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

        Compression is zstd at level 1: quicker and here smaller than the default level.

        Raises:
            StorageUnavailable: the folder does not take it.
        """
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd", compression_level=1)
        data = buffer.getvalue()
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path_of(sha256)
        if not target.exists():
            try:
                _write_durably(target, data)
            except OSError as error:
                raise StorageUnavailable(
                    f"{self.root} does not take the frame: {error.strerror}.",
                    hint="Free space or repair the disk; nothing of the frame is used.",
                ) from error
        return sha256

    def read(self, sha256: str) -> pl.DataFrame:
        """Return the frame with this hash.

        Raises:
            IntegrityError: the file is gone, or its bytes are no longer what was written.
        """
        path = self.path_of(sha256)
        if not path.exists():
            raise IntegrityError(f"The frame {path} is gone.", hint="Run its business date again.")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise IntegrityError(
                f"The frame {path} has changed since it was written.",
                hint="Restore it from a backup, or delete it and run its business date again.",
            )
        return pl.read_parquet(io.BytesIO(data))


def _write_durably(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(f".{os.getpid()}.part")
    with temporary.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(target)
