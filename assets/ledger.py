"""The core's own lines of a business date, as a file: it travels like anybody's from here on.

The export holds what was captured, never how it stands today, so that asking again for a past date
gives the same bytes. Should the core have learnt of more captures of that date, the export has
another content and so another name; both are kept, and a line that is in both counts once.
"""

import hashlib
from datetime import date

import polars as pl

from assets.night import Night
from tieout.store.payments import read_presentments

LEDGER_LAYOUT: dict[str, object] = {
    "amounts": "minor",
    "kind": {"column": "kind", "values": {k: k for k in ("sale", "refund", "reversal")}},
    "columns": {
        "record_id": "id",
        "amount": "amount_minor",
        "currency": "currency",
        "business_date": "business_date",
        "event_at": "event_at",
        "scheme_ref": "arn",
        "rrn": "rrn",
        "auth_code": "auth_code",
        "merchant_id": "merchant_id",
        "merchant_ref": "operation_reference",
        "pan_masked": "pan_masked",
        "pan_fingerprint": "pan_fingerprint",
        "is_reversal": "is_reversal",
    },
}
"""How `parsers.delimited` reads the export."""

_COLUMNS: dict[str, pl.DataType] = {
    "id": pl.String(),
    "operation_reference": pl.String(),
    "kind": pl.String(),
    "amount_minor": pl.Int64(),
    "currency": pl.String(),
    "arn": pl.String(),
    "rrn": pl.String(),
    "auth_code": pl.String(),
    "merchant_id": pl.String(),
    "pan_masked": pl.String(),
    "pan_fingerprint": pl.String(),
    "event_at": pl.Datetime("us", "UTC"),
    "business_date": pl.Date(),
}


def export_ledger(night: Night, business_date: date) -> tuple[str, bytes]:
    """Return name and bytes (CSV, UTF-8) of what the core captured on one business date."""
    with night.database.reading() as connection:
        rows = read_presentments(connection, business_date)
    data = {name: [getattr(row, name) for row in rows] for name in _COLUMNS}
    frame = pl.DataFrame(data, schema=_COLUMNS).with_columns(
        pl.col("event_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00"),
        pl.when(pl.col("kind") == "reversal")
        .then(pl.lit("true"))
        .otherwise(pl.lit("false"))
        .alias("is_reversal"),
    )
    content = frame.write_csv().encode()
    digest = hashlib.sha256(content).hexdigest()
    return f"ledger_{business_date:%Y%m%d}_{digest[:8]}.csv", content
