"""Runs and cases: the fence, runs, generations, proofs, totals, discrepancy cases and their events.

Before: the core and the register of files. After: the fence stands at 0 and no business date has
been run.
"""

from alembic import op
from sqlalchemy import Column, ForeignKey, UniqueConstraint, column, table

from tieout.store.metadata import (
    TABLE_OPTIONS,
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
    identifier,
)

revision = "0003_runs_cases"
down_revision = "0002_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the fence's one row."""
    _create_runs()
    _create_results()
    _create_cases()
    fence = table("run_fence", column("id"), column("token"), column("run_id"))
    op.bulk_insert(fence, [{"id": 1, "token": 0, "run_id": ""}])


def _create_runs() -> None:
    op.create_table(
        "run_fence",
        Column("id", Whole, primary_key=True, autoincrement=False),
        Column("token", Minor, nullable=False),
        Column("run_id", Identifier, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "run",
        Column("run_id", Identifier, primary_key=True),
        Column("fence", Minor, nullable=False, unique=True),
        Column("first_date", Day(), nullable=False),
        Column("last_date", Day(), nullable=False),
        Column("state", identifier(16), nullable=False),
        Column("changed", Whole, nullable=False),
        Column("started_at", Instant(), nullable=False),
        Column("ended_at", Instant(), nullable=True),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "business_day",
        Column("business_date", Day(), primary_key=True),
        Column("first_run_id", Identifier, nullable=False),
        Column("last_run_id", Identifier, nullable=False),
        Column("committed_at", Instant(), nullable=False),
        **TABLE_OPTIONS,
    )


def _create_results() -> None:
    op.create_table(
        "generation",
        Column("id", Minor, primary_key=True),
        Column("reconciliation", Identifier, nullable=False),
        Column("leg", Identifier, nullable=False),
        Column("business_date", Day(), nullable=False),
        Column("fence", Minor, nullable=False),
        Column("state", identifier(16), nullable=False),
        Column("plan_digest", Sha256, nullable=False),
        Column("outcomes_sha256", Sha256, nullable=False),
        Column("matches_sha256", Sha256, nullable=False),
        Column("members_sha256", Sha256, nullable=False),
        Column("breaks_sha256", Sha256, nullable=False),
        UniqueConstraint("reconciliation", "leg", "business_date", "fence"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_generation_current", "generation", ["business_date", "state"])
    op.create_table(
        "run_proof",
        Column("id", Minor, primary_key=True),
        Column("fence", Minor, nullable=False),
        Column("business_date", Day(), nullable=False),
        Column("leg", Identifier, nullable=False),
        Column("name", Identifier, nullable=False),
        Column("currency", CurrencyCode, nullable=False),
        Column("count_in", Minor, nullable=False),
        Column("count_out", Minor, nullable=False),
        Column("sum_in_minor", Minor, nullable=False),
        Column("sum_out_minor", Minor, nullable=False),
        Column("holds", Flag, nullable=False),
        Column("detail", LongText, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "day_total",
        Column("id", Minor, primary_key=True),
        Column("business_date", Day(), nullable=False),
        Column("reconciliation", Identifier, nullable=False),
        Column("leg", Identifier, nullable=False),
        Column("side", identifier(8), nullable=False),
        Column("feed", Identifier, nullable=False),
        Column("currency", CurrencyCode, nullable=False),
        Column("outcome", identifier(16), nullable=False),
        Column("reason", identifier(32), nullable=False),
        Column("line_count", Minor, nullable=False),
        Column("amount_minor", Minor, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_day_total_date", "day_total", ["business_date"])


def _create_cases() -> None:
    op.create_table(
        "discrepancy_case",
        Column("case_id", identifier(32), primary_key=True),
        Column("cause", identifier(255), nullable=False, unique=True),
        Column("reconciliation", Identifier, nullable=False),
        Column("leg", Identifier, nullable=False),
        Column("feed", Identifier, nullable=False),
        Column("reason", identifier(32), nullable=False),
        Column("severity", identifier(8), nullable=False),
        Column("currency", CurrencyCode, nullable=True),
        Column("at_risk_minor", Minor, nullable=False),
        Column("state", identifier(16), nullable=False),
        Column("business_date", Day(), nullable=False),
        Column("opened_on", Day(), nullable=False),
        Column("closed_on", Day(), nullable=True),
        Column("gaps", Json(), nullable=False),
        Column("described_on", Day(), nullable=False),
        Column("explanation", LongText, nullable=False),
        Column("lines", Json(), nullable=False),
        Column("closed_by", Json(), nullable=True),
        Column("version", Whole, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index(
        "ix_case_state",
        "discrepancy_case",
        ["state", "currency", "at_risk_minor", "case_id", "reason", "leg", "feed", "opened_on"],
    )
    op.create_index(
        "ix_case_opened_on",
        "discrepancy_case",
        ["opened_on", "state", "reason", "severity", "leg", "feed", "currency", "at_risk_minor"],
    )
    op.create_table(
        "case_event",
        Column("case_id", identifier(32), ForeignKey("discrepancy_case.case_id"), primary_key=True),
        Column("seq", Whole, primary_key=True, autoincrement=False),
        Column("kind", identifier(16), nullable=False),
        Column("business_date", Day(), nullable=False),
        Column("run_id", Identifier, nullable=False),
        Column("actor", Identifier, nullable=False),
        Column("detail", Json(), nullable=False),
        Column("recorded_at", Instant(), nullable=False),
        **TABLE_OPTIONS,
    )
