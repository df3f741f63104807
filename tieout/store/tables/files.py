"""Tables of what arrived: each content of a feed once, each delivery of it, what was wrong."""

from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint

from tieout.store.metadata import (
    Day,
    Identifier,
    Instant,
    Json,
    LongText,
    Minor,
    Sha256,
    Whole,
    build_table,
    identifier,
)

inbound_file = build_table(
    "inbound_file",
    # One content of one feed. The bytes lie in the landing store under their SHA-256.
    Column("id", Minor, primary_key=True),
    Column("feed", Identifier, nullable=False),
    Column("name", identifier(255), nullable=False),  # as the sender called it; never a path
    Column("version", Whole, nullable=False),  # 1, 2 … of this name
    Column("sha256", Sha256, nullable=False),
    Column("size", Minor, nullable=False),  # bytes
    Column("remote_mtime", Minor, nullable=False),  # seconds since 1970 by the sender's clock
    Column("file_date", Day(), nullable=False),  # the date in its name
    Column("received_on", Day(), nullable=False),  # the business date whose run took it in
    # received | parsed | refused | restated
    Column("state", identifier(16), nullable=False),
    Column("format", Identifier, nullable=True),
    Column("records", Minor, nullable=True),
    Column("frame_sha256", Sha256, nullable=True),  # of the parsed frame
    Column("content_sha256", Sha256, nullable=True),  # of what it says; null without lines
    Column("reading", Sha256, nullable=True),  # digest of the rules it was read by
    Column("summary", Json(), nullable=True),  # control totals, statements: what the file declares
    Column("detail", LongText, nullable=False),  # why it was refused or is held; else empty
    Column("registered_at", Instant(), nullable=False),
    # The same bytes are one file, whatever they are called the second time.
    UniqueConstraint("feed", "sha256"),
    UniqueConstraint("feed", "name", "version"),
    Index("ix_inbound_file_received_on", "feed", "received_on"),
    Index("ix_inbound_file_sha256", "sha256"),
    Index("ix_inbound_file_content", "feed", "content_sha256"),
)

file_delivery = build_table(
    "file_delivery",
    # Each time a content was seen under a name, the first time included; a file that is seen again
    # with the same name, size and time need not be read again.
    Column("id", Minor, primary_key=True),
    Column("file_id", Minor, ForeignKey("inbound_file.id"), nullable=False),
    Column("feed", Identifier, nullable=False),
    Column("name", identifier(255), nullable=False),
    Column("size", Minor, nullable=False),
    Column("remote_mtime", Minor, nullable=False),
    Column("outcome", identifier(16), nullable=False),  # new | unchanged | restated
    Column("delivered_on", Day(), nullable=False),
    Column("seen_at", Instant(), nullable=False),
    UniqueConstraint("feed", "name", "size", "remote_mtime", "file_id"),
)

file_finding = build_table(
    "file_finding",
    # What a parser found wrong, in the order it found it.
    Column("file_id", Minor, ForeignKey("inbound_file.id"), primary_key=True, autoincrement=False),
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("code", Identifier, nullable=False),
    Column("severity", identifier(16), nullable=False),  # refusal | warning
    Column("line", Minor, nullable=True),
    Column("byte_offset", Minor, nullable=True),
    Column("record_no", Minor, nullable=True),
    Column("record", LongText, nullable=True),
    Column("field", LongText, nullable=True),
    Column("found", LongText, nullable=False),
    Column("expected", LongText, nullable=False),
    Column("hint", LongText, nullable=False),
)
