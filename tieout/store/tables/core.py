"""Tables of the transaction core: payments, what was done, what is expected, what was posted.

`event`, `journal`, `posting`, `settlement_fact` and `audit` are only ever inserted into. The state
columns of `payment`, `operation` and `presentment` are the fold of the events, kept for queries and
recomputed by the invariants.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint

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

payment = build_table(
    "payment",
    Column("id", Identifier, primary_key=True),  # UUIDv7
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
    Column("version", Whole, nullable=False),  # the seq of the latest event
    Column("created_at", Instant(), nullable=False),
    Column("updated_at", Instant(), nullable=False),
    UniqueConstraint("merchant_id", "merchant_reference"),
    CheckConstraint("requested_minor > 0", name="requested_positive"),
)

operation = build_table(
    "operation",
    Column("id", Identifier, primary_key=True),  # the provider's idempotency key
    Column("payment_id", ForeignKey("payment.id"), nullable=False),
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
    Index("ix_operation_state", "state", "updated_at"),
)

presentment = build_table(
    "presentment",
    Column("id", Identifier, primary_key=True),
    Column("payment_id", ForeignKey("payment.id"), nullable=False),
    Column("operation_id", ForeignKey("operation.id"), nullable=False),
    Column("kind", identifier(16), nullable=False),  # sale | refund | reversal
    Column("amount_minor", Minor, nullable=False),  # credit to us is positive
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
    Index("ix_presentment_business_date", "business_date", "id"),
    Index("ix_presentment_payment_id", "payment_id"),
    Index("ix_presentment_arn", "arn"),
)

event = build_table(
    "event",
    Column("payment_id", ForeignKey("payment.id"), primary_key=True),
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("type", identifier(32), nullable=False),
    Column("subject", identifier(16), nullable=False),  # payment | operation | presentment
    Column("subject_id", Identifier, nullable=False),
    Column("input", identifier(32), nullable=False),
    Column("from_state", identifier(20)),
    Column("to_state", identifier(20), nullable=False),
    Column("data", Json(), nullable=False),
    Column("cause", identifier(180), nullable=False),  # a command, an answer, or a source_key
    Column("recorded_at", Instant(), nullable=False),
    Index("ix_event_subject_id", "subject_id", "seq"),
)

journal = build_table(
    "journal",
    # <payment_id>:<seq>:<rule>, or <source_key>:suspense: the same cause posts once.
    Column("id", identifier(200), primary_key=True),
    Column("rule", identifier(16), nullable=False),
    Column("payment_id", ForeignKey("payment.id")),  # null for suspense without a payment
    Column("presentment_id", ForeignKey("presentment.id")),
    Column("reverses_id", identifier(200), unique=True),
    Column("recorded_at", Instant(), nullable=False),
    Index("ix_journal_presentment_id", "presentment_id", "rule"),
)

posting = build_table(
    "posting",
    Column("journal_id", ForeignKey("journal.id"), primary_key=True),
    Column("line", Whole, primary_key=True, autoincrement=False),
    Column("account", identifier(120), nullable=False),
    Column("currency", CurrencyCode, nullable=False),
    Column("amount_minor", Minor, nullable=False),  # debit positive, credit negative
    Index("ix_posting_account", "account", "currency"),
)

settlement_fact = build_table(
    "settlement_fact",
    # base_key as the caller names the record; "#2" and so on when it holds again after an undo.
    Column("source_key", identifier(180), primary_key=True),
    Column("base_key", identifier(160), nullable=False),
    Column("scope", identifier(160), nullable=False),  # whose set of facts it is part of
    Column("fact", identifier(20), nullable=False),
    Column("presentment_id", ForeignKey("presentment.id")),  # null for cleared_unknown
    Column("kind", identifier(16), nullable=False),
    Column("currency", CurrencyCode, nullable=False),
    Column("amount_minor", Minor, nullable=False),
    Column("arn", identifier(32)),
    Column("business_date", Day(), nullable=False),
    Column("undoes", identifier(180)),  # of an unmatch: the source_key that no longer holds
    Column("recorded_at", Instant(), nullable=False),
    Index("ix_settlement_fact_presentment_id", "presentment_id"),
    Index("ix_settlement_fact_base_key", "base_key"),
    Index("ix_settlement_fact_scope", "scope"),
)

fact_outcome = build_table(
    "fact_outcome",
    # The one row per fact that may change: a fact held today may fit tomorrow.
    Column("source_key", ForeignKey("settlement_fact.source_key"), primary_key=True),
    Column("outcome", identifier(16), nullable=False),  # applied | held | suspense | undone
    Column("reason", LongText),  # why it is held
    Column("decided_at", Instant(), nullable=False),
    Index("ix_fact_outcome_outcome", "outcome", "source_key"),
)

suspense_item = build_table(
    "suspense_item",
    Column("source_key", ForeignKey("settlement_fact.source_key"), primary_key=True),
    Column("account", identifier(120), nullable=False),
    Column("currency", CurrencyCode, nullable=False),
    Column("amount_minor", Minor, nullable=False),  # credit to us is positive
    Column("presentment_id", ForeignKey("presentment.id")),  # set when an amount differed
    Column("is_open", Flag, nullable=False),
    Column("opened_at", Instant(), nullable=False),
    Column("closed_at", Instant()),
    Index("ix_suspense_item_is_open", "is_open", "currency"),
)

outbox = build_table(
    "outbox",
    Column("id", Minor, primary_key=True, autoincrement=True),
    Column("slot", Whole, nullable=False),  # 0–63, from the aggregate: keeps its order
    Column("aggregate_id", identifier(160), nullable=False),
    Column("seq", Whole, nullable=False),
    Column("type", identifier(32), nullable=False),
    Column("payload", Json(), nullable=False),
    Column("recorded_at", Instant(), nullable=False),
    Column("sent_at", Instant()),
    UniqueConstraint("aggregate_id", "seq"),
    Index("ix_outbox_unsent", "sent_at", "slot", "id"),
)

audit = build_table(
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
    Index("ix_audit_entity_id", "entity_id", "seq"),
)

audit_head = build_table(
    "audit_head",
    # One row: locking it is what makes the sequence gapless and the chain a chain.
    Column("id", Whole, primary_key=True, autoincrement=False),
    Column("seq", Minor, nullable=False),
    Column("hash", Sha256, nullable=False),
)
