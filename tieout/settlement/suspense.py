"""Clearing records that belong to no payment: always posted, never dropped.

The amount goes to suspense until people know better, so the balance of the suspense accounts is the
money of the open unmatched records: finance has one figure to check against the cases.
"""

from datetime import datetime

import polars as pl
from sqlalchemy import Connection, insert, select, update

from tieout.settlement.forward import posting_lines
from tieout.settlement.rows import insert_frame
from tieout.store.tables.core import journal, posting, suspense_item
from tieout.store.unit_of_work import write_lines
from tieout.transactions.postings import RULES, UNKNOWN_SCHEME

ACCOUNT = RULES["suspense"][1].format(scheme=UNKNOWN_SCHEME)
"""The account that holds cleared money which nobody has claimed yet."""


def open_all(connection: Connection, facts: pl.DataFrame, at: datetime) -> None:
    """Post unknown clearing records to suspense and open one item for each."""
    if facts.is_empty():
        return
    items = facts.select("source_key", "currency", "amount_minor")
    insert_frame(connection, suspense_item, items, account=ACCOUNT, is_open=True, opened_at=at)
    journals = items.with_columns(
        journal_id=pl.concat_str("source_key", pl.lit(":suspense")),
        rule=pl.lit("suspense"),
        scheme=pl.lit(UNKNOWN_SCHEME),
        merchant_id=pl.lit(""),
    )
    insert_frame(connection, journal, journals.select("rule", id="journal_id"), recorded_at=at)
    insert_frame(connection, posting, posting_lines(journals))


def close_one(connection: Connection, source_key: str, at: datetime) -> None:
    """Take one item out of suspense again with a journal that reverses the first."""
    item = connection.execute(
        select(suspense_item).where(suspense_item.c.source_key == source_key)
    ).one()
    connection.execute(
        update(suspense_item)
        .where(suspense_item.c.source_key == source_key)
        .values(is_open=False, closed_at=at)
    )
    opened = f"{source_key}:suspense"
    journal_id = f"{source_key}:-suspense"
    connection.execute(
        insert(journal).values(id=journal_id, rule="suspense", reverses_id=opened, recorded_at=at)
    )
    receivable = RULES["suspense"][0].format(scheme=UNKNOWN_SCHEME)
    lines = [
        (receivable, item.currency, -item.amount_minor),
        (item.account, item.currency, item.amount_minor),
    ]
    write_lines(connection, journal_id, lines)
