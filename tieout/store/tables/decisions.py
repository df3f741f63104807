"""Tables of what people decided about matches."""

from sqlalchemy import Column, ForeignKey, Index

from tieout.store.metadata import (
    Day,
    Flag,
    Identifier,
    Instant,
    LongText,
    Minor,
    Sha256,
    build_table,
    identifier,
)

match_decision = build_table(
    "match_decision",
    Column("id", Minor, primary_key=True),
    Column("reconciliation", Identifier, nullable=False),
    Column("leg", Identifier, nullable=False),
    Column("verdict", identifier(16), nullable=False),  # together | apart
    # The match or proposal that was decided on; null where a person put lines together.
    Column("match_id", identifier(255), nullable=True),
    Column("pass_code", identifier(16), nullable=True),
    Column("plan_digest", Sha256, nullable=True),
    # The first date that comes out differently; a run over it takes the decision up.
    Column("business_date", Day(), nullable=False),
    Column("is_taken_up", Flag, nullable=False),
    Column("reason", LongText, nullable=False),
    Column("decided_by", Identifier, nullable=False),
    Column("decided_at", Instant(), nullable=False),
    Column("withdrawn_by", Identifier, nullable=True),
    Column("withdrawn_at", Instant(), nullable=True),
    Column("withdrawal_reason", LongText, nullable=True),
    Index("ix_match_decision_leg", "reconciliation", "leg"),
)

match_decision_line = build_table(
    "match_decision_line",
    Column("decision_id", ForeignKey("match_decision.id"), primary_key=True),
    Column("side", identifier(8), primary_key=True),
    Column("record_id", identifier(255), primary_key=True),
)
