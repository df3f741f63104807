"""An SFTP folder as a sender: pinned host key, bounded reads, nothing followed, nothing trusted.

The library's own `get()` says nothing when a file was cut, replaced or extended while it was read;
`copy_unchanged` does.
"""

import contextlib
import errno
import logging
import posixpath
import stat
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import paramiko
from paramiko.sftp import SFTPError

from tieout.errors import TransferUnavailable, UsageError
from tieout.transfer.errors import AccessRefused, AuthRefused, HostKeyChanged
from tieout.transfer.session import SftpSession
from tieout.transfer.source import WINDOW_BYTES, RemoteFile, changed, copy_unchanged, is_unfinished

_TIMEOUT_SECONDS = 30.0

# Without a handler, Python prints the library's stack traces to the person's terminal; we raise
# what matters as errors of our own.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class SftpLogin:
    """Where to log in as whom, with which key, to a server that shows which key.

    Attributes:
        folder: on the server, relative to where a session starts unless it begins with "/".
        private_key: file of our key, without a passphrase.
        known_hosts: file of the pinned host keys, in OpenSSH's format.
    """

    host: str
    port: int
    username: str
    folder: str
    private_key: Path
    known_hosts: Path

    def __str__(self) -> str:
        return f"sftp://{self.username}@{self.host}:{self.port}/{self.folder}"


def _nothing(count: int) -> None:
    """Do nothing after a window."""


class SftpSource:
    """One folder of one SFTP server, while the `with` block lasts.

    Args:
        login: whose folder, and how to get in.
        window_bytes: how much of a file is asked for ahead.
        after_window: called after each piece with the bytes of the file read so far.
        timeout_seconds: how long the server may stay silent.

    Raises:
        HostKeyChanged: the server is not the one whose key is pinned.
        AuthRefused: it does not accept our key.
        AccessRefused: the folder is not there or not ours to read.
        TransferUnavailable: it does not answer.
        UsageError: the key file or known_hosts cannot be read.
    """

    def __init__(
        self,
        login: SftpLogin,
        *,
        window_bytes: int = WINDOW_BYTES,
        after_window: Callable[[int], None] = _nothing,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        self.login = login
        self._window_bytes = window_bytes
        self._after_window = after_window
        self._timeout = timeout_seconds
        self._client = paramiko.SSHClient()

    def __enter__(self) -> Self:
        """Connect, check the host key, log in."""
        key = _load_key(self.login.private_key)
        self._client.set_missing_host_key_policy(_RefuseUnknown(self.login))
        try:
            self._client.load_host_keys(str(self.login.known_hosts))
        except OSError as error:
            raise UsageError(
                f"The pinned host keys {self.login.known_hosts} cannot be read: {error.strerror}.",
                hint=_how_to_pin(self.login),
            ) from error
        try:
            self._connect(key)
        except BaseException:
            self._client.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log out."""
        self._client.close()

    def list_files(self) -> list[RemoteFile]:
        """Return the finished regular files of the folder, by name."""
        with self._translated(self.login.folder):
            entries = self._session.listdir_attr(self.login.folder or ".")
        files = (_remote_file(entry.filename, entry) for entry in entries)
        return sorted(file for file in files if file and not is_unfinished(file.name))

    def download(self, file: RemoteFile, target: Path) -> str:
        """Write the file's bytes durably to `target`; return their SHA-256."""
        path = self._path(file.name)
        if self._state(file.name) is None:  # never open what is a link or a pipe by now
            raise changed(file, "it is gone, or is no regular file")
        try:
            with self._translated(file.name), self._session.open(path, "rb") as handle:
                return self._copy(file, handle, target)
        except EOFError as error:
            raise changed(file, "it ends earlier") from error

    def upload(self, data: bytes, name: str) -> None:
        """Give the folder a file `name`, complete from the first moment that it is seen."""
        temporary = self._path(f".{uuid.uuid4().hex}.part")
        with self._translated(name):
            with self._session.open(temporary, "wb") as handle:
                handle.set_pipelined(True)
                handle.write(data)
            self._session.posix_rename(temporary, self._path(name))

    def _connect(self, key: paramiko.PKey) -> None:
        login = self.login
        try:
            self._client.connect(
                login.host,
                login.port,
                login.username,
                pkey=key,
                allow_agent=False,
                look_for_keys=False,
                timeout=self._timeout,
                banner_timeout=self._timeout,
                auth_timeout=self._timeout,
                channel_timeout=self._timeout,
            )
            transport = self._client.get_transport()
            session = None if transport is None else SftpSession.from_transport(transport)
        except paramiko.BadHostKeyException as error:
            raise _other_key(login, error.key, error.expected_key) from error
        except paramiko.AuthenticationException as error:
            raise _not_let_in(login) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise _no_answer(login, error) from error
        if session is None:
            raise _no_answer(login, "no session")
        channel = session.get_channel()
        if channel is not None:
            channel.settimeout(self._timeout)
        self._session: SftpSession = session

    def _copy(self, file: RemoteFile, handle: paramiko.SFTPFile, target: Path) -> str:
        def states() -> Iterator[tuple[str, RemoteFile | None]]:
            yield "the open file", _remote_file(file.name, handle.stat())
            yield "the folder", self._state(file.name)

        return copy_unchanged(
            file,
            self._session.read_pipelined(handle, file.size, window_bytes=self._window_bytes),
            target,
            states=states,
            after_window=self._after_window,
        )

    def _state(self, name: str) -> RemoteFile | None:
        try:
            with self._translated(name):
                return _remote_file(name, self._session.lstat(self._path(name)))
        except AccessRefused:
            return None

    def _path(self, name: str) -> str:
        if "/" in name:
            raise UsageError(f"{name!r} is a path, expected the name of a file.")
        return posixpath.join(self.login.folder, name)

    @contextlib.contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        """Turn the library's errors into ours; EOFError ("end of file") is left to the caller."""
        try:
            yield
        except (paramiko.SSHException, SFTPError) as error:
            raise _no_answer(self.login, error) from error
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EACCES):
                raise AccessRefused(
                    f"{what!r} of {self.login} cannot be read: {error.strerror}.",
                    hint="Correct `folder` of the feed, or ask the counterparty for the right.",
                ) from error
            raise _no_answer(self.login, error) from error


