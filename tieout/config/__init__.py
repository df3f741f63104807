"""Configuration: the workspace's files, the environment over them, secrets only by reference.

The only reader of the environment in the project.
"""

from tieout.config.feeds import Feed, ReferenceRule, SftpEndpoint
from tieout.config.secret import resolve_secret
from tieout.config.settings import Settings
from tieout.config.strict import StrictModel, build_model, read_toml
from tieout.config.workspace import (
    CalendarFile,
    Workspace,
    feeds_in,
    home_from_environment,
    load_closed,
    load_feed,
    load_origins,
    load_settings,
    load_workspace,
)

__all__ = [
    "CalendarFile",
    "Feed",
    "ReferenceRule",
    "Settings",
    "SftpEndpoint",
    "StrictModel",
    "Workspace",
    "build_model",
    "feeds_in",
    "home_from_environment",
    "load_closed",
    "load_feed",
    "load_origins",
    "load_settings",
    "load_workspace",
    "read_toml",
    "resolve_secret",
]
