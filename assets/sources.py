"""Where a feed's files are: how to open its SFTP folder or its local folder."""

from collections.abc import Callable, Iterable, Sequence

from tieout.config import Feed, Workspace
from tieout.errors import UsageError
from tieout.transfer.directory import DirectorySource
from tieout.transfer.pattern import NamePattern
from tieout.transfer.sftp import SftpLogin, SftpSource
from tieout.transfer.source import FileSource


def source_opener(workspace: Workspace, feed: Feed) -> Callable[[], FileSource]:
    """Return a function that connects to where the feed's files are.

    Raises:
        UsageError: the feed has no folder of its own (the core's lines are exported, not fetched).
    """
    if feed.sftp is not None:
        login = SftpLogin(
            host=feed.sftp.host,
            port=feed.sftp.port,
            username=feed.sftp.username,
            folder=feed.sftp.folder,
            private_key=workspace.home / feed.sftp.private_key,
            known_hosts=workspace.home / feed.sftp.known_hosts,
        )
        return lambda: SftpSource(login)
    if feed.directory is not None:
        folder = workspace.home / feed.directory.path
        return lambda: DirectorySource(folder)
    raise UsageError(f"Feed {feed.name} has no folder to fetch from.")


def place_of(feed: Feed) -> str:
    """Return where a feed's files are, as its configuration says it; empty for the core."""
    if feed.sftp is not None:
        return f"{feed.sftp.username}@{feed.sftp.host}:{feed.sftp.port}/{feed.sftp.folder}"
    return str(feed.directory.path) if feed.directory is not None else ""


def of_no_feed(feeds: Iterable[Feed], feed: Feed, names: Sequence[str]) -> list[str]:
    """Return those names in the folder of `feed` that are of none of `feeds` that share it.

    What begins with a dot is no delivery.
    """
    place = place_of(feed)
    patterns = [
        NamePattern(other.pattern)
        for other in feeds
        if other.pattern is not None and place_of(other) == place
    ]
    return [
        name
        for name in names
        if not name.startswith(".") and all(one.find_date(name) is None for one in patterns)
    ]
