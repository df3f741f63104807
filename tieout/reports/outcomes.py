"""Outcomes of a business date: one row per line and leg, in a total order, the same bytes anywhere.

Apart from the other reports because it reads frames: the pages start without Polars.
"""

from datetime import date

import polars as pl
from sqlalchemy import Connection

from tieout.frames.identity import case_id_of
from tieout.frames.storage import FrameStore
from tieout.store.runs import current_generations

COLUMNS = (
    "business_date",
    "reconciliation",
    "leg",
    "side",
    "feed",
    "file_sha256",
    "record_no",
    "byte_start",
    "byte_length",
    "record_id",
    "kind",
    "currency",
    "amount_minor",
    "line_date",
    "value_date",
    "scheme_ref",
    "rrn",
    "psp_ref",
    "merchant_ref",
    "batch_ref",
    "auth_code",
    "outcome",
    "match_id",
    "pass",
    "evidence_class",
    "residual_minor",
    "break_reason",
    "case_id",
    "first_seen_date",
    "due_date",
)
ORDER = ("reconciliation", "leg", "side", "feed", "file_sha256", "record_no", "record_id")


def load_outcomes(
    connection: Connection,
    frames: FrameStore,
    business_date: date,
    *,
    reconciliation: str | None = None,
) -> pl.DataFrame:
    """Return shape (lines on every leg, COLUMNS) for one business date, sorted by ORDER.

    `business_date` is the date of the run; the line's own date is `line_date`.
    """
    results = current_generations(connection, first=business_date, last=business_date)
    parts = [
        _labelled(frames.read(result.outcomes_sha256), result.reconciliation, result.leg)
        for result in results
        if reconciliation in (None, result.reconciliation)
    ]
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String()))
    rows = pl.concat(parts).with_columns(pl.lit(business_date).alias("business_date"))
    return rows.select(COLUMNS).sort(ORDER)


def _labelled(outcomes: pl.DataFrame, reconciliation: str, leg: str) -> pl.DataFrame:
    broken = outcomes["break_id"].drop_nulls().unique().sort()
    case_ids = {key: case_id_of(f"{reconciliation}/{key}") for key in broken}
    return outcomes.with_columns(
        pl.lit(reconciliation).alias("reconciliation"),
        pl.lit(leg).alias("leg"),
        pl.col("business_date").alias("line_date"),
        pl.col("break_id")
        .replace_strict(case_ids, default=None, return_dtype=pl.String())
        .alias("case_id"),
    )