class _RefuseUnknown(paramiko.RejectPolicy):
    """A server that is not pinned is refused like one that shows another key."""

    def __init__(self, login: SftpLogin) -> None:
        self._login = login

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> NoReturn:
        """Refuse, saying which key the server shows."""
        raise HostKeyChanged(
            f"{hostname} shows the host key {_shown(key)}, and {self._login.known_hosts} pins none "
            "for it. Nothing was sent or fetched.",
            hint=_how_to_pin(self._login),
        )


def _remote_file(name: str, attributes: paramiko.SFTPAttributes) -> RemoteFile | None:
    mode, size, mtime = attributes.st_mode, attributes.st_size, attributes.st_mtime
    if mode is None or size is None or not stat.S_ISREG(mode):
        return None
    return RemoteFile(name, size, mtime or 0)


def _load_key(path: Path) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(path)
    except (OSError, paramiko.SSHException, ValueError, TypeError) as error:
        raise UsageError(
            f"The private key {path} cannot be used: {error}.",
            hint="Give the path of an OpenSSH private key without a passphrase; "
            "`ssh-keygen -t ed25519 -N '' -f PATH` makes one.",
        ) from error


def _shown(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.fingerprint}"


def _how_to_pin(login: SftpLogin) -> str:
    return (
        "Ask the counterparty for the fingerprint over another channel; when it agrees, "
        f"add the line of `ssh-keyscan -p {login.port} {login.host}` to {login.known_hosts}."
    )


def _other_key(login: SftpLogin, found: paramiko.PKey, pinned: paramiko.PKey) -> HostKeyChanged:
    return HostKeyChanged(
        f"{login.host}:{login.port} shows the host key {_shown(found)}; pinned in "
        f"{login.known_hosts} is {_shown(pinned)}. Nothing was sent or fetched.",
        hint="Somebody may be in between. Ask the counterparty over another channel; only when "
        "they confirm the new key, replace the pinned line.",
    )


def _not_let_in(login: SftpLogin) -> AuthRefused:
    return AuthRefused(
        f"{login.host}:{login.port} does not let {login.username} in with the key "
        f"{login.private_key}.",
        hint=f"Send the counterparty the public half, {login.private_key.name}.pub, or correct "
        "`username` and `private_key` of the feed.",
    )


def _no_answer(login: SftpLogin, why: object) -> TransferUnavailable:
    return TransferUnavailable(
        f"{login} does not answer, or broke off: {str(why) or type(why).__name__}.",
        hint="Try again later; what was fetched before is kept, nothing else is.",
    )
