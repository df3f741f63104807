"""Events for others, written in the transaction of the change and sent after it.

`slot` comes from the aggregate's id: a relay takes whole slots, so the events of one payment are
sent in their order. A relay must not read "ids above the last one": ids are given before commit.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

from tieout.store.tables.core import outbox

SLOTS = 64


def slot_of(aggregate_id: str) -> int:
    """Return the slot, 0 to 63, whose relay sends the events of an aggregate."""
    return zlib.crc32(aggregate_id.encode("utf-8")) % SLOTS


def append_outbox(
    connection: Connection,
    *,
    aggregate_id: str,
    seq: int,
    event_type: str,
    payload: Mapping[str, object],
    at: datetime,
) -> None:
    """Add one event inside the caller's transaction; (aggregate_id, seq) is unique."""
    connection.execute(
        insert(outbox).values(
            slot=slot_of(aggregate_id),
            aggregate_id=aggregate_id,
            seq=seq,
            type=event_type,
            payload=dict(payload),
            recorded_at=at,
        )
    )
