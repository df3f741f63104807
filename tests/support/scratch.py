"""Folders for what a test throws away, in memory where there is enough of it.

Databases wait for the disk at every commit. What is deleted a minute later need not: in memory the
same code runs with the same settings, and only the disk answers at once.
"""

import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp below makes a folder of its own in it
_FREE_BYTES_MIN = 4 << 30


def scratch_folder(purpose: str) -> Path:
    """A new empty folder; whoever asked deletes it."""
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _FREE_BYTES_MIN
    parent = _MEMORY if has_room else None
    return Path(tempfile.mkdtemp(prefix=f"tieout-{purpose}-", dir=parent))
