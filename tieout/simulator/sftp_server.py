"""An SFTP server inside this process, for the demo and for trying a feed without a counterparty.

It serves one folder on 127.0.0.1 to one key, with a host key of its own, from the SSH library's own
server classes. Nothing outside the folder can be reached: a path is cleaned before it is looked up,
must lie in the folder with all links resolved, and a link itself is never opened. It is made for
one machine, not for the internet.
"""

import logging
import os
import posixpath
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)
from paramiko.sftp import SFTP_NO_SUCH_FILE, SFTP_OK, SFTP_PERMISSION_DENIED

_log = logging.getLogger(__name__)

USERNAME = "tieout"
_HANDSHAKE_SECONDS = 20
_SESSIONS_MAX = 32


class FolderSftpServer:
    """Serves `folder` while the `with` block lasts.

    Args:
        folder: what is served; made when it is not there.
        keys: where `host_key`, `client_key` and `known_hosts` are kept; made when not there, so
            that a second start shows the same host key.
        port: 0 takes any free one.

    Attributes:
        host, port, username: where and as whom to log in.
        private_key, known_hosts: what a client needs.
    """

    host = "127.0.0.1"
    username = USERNAME

    def __init__(self, folder: Path, *, keys: Path, port: int = 0) -> None:
        self.root = folder
        self.port = port
        self.private_key = keys / "client_key"
        self.known_hosts = keys / "known_hosts"
        self._host_key_path = keys / "host_key"
        self._transports: set[paramiko.Transport] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Listen; write keys and `known_hosts`."""
        self.root.mkdir(parents=True, exist_ok=True)
        self._host_key = _load_or_make_key(self._host_key_path)
        self._client_key = _load_or_make_key(self.private_key)
        self._listener = socket.create_server((self.host, self.port), backlog=_SESSIONS_MAX)
        self.port = int(self._listener.getsockname()[1])
        self.known_hosts.write_text(
            f"[{self.host}]:{self.port} {self._host_key.get_name()} {self._host_key.get_base64()}\n"
        )
        self._acceptor = threading.Thread(target=self._accept, name="sftp-accept", daemon=True)
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening and end all sessions."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(timeout=_HANDSHAKE_SECONDS)
        with self._lock:
            transports = list(self._transports)
        for transport in transports:
            transport.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed by __exit__
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """Run one connection until it ends; whatever a client does ends only its own."""
        try:
            transport = paramiko.Transport(connection)
        except (paramiko.SSHException, OSError):
            connection.close()
            return
        with self._lock:
            self._transports = {one for one in self._transports if one.is_active()} | {transport}
            is_full = len(self._transports) > _SESSIONS_MAX
        if is_full:
            transport.close()
            return
        transport.add_server_key(self._host_key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Folder, self.root)
        try:
            transport.start_server(server=_OneKey(self._client_key))
        except (paramiko.SSHException, EOFError, OSError) as error:
            _log.info("a client did not get in: %s", error)
            transport.close()


class _OneKey(paramiko.ServerInterface):
    """Lets one user in with one key, to the `sftp` subsystem and nothing else."""

    def __init__(self, key: paramiko.PKey) -> None:
        self._key = key

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        is_ours = username == USERNAME and key == self._key
        return AUTH_SUCCESSFUL if is_ours else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if kind == "session":
            return OPEN_SUCCEEDED
        return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


class _Handle(paramiko.SFTPHandle):
    """One open file; `readfile` and `writefile` are what the library reads and writes."""

    def __init__(self, descriptor: int, flags: int) -> None:
        super().__init__(flags)
        mode = "r+b" if flags & (os.O_WRONLY | os.O_RDWR) else "rb"
        self._file = os.fdopen(descriptor, mode, buffering=0 if mode == "r+b" else -1)
        self.readfile = self.writefile = self._file

    def stat(self) -> paramiko.SFTPAttributes | int:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self._file.fileno()))


class _Folder(paramiko.SFTPServerInterface):
    """The file operations, inside one folder."""

    def __init__(self, server: paramiko.ServerInterface, root: Path) -> None:
        super().__init__(server)
        self._root = root.resolve()

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        local = self._inside(path)
        if local is None or local.is_symlink():
            return SFTP_PERMISSION_DENIED
        try:
            entries = [
                paramiko.SFTPAttributes.from_stat(child.lstat(), child.name)
                for child in sorted(local.iterdir())
                if child.name.isprintable()  # lone surrogates: bytes that are no UTF-8
            ]
        except OSError as error:
            return _code(error)
        return entries

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        local = self._inside(path)
        if local is None:
            return SFTP_PERMISSION_DENIED
        try:
            return paramiko.SFTPAttributes.from_stat(local.lstat())
        except OSError as error:
            return _code(error)

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        found = self.lstat(path)
        if isinstance(found, int) or not stat.S_ISLNK(found.st_mode or 0):
            return found
        return SFTP_PERMISSION_DENIED

    def open(
        self, path: str, flags: int, attr: paramiko.SFTPAttributes
    ) -> paramiko.SFTPHandle | int:
        local = self._inside(path)
        if local is None:
            return SFTP_PERMISSION_DENIED
        guarded = flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        if guarded & os.O_WRONLY:  # the library writes through a file object that can also read
            guarded = (guarded & ~os.O_WRONLY) | os.O_RDWR
        try:
            descriptor = os.open(local, guarded, 0o644)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                return SFTP_PERMISSION_DENIED
            return _Handle(descriptor, flags)
        except OSError as error:
            return _code(error)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        old, new = self._inside(oldpath), self._inside(newpath)
        if old is None or new is None:
            return SFTP_PERMISSION_DENIED
        return _done(lambda: old.replace(new))

    def rename(self, oldpath: str, newpath: str) -> int:
        new = self._inside(newpath)
        if new is None or os.path.lexists(new):
            return SFTP_PERMISSION_DENIED
        return self.posix_rename(oldpath, newpath)

    def remove(self, path: str) -> int:
        local = self._inside(path)
        return SFTP_PERMISSION_DENIED if local is None else _done(local.unlink)

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        local = self._inside(path)
        return SFTP_PERMISSION_DENIED if local is None else _done(local.mkdir)

    def _inside(self, path: str) -> Path | None:
        """Return the local path, or None when it is not inside the folder with links resolved."""
        relative = posixpath.normpath("/" + path).lstrip("/")
        if "\0" in path or not relative:
            return None if "\0" in path else self._root
        local = self._root / relative
        parent = local.parent.resolve()
        return local if parent == self._root or self._root in parent.parents else None


def _done(work: Callable[[], object]) -> int:
    try:
        work()
    except OSError as error:
        return _code(error)
    return SFTP_OK


def _code(error: OSError) -> int:
    if isinstance(error, FileNotFoundError):
        return SFTP_NO_SUCH_FILE
    return paramiko.SFTPServer.convert_errno(error.errno or 0)


def _load_or_make_key(path: Path) -> paramiko.PKey:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(pem)
    return paramiko.PKey.from_path(path)
