"""Decisions of people about matches, and how many matches each rule confirmed.

Before: a match is what the passes say. After: nobody has decided anything yet, and of dates that
were run before nothing is counted until they are run again.
"""

from alembic import op
from sqlalchemy import Column, ForeignKey

from tieout.store.metadata import (
    TABLE_OPTIONS,
    Day,
    Flag,
    Identifier,
    Instant,
    Json,
    LongText,
    Minor,
    Sha256,
    identifier,
)

revision = "0005_decisions"
down_revision = "0004_content"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "match_decision",
        Column("id", Minor, primary_key=True),
        Column("reconciliation", Identifier, nullable=False),
        Column("leg", Identifier, nullable=False),
        Column("verdict", identifier(16), nullable=False),
        Column("match_id", identifier(255), nullable=True),
        Column("pass_code", identifier(16), nullable=True),
        Column("plan_digest", Sha256, nullable=True),
        Column("business_date", Day(), nullable=False),
        Column("is_taken_up", Flag, nullable=False),
        Column("reason", LongText, nullable=False),
        Column("decided_by", Identifier, nullable=False),
        Column("decided_at", Instant(), nullable=False),
        Column("withdrawn_by", Identifier, nullable=True),
        Column("withdrawn_at", Instant(), nullable=True),
        Column("withdrawal_reason", LongText, nullable=True),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_match_decision_leg", "match_decision", ["reconciliation", "leg"])
    op.create_table(
        "match_decision_line",
        Column("decision_id", Minor, ForeignKey("match_decision.id"), primary_key=True),
        Column("side", identifier(8), primary_key=True),
        Column("record_id", identifier(255), primary_key=True),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("generation") as table:
        table.add_column(Column("confirmed", Json(), nullable=True))
