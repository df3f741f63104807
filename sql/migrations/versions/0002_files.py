"""The register of files: what arrived, each delivery of it, what was wrong with it.

Before: the core. After: no file has arrived.
"""

from alembic import op
from sqlalchemy import Column, ForeignKey, UniqueConstraint

from tieout.store.metadata import (
    TABLE_OPTIONS,
    Day,
    Identifier,
    Instant,
    Json,
    LongText,
    Minor,
    Sha256,
    Whole,
    identifier,
)

revision = "0002_files"
down_revision = "0001_core"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the register."""
    op.create_table(
        "inbound_file",
        Column("id", Minor, primary_key=True),
        Column("feed", Identifier, nullable=False),
        Column("name", identifier(255), nullable=False),
        Column("version", Whole, nullable=False),
        Column("sha256", Sha256, nullable=False),
        Column("size", Minor, nullable=False),
        Column("remote_mtime", Minor, nullable=False),
        Column("file_date", Day(), nullable=False),
        Column("received_on", Day(), nullable=False),
        Column("state", identifier(16), nullable=False),
        Column("format", Identifier, nullable=True),
        Column("records", Minor, nullable=True),
        Column("frame_sha256", Sha256, nullable=True),
        Column("reading", Sha256, nullable=True),
        Column("summary", Json(), nullable=True),
        Column("detail", LongText, nullable=False),
        Column("registered_at", Instant(), nullable=False),
        UniqueConstraint("feed", "sha256"),
        UniqueConstraint("feed", "name", "version"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_inbound_file_received_on", "inbound_file", ["feed", "received_on"])
    op.create_index("ix_inbound_file_sha256", "inbound_file", ["sha256"])
    op.create_table(
        "file_delivery",
        Column("id", Minor, primary_key=True),
        Column("file_id", Minor, ForeignKey("inbound_file.id"), nullable=False),
        Column("feed", Identifier, nullable=False),
        Column("name", identifier(255), nullable=False),
        Column("size", Minor, nullable=False),
        Column("remote_mtime", Minor, nullable=False),
        Column("outcome", identifier(16), nullable=False),
        Column("delivered_on", Day(), nullable=False),
        Column("seen_at", Instant(), nullable=False),
        UniqueConstraint("feed", "name", "size", "remote_mtime", "file_id"),
        **TABLE_OPTIONS,
    )
    _create_findings()


def _create_findings() -> None:
    op.create_table(
        "file_finding",
        Column(
            "file_id", Minor, ForeignKey("inbound_file.id"), primary_key=True, autoincrement=False
        ),
        Column("seq", Whole, primary_key=True, autoincrement=False),
        Column("code", Identifier, nullable=False),
        Column("severity", identifier(16), nullable=False),
        Column("line", Minor, nullable=True),
        Column("byte_offset", Minor, nullable=True),
        Column("record_no", Minor, nullable=True),
        Column("record", LongText, nullable=True),
        Column("field", LongText, nullable=True),
        Column("found", LongText, nullable=False),
        Column("expected", LongText, nullable=False),
        Column("hint", LongText, nullable=False),
        **TABLE_OPTIONS,
    )
