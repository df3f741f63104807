"""Secrets by reference: `env:NAME` or `file:PATH`, never the secret itself in a file of ours."""

import os
from pathlib import Path

from tieout.errors import UsageError


def resolve_secret(reference: str, *, home: Path) -> str:
    """Return the secret that `reference` points to; a file's path is relative to `home`.

    Raises:
        UsageError: the reference has another form, or there is nothing behind it.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        value = os.environ.get(name)  # noqa: TID251 - the one reader of the environment
        if value is None:
            raise UsageError(f"The environment has no {name}.", hint=f"Set {name} and try again.")
        return value
    if kind == "file" and name:
        path = home / name
        if not path.is_file():
            raise UsageError(f"The secret file {path} is not there.", hint="Create it, mode 0600.")
        return path.read_text("utf-8").strip()
    raise UsageError(
        f"{reference.partition(':')[0]!r} is no secret reference.",
        hint="Write env:NAME or file:PATH; secrets themselves stay out of the configuration.",
    )
