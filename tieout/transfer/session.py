"""The SSH library's SFTP client with the two verbs that we need done differently.

Listing: the library gives up on a whole folder when one name is not UTF-8. Here such a name keeps
its bytes as lone surrogates; it fits no pattern, so it goes no further.

Reading: the library asks ahead from a thread of its own, which prints a stack trace when the
connection breaks. Here a bounded window of requests is sent, and then their answers are read.
"""

import contextlib

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

    def read_window(self, file: paramiko.SFTPFile, start: int, end: int) -> bytes:
        """Return the bytes of an open file from `start` up to `end`, in one round trip.

        Raises:
            EOFError: the file ends before `end`.
            OSError, SFTPError, paramiko.SSHException: as the library does.
        """
        asked = [(at, min(_REQUEST_BYTES, end - at)) for at in range(start, end, _REQUEST_BYTES)]
        answers = _Answers()
        handle: bytes = file.handle  # type: ignore[assignment]
        numbers = [
            self._async_request(  # type: ignore[attr-defined]
                answers, CMD_READ, handle, int64(at), length
            )
            for at, length in asked
        ]
        while len(answers.by_number) < len(numbers):
            self._read_response()  # type: ignore[attr-defined]
        return b"".join(
            self._complete(handle, answers.by_number[number], at, length)
            for number, (at, length) in zip(numbers, asked, strict=True)
        )

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
    """Collects the answers of one window; the library hands them to its owner by this method."""

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
