"""Tables of discrepancy cases: one per cause, and the append-only story of each."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from tieout.store.metadata import Instant, Json, Minor, metadata

discrepancy_case = Table(
    "discrepancy_case",
    metadata,
    # C-<12 characters of the hash of the cause>: the same cause has the same id on every machine.
    Column("case_id", String(32), primary_key=True),
    Column("cause", String(255), nullable=False, unique=True),  # <reconciliation>/<break_id>
    Column("reconciliation", String(64), nullable=False),
    Column("leg", String(64), nullable=False),  # "files" for a case about a file
    Column("feed", String(64), nullable=False),  # the feed of the line seen first
    Column("reason", String(32), nullable=False),  # tieout.frames.reasons.BreakReason
    Column("severity", String(8), nullable=False),  # low | medium | high
    Column("currency", String(3), nullable=True),  # null for a case about a file
    Column("at_risk_minor", Minor, nullable=False),
    Column("state", String(16), nullable=False),  # open | closed
    Column("business_date", Date, nullable=False),  # first seen
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date, nullable=True),
    Column("explanation", Text, nullable=False),
    # [{"side", "record_id", "feed", "file_sha256", "file_name", "record_no", "byte_start",
    #   "byte_length", "amount_minor", "currency", "business_date", "scheme_ref", …}]
    Column("lines", Json, nullable=False),
    # null, or {"file_name", "file_sha256", "record_no", "record_id", "byte_start", "byte_length"}
    Column("closed_by", Json, nullable=True),
    Column("version", Integer, nullable=False),
    Index("ix_case_state", "state", "opened_on"),
    Index("ix_case_opened_on", "opened_on"),
)

case_event = Table(
    "case_event",
    metadata,
    Column("case_id", ForeignKey("discrepancy_case.case_id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),  # opened | changed | closed | reopened
    Column("business_date", Date, nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("detail", Json, nullable=False),  # {"reason": …, "explanation": …, "closed_by": …}
    Column("recorded_at", Instant, nullable=False),
)
