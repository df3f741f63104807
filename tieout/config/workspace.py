"""A workspace: one deployment's directory, read into checked models."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tieout.config.feeds import Feed
from tieout.config.secret import resolve_secret
from tieout.config.settings import Settings, environment_overrides, origins, variable_names
from tieout.config.strict import StrictModel, build_model, read_toml
from tieout.errors import UsageError

if TYPE_CHECKING:
    from tieout.calendars import Calendar


_NO_WORKSPACE = (
    "`tieout init DIR` writes a workspace; one that is there is named by --home or TIEOUT_HOME."
)


class CalendarFile(StrictModel):
    """`calendars/NAME.toml`: days on which the calendar NAME is closed besides its own."""

    closed: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Workspace:
    """Settings, feeds and reconciliations of one home directory.

    `reconciliations` holds the raw tables by name: `matchers.plan` checks them, so that this
    package need not know the matchers.
    """

    home: Path
    settings: Settings
    feeds: dict[str, Feed]
    reconciliations: dict[str, dict[str, Any]]
    closed: dict[str, frozenset[date]] = field(default_factory=dict)

    def get_calendar(self, name: str) -> "Calendar":
        """Return the calendar, with the closing days that `calendars/NAME.toml` adds.

        Raises:
            UsageError: no calendar has this name.
        """
        # Only here: the holidays library takes a sixth of a second to import.
        from tieout.calendars import calendar_named

        return calendar_named(name, extra=self.closed.get(name, ()))

    def feeds_without_reconciliation(self) -> list[str]:
        """Return the feeds that no leg names: their lines are kept, and compared with nothing."""
        named = feeds_in(self.reconciliations.values())
        return [name for name in sorted(self.feeds) if name not in named]

    @property
    def landing_path(self) -> Path:
        """Where received files are kept, content-addressed."""
        return self.home / self.settings.landing.path

    @property
    def frames_path(self) -> Path:
        """Where frames are kept as Parquet."""
        return self.home / self.settings.frames.path

    @property
    def database_url(self) -> str:
        """The database's address; a relative SQLite path is taken from the workspace."""
        url = self.settings.database.url
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return prefix + str((self.home / url.removeprefix(prefix)).resolve())
        return url

    def database_password(self) -> str | None:
        """Return the password behind the reference, or None."""
        reference = self.settings.database.password
        return resolve_secret(reference, home=self.home) if reference else None

    def pan_key(self) -> bytes:
        """Return the key of card number fingerprints."""
        return resolve_secret(self.settings.pan.key, home=self.home).encode()


def feeds_in(reconciliations: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the feeds that the legs of raw reconciliation tables name."""
    legs = [
        leg for table in reconciliations for leg in table.get("leg", ()) if isinstance(leg, Mapping)
    ]
    return {str(leg[side]) for leg in legs for side in ("left", "right") if side in leg}


def home_from_environment() -> Path:
    """Return the workspace that TIEOUT_HOME names; without it, the current directory."""
    return Path(os.environ.get("TIEOUT_HOME", "."))  # noqa: TID251 - the one reader


def load_workspace(home: Path) -> Workspace:
    """Read and check every configuration file under `home`.

    Raises:
        UsageError: a file is missing or wrong; the message names file and key.
    """
    home = home.resolve()
    return Workspace(
        home,
        load_settings(home),
        {path.stem: load_feed(path) for path in sorted((home / "feeds").glob("*.toml"))},
        {path.stem: read_toml(path) for path in sorted((home / "reconciliations").glob("*.toml"))},
        {path.stem: load_closed(path) for path in sorted((home / "calendars").glob("*.toml"))},
    )


def load_settings(home: Path) -> Settings:
    """Return `tieout.toml` with the environment over it; see `load_workspace`."""
    data = read_toml(home / "tieout.toml", hint=_NO_WORKSPACE)
    overrides = environment_overrides(os.environ)  # noqa: TID251
    for section, keys in overrides.items():
        if isinstance(data.setdefault(section, {}), dict):
            data[section].update(keys)
    return build_model(
        Settings, data, where=str(home / "tieout.toml"), variables=variable_names(overrides)
    )


def load_origins(home: Path) -> dict[str, str]:
    """Return where each setting comes from; see `tieout.config.settings.origins`."""
    data = read_toml(home / "tieout.toml", hint=_NO_WORKSPACE)
    return origins(data, environment_overrides(os.environ))  # noqa: TID251


def load_feed(path: Path) -> Feed:
    """Return the feed of one file; see `load_workspace`."""
    feed = build_model(Feed, {"name": path.stem, **read_toml(path)}, where=str(path))
    if feed.name != path.stem:
        raise UsageError(f"{path}: name = {feed.name!r} differs from the file's name.")
    return feed


def load_closed(path: Path) -> frozenset[date]:
    """Return the closing days of one file in `calendars/`; see `load_workspace`."""
    from tieout.calendars import calendar_named

    calendar_named(path.stem)  # a file of another name would close nothing, in silence
    return build_model(CalendarFile, read_toml(path), where=str(path)).closed
