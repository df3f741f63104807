"""Where files come from: what an SFTP folder and a local folder have in common.

Reading a file and being told that it was read are two things: servers answer "end of file" for a
file that is being replaced, and client libraries believe them. `copy_unchanged` compares size and
time before and after, and the number of bytes read with the size.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from tieout.transfer.errors import FileChangedWhileRead, LandingUnavailable

WINDOW_BYTES = 2 * 1024 * 1024
"""How much is asked for at once: enough to hide a round trip, little enough for memory."""

_UNFINISHED = (".part", ".filepart", ".tmp", ".partial", ".crdownload", ".swp", "~")


@dataclass(frozen=True, order=True)
class RemoteFile:
    """A regular file of a folder: name, bytes, seconds since 1970 by the sender's clock."""

    name: str
    size: int
    mtime: int


class FileSource(Protocol):
    """One folder of one sender, open for reading."""

    def list_files(self) -> list[RemoteFile]:
        """Return the finished regular files, by name; no links, folders, devices or `.part`s."""
        ...

    def download(self, file: RemoteFile, target: Path) -> str:
        """Write the file's bytes durably to the existing `target`; return their SHA-256.

        Raises:
            FileChangedWhileRead: it is not the listed file any more; `target` holds rubbish.
            TransferUnavailable: the sender broke off.
            AccessRefused: the sender lists the file and does not give it.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def is_unfinished(name: str) -> bool:
    """Whether a name says that its sender is still writing, or that it is hidden."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def copy_unchanged(
    file: RemoteFile,
    windows: Iterator[bytes],
    target: Path,
    *,
    states: Callable[[], Iterator[tuple[str, RemoteFile | None]]],
    after_window: Callable[[int], None],
) -> str:
    """Write `windows` to `target`, fsync it, return the SHA-256 of what was written.

    Args:
        file: what the listing said.
        windows: the bytes, in order.
        target: a file of ours.
        states: what the sender says of the file now, each with words for where it says so; asked
            before the first and after the last window.
        after_window: called with the bytes read so far.

    Raises:
        FileChangedWhileRead: any state differs from the listing, or the bytes do not add up.
    """
    _check(file, states())
    digest, count = hashlib.sha256(), 0
    with target.open("wb", buffering=0) as handle:
        for window in windows:
            with keeping(target):
                _write_all(handle, window)
            digest.update(window)
            count += len(window)
            after_window(count)
        with keeping(target):
            os.fsync(handle.fileno())
    if count != file.size:
        raise changed(file, f"{count:,} bytes could be read")
    _check(file, states())
    return digest.hexdigest()


@contextlib.contextmanager
def keeping(target: Path) -> Iterator[None]:
    """Tell a failing disk of ours from a failing sender."""
    try:
        yield
    except OSError as error:
        raise LandingUnavailable(
            f"{target.parent} does not take the file: {error.strerror}.",
            hint="Free space or repair the disk; nothing of the file was kept.",
        ) from error


def changed(file: RemoteFile, found: str) -> FileChangedWhileRead:
    """Build the error of a file that is not what the listing said."""
    return FileChangedWhileRead(
        f"{file.name!r} changed while it was read: listed with {file.size:,} bytes "
        f"(time {file.mtime}), now {found}.",
        hint="Nothing of it was kept. It is read again by itself; if that goes on, ask the sender "
        "to write under a temporary name and rename the finished file.",
    )


def _write_all(handle: FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:  # an unbuffered write may take only a part
        rest = rest[handle.write(rest) :]


def _check(file: RemoteFile, states: Iterator[tuple[str, RemoteFile | None]]) -> None:
    for where, state in states:
        if state is None:
            raise changed(file, f"{where} is no regular file")
        if state != file:
            raise changed(file, f"{where} has {state.size:,} bytes (time {state.mtime})")
