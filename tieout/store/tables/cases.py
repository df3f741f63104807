"""Tables of discrepancy cases: one per cause, and the append-only story of each."""

from sqlalchemy import Column, ForeignKey, Index

from tieout.store.metadata import (
    CurrencyCode,
    Day,
    Identifier,
    Instant,
    Json,
    LongText,
    Minor,
    Whole,
    build_table,
    identifier,
)

discrepancy_case = build_table(
    "discrepancy_case",
    # C-<12 characters of the hash of the cause>: the same cause has the same id on every machine.
    Column("case_id", identifier(32), primary_key=True),
    Column("cause", identifier(255), nullable=False, unique=True),  # <reconciliation>/<break_id>
    Column("reconciliation", Identifier, nullable=False),
    Column("leg", Identifier, nullable=False),  # "files" for a case about a file
    Column("feed", Identifier, nullable=False),  # the feed of the line seen first
    Column("reason", identifier(32), nullable=False),  # tieout.frames.reasons.BreakReason
    Column("severity", identifier(8), nullable=False),  # low | medium | high
    Column("currency", CurrencyCode, nullable=True),  # null for a case about a file
    Column("at_risk_minor", Minor, nullable=False),
    Column("state", identifier(16), nullable=False),  # open | closed
    Column("business_date", Day(), nullable=False),  # first seen
    Column("opened_on", Day(), nullable=False),
    Column("closed_on", Day(), nullable=True),
    Column("gaps", Json(), nullable=False),  # [[closed on, reopened on], …]
    Column("described_on", Day(), nullable=False),  # whose break reason and lines are
    Column("explanation", LongText, nullable=False),
    # [{"side", "record_id", "feed", "file_sha256", "file_name", "record_no", "byte_start",
    #   "byte_length", "amount_minor", "currency", "business_date", "scheme_ref", …}]
    Column("lines", Json(), nullable=False),
    # null, or {"file_name", "file_sha256", "record_no", "record_id", "byte_start", "byte_length"}
    Column("closed_by", Json(), nullable=True),
    Column("version", Whole, nullable=False),
    # The case list (open first, by currency and size) and the overview (by date) read only these.
    Index(
        "ix_case_state",
        "state",
        "currency",
        "at_risk_minor",
        "case_id",
        "reason",
        "leg",
        "feed",
        "opened_on",
    ),
    Index(
        "ix_case_opened_on",
        "opened_on",
        "state",
        "reason",
        "severity",
        "leg",
        "feed",
        "currency",
        "at_risk_minor",
    ),
)

case_event = build_table(
    "case_event",
    Column("case_id", ForeignKey("discrepancy_case.case_id"), primary_key=True),
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("kind", identifier(16), nullable=False),  # opened | changed | closed | reopened
    Column("business_date", Day(), nullable=False),
    Column("run_id", Identifier, nullable=False),
    Column("actor", Identifier, nullable=False),
    Column("detail", Json(), nullable=False),  # {"reason": …, "explanation": …, "closed_by": …}
    Column("recorded_at", Instant(), nullable=False),
)
