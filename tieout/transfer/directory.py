"""A local folder as a sender: a mounted share, or the folder that another tool writes to."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from tieout.errors import TransferUnavailable
from tieout.transfer.errors import AccessRefused
from tieout.transfer.source import WINDOW_BYTES, RemoteFile, changed, copy_unchanged, is_unfinished


def _nothing(count: int) -> None:
    """Do nothing after a window."""


class DirectorySource:
    """The regular files of one local folder, without those of its subfolders.

    Raises:
        AccessRefused: the folder is not there or not readable (on entering).
    """

    def __init__(
        self,
        folder: Path,
        *,
        window_bytes: int = WINDOW_BYTES,
        after_window: Callable[[int], None] = _nothing,
    ) -> None:
        self.folder = folder
        self._window_bytes = window_bytes
        self._after_window = after_window

    def __enter__(self) -> Self:
        """Check that the folder can be listed."""
        self.list_files()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held open between files."""

    def list_files(self) -> list[RemoteFile]:
        """Return the finished regular files, by name."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except OSError as error:
            raise AccessRefused(
                f"The folder {self.folder} cannot be listed: {error.strerror}.",
                hint="Create it, or correct `path` under [directory] of the feed.",
            ) from error
        states = (self._state(name) for name in sorted(names) if not is_unfinished(name))
        return [state for state in states if state is not None]

    def download(self, file: RemoteFile, target: Path) -> str:
        """Write the file's bytes durably to `target`; return their SHA-256."""
        try:
            # A name may be turned into a link or a pipe after it was listed: never follow, never
            # wait for somebody to write.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(self.folder / file.name, flags)
        except PermissionError as error:
            raise AccessRefused(
                f"{file.name!r} in {self.folder} cannot be read: {error.strerror}.",
                hint="Let the user that runs tieout read it.",
            ) from error
        except OSError as error:
            raise changed(file, f"it cannot be opened ({error.strerror})") from error
        try:
            with os.fdopen(descriptor, "rb") as handle:
                return self._copy(file, handle, target)
        except OSError as error:
            raise TransferUnavailable(
                f"Reading {file.name!r} in {self.folder} failed: {error.strerror}.",
                hint="Check the disk or the share; nothing of the file was kept.",
            ) from error

    def _copy(self, file: RemoteFile, handle: BinaryIO, target: Path) -> str:
        exact = os.fstat(handle.fileno()).st_mtime_ns

        def states() -> Iterator[tuple[str, RemoteFile | None]]:
            yield "the folder", self._state(file.name)
            info = os.fstat(handle.fileno())
            yield "the open file", _remote_file(file.name, info)
            if info.st_mtime_ns != exact:  # finer than the seconds that SFTP knows
                raise changed(file, "it was written to within a second")

        windows = iter(lambda: handle.read(self._window_bytes), b"")
        return copy_unchanged(file, windows, target, states=states, after_window=self._after_window)

    def _state(self, name: str) -> RemoteFile | None:
        try:
            return _remote_file(name, os.lstat(self.folder / name))
        except FileNotFoundError:
            return None


def _remote_file(name: str, info: os.stat_result) -> RemoteFile | None:
    if not stat.S_ISREG(info.st_mode):
        return None
    return RemoteFile(name, info.st_size, int(info.st_mtime))
