"""Positions: a report whose movements are balances, one for each participant and direction.

Instant payment systems report like this (camt.052): OPAV opens, each balance of a type of the
system's own (Prtry) is what a participant paid or received, and INFO closes. With the option
`positions` these become lines, so that the report can be held against the notifications of its day.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from parsers.camt.document import Document

Row = dict[str, Any]
_NOTHING = {"CRDT": 0, "DBIT": 0, "credit": 0, "debit": 0}


def movements_of(balances: Sequence[Row]) -> list[Row]:
    """Return the balances that are movements: of a type of the system's own, and readable."""
    return [row for row in balances if row["participant"] is not None]


def read_positions(
    movements: Sequence[Row], statements: Sequence[Row], document: Document
) -> pl.DataFrame:
    """Return one line for each movement, in the order of the file.

    `business_date` is that of the report, `value_date` that of the balance.
    """
    places = np.array([(row["place"], row["end"]) for row in movements], dtype=np.int64)
    starts, ends = (document.received(places[:, side]) for side in (0, 1))
    heads = [statements[row["statement"]] for row in movements]
    return pl.DataFrame(
        {
            "record_no": range(1, len(movements) + 1),
            "byte_start": starts,
            "byte_length": ends - starts,
            "kind": ["payout"] * len(movements),
            "statement_no": [row["statement"] for row in movements],
            "account": [head["account"] for head in heads],
            "currency": [row["currency"] for row in movements],
            "exponent": [row["exponent"] for row in movements],
            "amount_minor": [signed(row) for row in movements],
            "merchant_ref": [row["participant_account"] for row in movements],
            "psp_ref": [row["participant"] for row in movements],
            "business_date": [_day(head, row) for head, row in zip(heads, movements, strict=True)],
            "value_date": [row["date"] for row in movements],
        },
        schema_overrides={
            "account": pl.String(),
            "merchant_ref": pl.String(),
            "psp_ref": pl.String(),
            "business_date": pl.Date(),
            "value_date": pl.Date(),
        },
    )


def signed(balance: Row) -> int | None:
    """Return the minor units of a balance, debits negative."""
    minor: int | None = balance["amount_minor"]
    return -minor if minor is not None and balance["indicator"] == "DBIT" else minor


def sums_of(movements: Sequence[Row]) -> list[dict[str, int]]:
    """Return what the movements of each statement come to, as `totals.Book` adds them."""
    sums: dict[int, dict[str, int]] = {}
    for row in movements:
        empty = {"statement_no": row["statement"], "entries": 0, "net": 0, **_NOTHING}
        total, minor = sums.setdefault(row["statement"], empty), signed(row) or 0
        total["entries"] += 1
        total["net"] += minor
        total["CRDT" if minor >= 0 else "DBIT"] += 1
        total["credit" if minor >= 0 else "debit"] += minor
    return list(sums.values())


def _day(head: Row, row: Row) -> date | None:
    day: date | None = head["statement_date"] or head["message_date"] or row["date"]
    return day
