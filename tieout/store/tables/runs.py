"""Tables of the nightly run: the fence that orders runs, the runs, what each produced, its proofs."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tieout.store.metadata import Instant, Minor, Sha256, metadata

run_fence = Table(
    "run_fence",
    metadata,
    # One row. A run takes token + 1; a commit must still find its own token here (I9).
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("token", BigInteger, nullable=False),
    Column("run_id", String(64), nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("fence", BigInteger, nullable=False, unique=True),
    Column("first_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("state", String(16), nullable=False),  # started | done | failed | superseded
    Column("changed", Integer, nullable=False),  # generations that took effect
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=True),
)

business_day = Table(
    "business_day",
    metadata,
    # A business date that a run has committed: from then on its files are expected.
    Column("business_date", Date, primary_key=True),
    Column("first_run_id", String(64), nullable=False),
    Column("last_run_id", String(64), nullable=False),
    Column("committed_at", Instant, nullable=False),
)

generation = Table(
    "generation",
    metadata,
    # What one leg came to on one business date. Frames are named by the hash of their bytes.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("reconciliation", String(64), nullable=False),
    Column("leg", String(64), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # staged | current | superseded
    Column("plan_digest", Sha256, nullable=False),
    Column("outcomes_sha256", Sha256, nullable=False),
    Column("matches_sha256", Sha256, nullable=False),
    Column("members_sha256", Sha256, nullable=False),
    Column("breaks_sha256", Sha256, nullable=False),
    UniqueConstraint("reconciliation", "leg", "business_date", "fence"),
    Index("ix_generation_current", "business_date", "state"),
)

run_proof = Table(
    "run_proof",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("leg", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("count_in", BigInteger, nullable=False),
    Column("count_out", BigInteger, nullable=False),
    Column("sum_in_minor", Minor, nullable=False),
    Column("sum_out_minor", Minor, nullable=False),
    Column("holds", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
)

day_total = Table(
    "day_total",
    metadata,
    # What the overview shows without opening a frame; one row per date, leg, outcome, reason.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("business_date", Date, nullable=False),
    Column("reconciliation", String(64), nullable=False),
    Column("leg", String(64), nullable=False),
    Column("side", String(8), nullable=False),
    Column("feed", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(32), nullable=False),  # empty unless break or duplicate
    Column("line_count", BigInteger, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Index("ix_day_total_date", "business_date"),
)

__all__ = ["business_day", "day_total", "generation", "run", "run_fence", "run_proof"]
