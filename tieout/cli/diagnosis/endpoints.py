"""Can each feed's files be reached? Host key, login, folder, and how many names fit the pattern."""

import stat
from pathlib import Path

from assets.sources import of_no_feed, source_opener
from tieout.cli.diagnosis import Check, asked
from tieout.cli.output import some_names
from tieout.config import Feed, SftpEndpoint, Workspace
from tieout.errors import UsageError
from tieout.transfer.pattern import NamePattern


def check_endpoints(workspace: Workspace) -> list[Check]:
    """Return one check per feed whose files come from somewhere; the core's are our own."""
    return [
        asked("files", name, lambda feed=feed: _reach(workspace, feed))  # type: ignore[misc]
        for name, feed in sorted(workspace.feeds.items())
        if feed.transport != "core"
    ]


def _reach(workspace: Workspace, feed: Feed) -> str:
    """List the folder as the nightly run does, and fetch nothing."""
    place = workspace.home / feed.directory.path if feed.directory else None
    if feed.sftp is not None:
        _check_key_files(workspace.home, feed.sftp)
        place = Path(f"{feed.sftp.host}:{feed.sftp.port}/{feed.sftp.folder}")
    pattern = NamePattern(feed.pattern or "")
    with source_opener(workspace, feed)() as source:
        files = source.list_files()
    fitting = sum(pattern.find_date(file.name) is not None for file in files)
    if not files:
        return f"{place}: no file yet"
    named = f"{fitting} of {len(files)} file{'' if len(files) == 1 else 's'}"
    said = f"{place}: {named} {'is' if fitting == 1 else 'are'} called {feed.pattern}"
    strays = of_no_feed(workspace.feeds.values(), feed, [file.name for file in files])
    return f"{said}; no feed's pattern fits {some_names(strays)}" if strays else said


def _check_key_files(home: Path, endpoint: SftpEndpoint) -> None:
    for name in (endpoint.private_key, endpoint.known_hosts):
        if not (home / name).is_file():
            raise UsageError(
                f"{home / name} is not there.",
                hint="Put it there, or correct its path under [sftp] of the feed.",
            )
    mode = stat.S_IMODE((home / endpoint.private_key).stat().st_mode)
    if mode & 0o077:
        raise UsageError(
            f"The private key {endpoint.private_key} has mode {mode:04o}: others can read it.",
            hint=f"chmod 600 {home / endpoint.private_key}",
        )
