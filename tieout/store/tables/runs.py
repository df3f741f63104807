"""Tables of the nightly run: the fence that orders runs, the runs, their results and proofs."""

from sqlalchemy import Column, Index, UniqueConstraint

from tieout.store.metadata import (
    CurrencyCode,
    Day,
    Flag,
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

run_fence = build_table(
    "run_fence",
    # One row. A run takes token + 1; a commit must still find its own token here (I9).
    Column("id", Whole, primary_key=True, autoincrement=False),
    Column("token", Minor, nullable=False),
    Column("run_id", Identifier, nullable=False),
)

run = build_table(
    "run",
    Column("run_id", Identifier, primary_key=True),
    Column("fence", Minor, nullable=False, unique=True),
    Column("first_date", Day(), nullable=False),
    Column("last_date", Day(), nullable=False),
    Column("state", identifier(16), nullable=False),  # started | done | failed | superseded
    Column("changed", Whole, nullable=False),  # generations that took effect
    Column("started_at", Instant(), nullable=False),
    Column("ended_at", Instant(), nullable=True),
)

business_day = build_table(
    "business_day",
    # A business date that a run has committed: from then on its files are expected.
    Column("business_date", Day(), primary_key=True),
    Column("first_run_id", Identifier, nullable=False),
    Column("last_run_id", Identifier, nullable=False),
    Column("committed_at", Instant(), nullable=False),
)

generation = build_table(
    "generation",
    # What one leg came to on one business date. Frames are named by the hash of their bytes.
    Column("id", Minor, primary_key=True),
    Column("reconciliation", Identifier, nullable=False),
    Column("leg", Identifier, nullable=False),
    Column("business_date", Day(), nullable=False),
    Column("fence", Minor, nullable=False),
    Column("state", identifier(16), nullable=False),  # staged | current | superseded
    Column("plan_digest", Sha256, nullable=False),
    Column("outcomes_sha256", Sha256, nullable=False),
    Column("matches_sha256", Sha256, nullable=False),
    Column("members_sha256", Sha256, nullable=False),
    Column("breaks_sha256", Sha256, nullable=False),
    # {"P1": 1234, …}: how many matches each pass confirmed; null before this was counted.
    Column("confirmed", Json(), nullable=True),
    UniqueConstraint("reconciliation", "leg", "business_date", "fence"),
    Index("ix_generation_current", "business_date", "state"),
)

run_proof = build_table(
    "run_proof",
    Column("id", Minor, primary_key=True),
    Column("fence", Minor, nullable=False),
    Column("business_date", Day(), nullable=False),
    Column("leg", Identifier, nullable=False),  # or files/<feed>, or cases
    Column("name", Identifier, nullable=False),
    Column("currency", CurrencyCode, nullable=False),
    Column("count_in", Minor, nullable=False),
    Column("count_out", Minor, nullable=False),
    Column("sum_in_minor", Minor, nullable=False),
    Column("sum_out_minor", Minor, nullable=False),
    Column("holds", Flag, nullable=False),
    Column("detail", LongText, nullable=False),
    Column("proof", identifier(16), nullable=False),  # tieout.store.proofs.Proof
    Column("reconciliation", Identifier, nullable=False),  # empty unless about a leg
    Index("ix_run_proof_date", "business_date", "fence"),
    Index("ix_run_proof_fence", "fence"),
)

day_total = build_table(
    "day_total",
    # What the overview shows without opening a frame; one row per date, leg, outcome, reason.
    Column("id", Minor, primary_key=True),
    Column("business_date", Day(), nullable=False),
    Column("reconciliation", Identifier, nullable=False),
    Column("leg", Identifier, nullable=False),
    Column("side", identifier(8), nullable=False),
    Column("feed", Identifier, nullable=False),
    Column("currency", CurrencyCode, nullable=False),
    Column("outcome", identifier(16), nullable=False),
    Column("reason", identifier(32), nullable=False),  # empty unless break or duplicate
    Column("line_count", Minor, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Index("ix_day_total_date", "business_date"),
)
