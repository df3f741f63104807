"""A feed: one stream of files from one counterparty, described in `feeds/NAME.toml`."""

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from tieout.config.strict import StrictModel


class SftpEndpoint(StrictModel):
    """Where files are fetched; the host key is pinned in `known_hosts`."""

    host: str
    port: int = 22
    username: str
    folder: str = "."
    private_key: str = Field(description="Path of the private key, relative to the workspace.")
    known_hosts: str = Field(description="Path of the pinned host keys, relative to the workspace.")


class DirectoryEndpoint(StrictModel):
    """A folder on this machine, relative to the workspace."""

    path: str


ReferenceName = Literal["scheme_ref", "rrn", "psp_ref", "merchant_ref", "batch_ref", "auth_code"]
TextName = Literal[ReferenceName, "narrative", "account", "merchant_id"]


class ReferenceRule(StrictModel):
    """A typed reference taken out of a text column by the one group of a regular expression."""

    source: TextName = Field(alias="from")
    regex: str = Field(description="With one group in parentheses, e.g. (R-[0-9]+)")

    @field_validator("regex")
    @classmethod
    def _has_one_group(cls, regex: str) -> str:
        try:
            groups = re.compile(regex).groups
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from error
        if groups != 1:
            raise ValueError(f"needs one group in parentheses, as in (R-[0-9]+), has {groups}")
        return regex


class References(StrictModel):
    """The part of a feed that fills typed references."""

    references: dict[ReferenceName, ReferenceRule] = Field(default_factory=dict)


class Feed(References):
    """One feed; `name` is the file's name without `.toml`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str = ""
    counterparty: str = ""
    role: Literal["internal", "clearing", "advice", "statement"]
    transport: Literal["core", "sftp", "directory"]
    format: str
    pattern: str | None = Field(None, description="File name, e.g. clearing_{date:%Y%m%d}.ipm")
    calendar: str = Field("XECB", description="Business days on which a file is expected.")
    is_expected: bool = Field(True, description="A missing file is a case of its own.")
    settle_seconds: float = Field(
        0.0,
        ge=0,
        description="For senders that write under the final name: how long a file must not change.",
    )
    sftp: SftpEndpoint | None = None
    directory: DirectoryEndpoint | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    layout: dict[str, Any] | None = Field(
        None, description="What the columns of a delimited or fixed_width file mean."
    )
    controls: dict[str, Literal["refuse", "warn"]] = Field(
        default_factory=dict,
        description="Findings that refuse this feed's files, or do not: control_total_differs = "
        '"warn". The codes: docs/formats/findings.md.',
    )

    @model_validator(mode="after")
    def _names_its_endpoint(self) -> "Feed":
        if self.transport == "sftp" and self.sftp is None:
            raise ValueError("transport = 'sftp' needs an [sftp] table")
        if self.transport == "directory" and self.directory is None:
            raise ValueError("transport = 'directory' needs a [directory] table with a path")
        if self.transport != "core" and self.pattern is None:
            raise ValueError("pattern is missing: how the files of this feed are called")
        needs_layout = self.format in ("delimited", "fixed_width") and self.transport != "core"
        if needs_layout and self.layout is None:
            raise ValueError(f"format = {self.format!r} needs a [layout] table")
        return self
