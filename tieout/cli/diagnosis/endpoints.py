"""Can each feed's files be reached? Host key, folder, and how many files carry the feed's pattern."""

from tieout.cli.diagnosis import Check, asked
from tieout.config import Feed, Workspace
from tieout.errors import UsageError


def check_endpoints(workspace: Workspace) -> list[Check]:
    """Return one check per feed whose files come from somewhere; the core's are our own."""
    return [
        asked("files", name, lambda feed=feed: _reach(workspace, feed))  # type: ignore[misc]
        for name, feed in sorted(workspace.feeds.items())
        if feed.transport != "core"
    ]


def _reach(workspace: Workspace, feed: Feed) -> str:
    if feed.directory is None:
        raise UsageError(f"{feed.name} has no folder.")
    folder = workspace.home / feed.directory.path
    if not folder.is_dir():
        raise UsageError(
            f"The folder {folder} is not there.", hint="Make it, or correct [directory] path."
        )
    return f"{folder}: {len(list(folder.iterdir()))} files"
