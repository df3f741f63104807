"""Settings of one workspace: `tieout.toml`, overridden by `TIEOUT__SECTION__KEY`."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from tieout.config.strict import StrictModel


class WorkspaceSection(StrictModel):
    """Who this workspace belongs to."""

    name: str = "tieout"
    calendar: str = Field("XECB", description="Business days of the nightly run.")
    time_zone: str = Field("Europe/Berlin", description="Zone of the schedule.")
    start_date: str = Field("2026-01-01", description="First business date of the workspace.")


class DatabaseSection(StrictModel):
    """Where state is kept."""

    url: str = Field(
        "sqlite:///data/tieout.db",
        description="sqlite:///PATH (relative to the workspace) or mysql+pymysql://user@host/name.",
    )
    password: str | None = Field(
        None, description="Reference to the password: env:NAME, file:PATH."
    )


class StorageSection(StrictModel):
    """A folder on the local disk, relative to the workspace."""

    path: str


class PanSection(StrictModel):
    """The key of card number fingerprints."""

    key: str = Field("file:data/pan.key", description="Reference to the key: env:NAME, file:PATH.")


class WebSection(StrictModel):
    """Where `tieout serve` listens."""

    host: str = "127.0.0.1"
    port: int = 8020


class ScheduleSection(StrictModel):
    """When the nightly job runs."""

    cron: str = "30 2 * * *"


class Settings(StrictModel):
    """Everything in `tieout.toml`."""

    workspace: WorkspaceSection = WorkspaceSection()
    database: DatabaseSection = DatabaseSection()
    landing: StorageSection = StorageSection(path="data/landing")
    frames: StorageSection = StorageSection(path="data/frames")
    pan: PanSection = PanSection()
    web: WebSection = WebSection()
    schedule: ScheduleSection = ScheduleSection()


PREFIX = "TIEOUT__"


def environment_overrides(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the sections that `TIEOUT__SECTION__KEY` variables set, for merging over the file."""
    sections: dict[str, dict[str, Any]] = {}
    for name, value in environment.items():
        if name.startswith(PREFIX) and name.count("__") == 2:
            _, section, key = name.lower().split("__")
            sections.setdefault(section, {})[key] = value
    return sections


def variable_names(overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return `section.key` → the variable that sets it."""
    return {
        f"{section}.{key}": f"{PREFIX}{section}__{key}".upper()
        for section, keys in overrides.items()
        for key in keys
    }


def origins(data: Mapping[str, Any], overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return where the value of each setting comes from: its variable, `tieout.toml` or default.

    Args:
        data: the tables of `tieout.toml`.
        overrides: what `environment_overrides` found.
    """
    found: dict[str, str] = {}
    variables = variable_names(overrides)
    for section, field in Settings.model_fields.items():
        keys = getattr(field.annotation, "model_fields", {})
        for key in keys:
            if key in overrides.get(section, {}):
                origin = variables[f"{section}.{key}"]
            else:
                origin = "tieout.toml" if key in data.get(section, {}) else "default"
            found[f"{section}.{key}"] = origin
    return found
