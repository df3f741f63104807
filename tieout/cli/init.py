"""`tieout init`: a workspace that works at once, with every key explained.

The files are package data under `templates/workspace`, written as they are there (only the name is
filled in). `tieout.toml` is written last: where it stands, the workspace is whole, and a second
`init` changes nothing. No file that is already there is ever overwritten.
"""

import json
import secrets
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from tieout.cli.config import schema_documents
from tieout.cli.output import AsJson, print_json, talk
from tieout.errors import UsageError

_LAST = Path("tieout.toml")
_FOLDERS = ("inbox/orders", "inbox/bank")
_KEY = Path("data/pan.key")


def init_workspace(home: Path) -> list[Path]:
    """Write a workspace into `home`; return what was written, relative to it, in order.

    An empty list: `home` is a workspace already, and nothing was touched.

    Raises:
        UsageError: a file that would be written is there with other content; nothing was written.
    """
    home = home.resolve()
    if home.is_file():
        raise UsageError(f"{home} is a file.", hint="Name a folder that does not exist yet.")
    if (home / _LAST).exists():
        return []
    planned = _planned_files(home.name)
    _refuse_overwriting(home, planned)
    for folder in _FOLDERS:
        (home / folder).mkdir(parents=True, exist_ok=True)
    written = [_KEY] if _write_key(home / _KEY) else []
    written += [path for path, text in planned.items() if _write_new(home / path, text)]
    return written


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("init")(init)


def init(
    directory: Annotated[Path, typer.Argument(help="Where; made if it is not there.")],
    as_json: AsJson = False,
) -> None:
    r"""Write a working workspace, with every key explained.

    It compares two CSV files, your orders and your bank's statement, and brings one day of samples
    with it. Where a workspace is already, nothing is changed.

    \b
    Examples:
      tieout init books
      cd books && tieout doctor
    """
    written = init_workspace(directory)
    if as_json:
        names = [str(path) for path in written]
        print_json({"home": str(directory.resolve()), "written": names})
    elif not written:
        talk(f"{directory} is a workspace already: nothing was changed.")
    else:
        talk(f"Wrote {len(written)} files into {directory}. Next:")
        talk(f"  cd {directory}\n  tieout doctor\n  less examples/README.md")


def _planned_files(name: str) -> dict[Path, str]:
    """Return the text of every file by its path in the workspace, `tieout.toml` last."""
    root = files("tieout.cli") / "templates" / "workspace"
    planned = {path: text for path, text in sorted(_template_texts(root, Path())) if path != _LAST}
    for kind, schema in schema_documents().items():
        planned[Path("schemas") / f"{kind}.json"] = json.dumps(schema, indent=2) + "\n"
    quoted = json.dumps(name, ensure_ascii=False)[1:-1]
    planned[_LAST] = (root / str(_LAST)).read_text("utf-8").replace("@NAME@", quoted)
    return planned


def _template_texts(folder: Traversable, where: Path) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for entry in folder.iterdir():
        # A file really called .gitignore would act upon the templates themselves.
        path = where / entry.name.replace("dot_", ".", 1)
        if entry.is_dir():
            found += _template_texts(entry, path)
        else:
            found.append((path, entry.read_text("utf-8")))
    return found


def _refuse_overwriting(home: Path, planned: dict[Path, str]) -> None:
    taken = [
        str(path)
        for path, text in planned.items()
        if (home / path).exists() and (home / path).read_bytes() != text.encode()
    ]
    if taken:
        raise UsageError(
            f"{home} has files of its own where the workspace's would go: {', '.join(taken[:5])}.",
            hint="Name an empty or a new folder; nothing was written.",
        )


def _write_new(path: Path, text: str) -> bool:
    """Write the file unless it is there (then with this very text, after an init cut short)."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return True


def _write_key(path: Path) -> bool:
    """Make a random key, readable by its owner from the first moment on."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(32) + "\n", "utf-8")
    return True
