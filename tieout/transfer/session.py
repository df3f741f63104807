"""The SSH library's SFTP client with the two verbs that we need done differently.

Listing: the library gives up on a whole folder when one name is not UTF-8. Here such a name keeps
its bytes as lone surrogates; it fits no pattern, so it goes no further.

Reading: the library asks ahead from a thread of its own, which prints a stack trace when the
connection breaks. Here a bounded number of requests is under way, and one thread does it all.
"""

import contextlib
from collections import deque
from collections.abc import Iterator

import paramiko
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_DATA,
    CMD_NAME,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    SFTPError,
    int64,
)

_REQUEST_BYTES = 32 * 1024
"""What every server answers in one piece."""


class SftpSession(paramiko.SFTPClient):
    """One SFTP session over an authenticated connection."""

    def listdir_attr(self, path: str = ".") -> list[paramiko.SFTPAttributes]:
        """Return all entries of a folder.

        Raises:
            OSError, SFTPError, paramiko.SSHException: as the library does.
        """
        _, opened = self._ask(CMD_OPENDIR, path.encode())
        handle = opened.get_binary()
        entries: list[paramiko.SFTPAttributes] = []
        with contextlib.suppress(EOFError):  # the end of the listing
            while True:
                kind, answer = self._ask(CMD_READDIR, handle)
                if kind != CMD_NAME:
                    raise SFTPError(f"the server answered a listing with message type {kind}")
                entries += [_read_entry(answer) for _ in range(answer.get_int())]
        self._ask(CMD_CLOSE, handle)
        return entries

    def read_pipelined(
        self, file: paramiko.SFTPFile, size: int, *, window_bytes: int
    ) -> Iterator[bytes]:
        """Yield the first `size` bytes of an open file, asking up to `window_bytes` ahead.

        Raises:
            EOFError: the file ends earlier.
            OSError, SFTPError, paramiko.SSHException: as the library does.
        """
        handle: bytes = file.handle  # type: ignore[assignment]
        answers = _Answers()
        asked: deque[tuple[int, int, int]] = deque()  # number of the request, offset, length
        ahead = max(1, window_bytes // _REQUEST_BYTES)
        for at in range(0, size, _REQUEST_BYTES):
            length = min(_REQUEST_BYTES, size - at)
            number: int = self._async_request(  # type: ignore[attr-defined]
                answers, CMD_READ, handle, int64(at), length
            )
            asked.append((number, at, length))
            if len(asked) == ahead:
                yield self._take(handle, answers, *asked.popleft())
        while asked:
            yield self._take(handle, answers, *asked.popleft())

    def _take(self, handle: bytes, answers: "_Answers", number: int, at: int, length: int) -> bytes:
        while number not in answers.by_number:
            self._read_response()  # type: ignore[attr-defined]
        return self._complete(handle, answers.by_number.pop(number), at, length)

    def _complete(
        self, handle: bytes, answer: tuple[int, paramiko.Message], at: int, length: int
    ) -> bytes:
        """Return the data of one answer; ask for the rest where the server gave less."""
        data = self._data(answer)
        while len(data) < length:
            rest = self._ask(CMD_READ, handle, int64(at + len(data)), length - len(data))
            data += self._data(rest)
        return data

    def _data(self, answer: tuple[int, paramiko.Message]) -> bytes:
        kind, message = answer
        if kind != CMD_DATA:
            self._convert_status(message)  # type: ignore[attr-defined]
            raise SFTPError(f"the server answered a read with message type {kind}")
        return message.get_string()

    def _ask(self, kind: int, *arguments: bytes | int) -> tuple[int, paramiko.Message]:
        answer: tuple[int, paramiko.Message] = self._request(  # type: ignore[attr-defined]
            kind, *arguments
        )
        return answer


class _Answers:
    """Collects the answers to requests under way, which the library hands over by this method."""

    def __init__(self) -> None:
        self.by_number: dict[int, tuple[int, paramiko.Message]] = {}

    def _async_response(self, kind: int, message: paramiko.Message, number: int) -> None:
        self.by_number[number] = (kind, message)


def _read_entry(answer: paramiko.Message) -> paramiko.SFTPAttributes:
    name = answer.get_string().decode("utf-8", "surrogateescape")
    answer.get_string()  # the line of `ls -l`, in any encoding
    entry: paramiko.SFTPAttributes
    entry = paramiko.SFTPAttributes._from_msg(answer)  # type: ignore[attr-defined]  # noqa: SLF001
    entry.filename = name
    return entry
