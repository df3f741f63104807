"""Core: payments, operations, presentments, events, journals, facts, outbox, audit.

Before: no table of ours. After: `tieout ledger check` on the empty schema finds nothing.
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint, column, table

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

revision = "0001_core"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the core, and the head of the empty audit chain."""
    _create_payments()
    _create_presentments()
    _create_ledger()
    _create_facts()
    _create_records()
    head = table("audit_head", column("id"), column("seq"), column("hash"))
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])


def _create_payments() -> None:
    op.create_table(
        "payment",
        Column("id", Identifier, primary_key=True),
        Column("merchant_id", Identifier, nullable=False),
        Column("merchant_reference", identifier(80), nullable=False),
        Column("currency", CurrencyCode, nullable=False),
        Column("requested_minor", Minor, nullable=False),
        Column("authorised_minor", Minor, nullable=False),
        Column("captured_minor", Minor, nullable=False),
        Column("refunded_minor", Minor, nullable=False),
        Column("summary", identifier(20), nullable=False),
        Column("pan_masked", identifier(24), nullable=False),
        Column("pan_fingerprint", Sha256, nullable=False),
        Column("scheme", identifier(20), nullable=False),
        Column("version", Whole, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("updated_at", Instant(), nullable=False),
        UniqueConstraint("merchant_id", "merchant_reference"),
        CheckConstraint("requested_minor > 0", name="requested_positive"),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "operation",
        Column("id", Identifier, primary_key=True),
        Column("payment_id", Identifier, ForeignKey("payment.id"), nullable=False),
        Column("kind", identifier(16), nullable=False),
        Column("reference", identifier(80), nullable=False),
        Column("amount_minor", Minor, nullable=False),
        Column("approved_minor", Minor),
        Column("is_final", Flag, nullable=False),
        Column("state", identifier(20), nullable=False),
        Column("provider_ref", identifier(80)),
        Column("auth_code", identifier(12)),
        Column("rrn", identifier(24)),
        Column("arn", identifier(32)),
        Column("scheme_id", Identifier),
        Column("decline_code", identifier(32)),
        Column("attempts", Whole, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("updated_at", Instant(), nullable=False),
        UniqueConstraint("payment_id", "kind", "reference"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_operation_state", "operation", ["state", "updated_at"])


def _create_presentments() -> None:
    op.create_table(
        "presentment",
        Column("id", Identifier, primary_key=True),
        Column("payment_id", Identifier, ForeignKey("payment.id"), nullable=False),
        Column("operation_id", Identifier, ForeignKey("operation.id"), nullable=False),
        Column("kind", identifier(16), nullable=False),
        Column("amount_minor", Minor, nullable=False),
        Column("currency", CurrencyCode, nullable=False),
        Column("arn", identifier(32)),
        Column("rrn", identifier(24)),
        Column("auth_code", identifier(12)),
        Column("merchant_id", Identifier, nullable=False),
        Column("merchant_reference", identifier(80), nullable=False),
        Column("operation_reference", identifier(80), nullable=False),
        Column("scheme", identifier(20), nullable=False),
        Column("pan_masked", identifier(24), nullable=False),
        Column("pan_fingerprint", Sha256, nullable=False),
        Column("event_at", Instant(), nullable=False),
        Column("business_date", Day(), nullable=False),
        Column("expected_settlement_date", Day(), nullable=False),
        Column("state", identifier(20), nullable=False),
        Column("version", Whole, nullable=False),
        UniqueConstraint("operation_id", "kind"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_presentment_business_date", "presentment", ["business_date", "id"])
    op.create_index("ix_presentment_payment_id", "presentment", ["payment_id"])
    op.create_index("ix_presentment_arn", "presentment", ["arn"])


def _create_ledger() -> None:
    op.create_table(
        "event",
        Column("payment_id", Identifier, ForeignKey("payment.id"), primary_key=True),
        Column("seq", Whole, primary_key=True, autoincrement=False),
        Column("type", identifier(32), nullable=False),
        Column("subject", identifier(16), nullable=False),
        Column("subject_id", Identifier, nullable=False),
        Column("input", identifier(32), nullable=False),
        Column("from_state", identifier(20)),
        Column("to_state", identifier(20), nullable=False),
        Column("data", Json(), nullable=False),
        Column("cause", identifier(180), nullable=False),
        Column("recorded_at", Instant(), nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_event_subject_id", "event", ["subject_id", "seq"])
    op.create_table(
        "journal",
        Column("id", identifier(200), primary_key=True),
        Column("rule", identifier(16), nullable=False),
        Column("payment_id", Identifier, ForeignKey("payment.id")),
        Column("presentment_id", Identifier, ForeignKey("presentment.id")),
        Column("reverses_id", identifier(200), unique=True),
        Column("recorded_at", Instant(), nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_journal_presentment_id", "journal", ["presentment_id", "rule"])
    op.create_table(
        "posting",
        Column("journal_id", identifier(200), ForeignKey("journal.id"), primary_key=True),
        Column("line", Whole, primary_key=True, autoincrement=False),
        Column("account", identifier(120), nullable=False),
        Column("currency", CurrencyCode, nullable=False),
        Column("amount_minor", Minor, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_posting_account", "posting", ["account", "currency"])


def _create_facts() -> None:
    op.create_table(
        "settlement_fact",
        Column("source_key", identifier(180), primary_key=True),
        Column("base_key", identifier(160), nullable=False),
        Column("scope", identifier(160), nullable=False),
        Column("fact", identifier(20), nullable=False),
        Column("presentment_id", Identifier, ForeignKey("presentment.id")),
        Column("kind", identifier(16), nullable=False),
        Column("currency", CurrencyCode, nullable=False),
        Column("amount_minor", Minor, nullable=False),
        Column("arn", identifier(32)),
        Column("business_date", Day(), nullable=False),
        Column("undoes", identifier(180)),
        Column("recorded_at", Instant(), nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_settlement_fact_presentment_id", "settlement_fact", ["presentment_id"])
    op.create_index("ix_settlement_fact_base_key", "settlement_fact", ["base_key"])
    op.create_index("ix_settlement_fact_scope", "settlement_fact", ["scope"])
    op.create_table(
        "fact_outcome",
        Column(
            "source_key",
            identifier(180),
            ForeignKey("settlement_fact.source_key"),
            primary_key=True,
        ),
        Column("outcome", identifier(16), nullable=False),
        Column("reason", LongText),
        Column("decided_at", Instant(), nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_fact_outcome_outcome", "fact_outcome", ["outcome", "source_key"])
    op.create_table(
        "suspense_item",
        Column(
            "source_key",
            identifier(180),
            ForeignKey("settlement_fact.source_key"),
            primary_key=True,
        ),
        Column("account", identifier(120), nullable=False),
        Column("currency", CurrencyCode, nullable=False),
        Column("amount_minor", Minor, nullable=False),
        Column("presentment_id", Identifier, ForeignKey("presentment.id")),
        Column("is_open", Flag, nullable=False),
        Column("opened_at", Instant(), nullable=False),
        Column("closed_at", Instant()),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_suspense_item_is_open", "suspense_item", ["is_open", "currency"])


def _create_records() -> None:
    op.create_table(
        "outbox",
        Column("id", Minor, primary_key=True, autoincrement=True),
        Column("slot", Whole, nullable=False),
        Column("aggregate_id", identifier(160), nullable=False),
        Column("seq", Whole, nullable=False),
        Column("type", identifier(32), nullable=False),
        Column("payload", Json(), nullable=False),
        Column("recorded_at", Instant(), nullable=False),
        Column("sent_at", Instant()),
        UniqueConstraint("aggregate_id", "seq"),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_outbox_unsent", "outbox", ["sent_at", "slot", "id"])
    op.create_table(
        "audit",
        Column("seq", Minor, primary_key=True, autoincrement=False),
        Column("at", Instant(), nullable=False),
        Column("actor", Identifier, nullable=False),
        Column("action", Identifier, nullable=False),
        Column("entity", Identifier, nullable=False),
        Column("entity_id", identifier(160), nullable=False),
        Column("detail", Json(), nullable=False),
        Column("hash_version", Whole, nullable=False),
        Column("previous_hash", Sha256, nullable=False),
        Column("hash", Sha256, nullable=False),
        **TABLE_OPTIONS,
    )
    op.create_index("ix_audit_entity_id", "audit", ["entity_id", "seq"])
    op.create_table(
        "audit_head",
        Column("id", Whole, primary_key=True, autoincrement=False),
        Column("seq", Minor, nullable=False),
        Column("hash", Sha256, nullable=False),
        **TABLE_OPTIONS,
    )
