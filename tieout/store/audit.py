"""The audit chain: who did what, in the transaction that did it, each row bound to the one before.

The single row of `audit_head` is locked while a row is added, so the sequence has no gap and no two
rows have the same predecessor. Add the audit row last in a transaction: the lock is then short.
The hash covers a canonical JSON array of all columns, so no two different rows share one encoding.
The chain alone shows edits by those who cannot rewrite all of it; reports carry its head outside.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from tieout.store.metadata import canonical_json
from tieout.store.tables.core import audit, audit_head

HASH_VERSION = 1
GENESIS = "0" * 64
_PAGE_ROWS = 5000


def append_audit(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    action: str,
    entity: str,
    entity_id: str,
    detail: Mapping[str, object],
) -> int:
    """Add one row to the chain inside the caller's transaction; returns its sequence number.

    Args:
        connection: the transaction that also makes the change.
        at: when, from the given clock.
        actor: who: a user, a run, a service.
        action: imperative and past: "case closed", "payment captured".
        entity: the kind of thing changed.
        entity_id: which one.
        detail: JSON values that say what changed; never a card number.
    """
    connection.execute(
        update(audit_head).where(audit_head.c.id == 1).values(seq=audit_head.c.seq + 1)
    )
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one()
    row = {
        "seq": head.seq,
        "at": at,
        "actor": actor,
        "action": action,
        "entity": entity,
        "entity_id": entity_id,
        "detail": dict(detail),
        "hash_version": HASH_VERSION,
        "previous_hash": head.hash,
    }
    digest = hash_of(row)
    connection.execute(insert(audit).values(**row, hash=digest))
    connection.execute(update(audit_head).where(audit_head.c.id == 1).values(hash=digest))
    return int(head.seq)


def hash_of(row: Mapping[str, Any] | RowMapping) -> str:
    """Return the SHA-256 of one row's canonical encoding, the hash before it included."""
    values = [
        row["hash_version"],
        row["previous_hash"],
        row["seq"],
        row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        row["actor"],
        row["action"],
        row["entity"],
        row["entity_id"],
        row["detail"],
    ]
    return hashlib.sha256(canonical_json(values).encode("utf-8")).hexdigest()


def read_audit(connection: Connection, *, after: int = 0) -> Iterator[RowMapping]:
    """Yield the audit rows after sequence number `after`, in order, a page at a time."""
    while True:
        page = connection.execute(
            select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(_PAGE_ROWS)
        ).mappings()
        rows = page.all()
        yield from rows
        if len(rows) < _PAGE_ROWS:
            return
        after = rows[-1]["seq"]


def find_break_in_chain(connection: Connection) -> str | None:
    """Walk the whole chain; return in words where it first breaks, or None when it is whole."""
    expected_seq, previous = 0, GENESIS
    for row in read_audit(connection):
        expected_seq += 1
        if row["seq"] != expected_seq:
            return f"row {expected_seq} is missing; the next one is {row['seq']}"
        if row["previous_hash"] != previous:
            return f"row {expected_seq} does not follow the row before it"
        if hash_of(row) != row["hash"]:
            return f"row {expected_seq} was changed after it was written"
        previous = row["hash"]
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one()
    if (head.seq, head.hash) != (expected_seq, previous):
        return f"the head names row {head.seq}, the last row is {expected_seq}"
    return None
