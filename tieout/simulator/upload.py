"""Putting the simulator's files where a counterparty would: on an SFTP server, for real."""

from collections.abc import Iterable

from tieout.simulator.files import SimulatedFile
from tieout.transfer.sftp import SftpLogin, SftpSource


def upload(files: Iterable[SimulatedFile], login: SftpLogin) -> None:
    """Upload each file under a temporary name, then give it its own: nobody sees half a file.

    Raises:
        TransferUnavailable: the server does not answer.
        UsageError: the key or the pinned host keys cannot be read.
    """
    with SftpSource(login) as folder:
        for file in files:
            folder.upload(file.content, file.name)
