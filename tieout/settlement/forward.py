"""Set-based moves: the rows of the state table that only post, for many presentments at once.

A fact is simple when currency and amount agree, the table moves the state, and nothing has to be
undone. The version of every payment touched is compared and set; one that has changed meanwhile
fails the whole transaction, which the caller runs again.
"""

from datetime import datetime

import polars as pl
from sqlalchemy import Connection, select, update

from tieout.settlement.rows import chunks, insert_frame, read_in
from tieout.store.engine import TransactionConflict
from tieout.store.tables.core import event, journal, payment, posting, presentment
from tieout.transactions.lifecycle import PRESENTMENT
from tieout.transactions.postings import RULES

MOVES = pl.DataFrame(
    [
        (state, name, move.to, (move.effect or "").split("+"))
        for (state, name), move in PRESENTMENT.items()
        if "-" not in (move.effect or "-")
    ],
    schema={
        "state": pl.String(),
        "fact": pl.String(),
        "to_state": pl.String(),
        "rules": pl.List(pl.String()),
    },
    orient="row",
)
"""The transition table as a frame, without the rows that undo postings or post nothing."""

_ACCOUNTS = pl.DataFrame(
    [(rule, debit, credit) for rule, (debit, credit) in RULES.items()],
    schema=["rule", "debit", "credit"],
    orient="row",
)
_OWNER_SCHEMA: dict[str, pl.DataType] = {
    "presentment_id": pl.String(),
    "payment_id": pl.String(),
    "state": pl.String(),
    "expected_minor": pl.Int64(),
    "expected_currency": pl.String(),
    "scheme": pl.String(),
    "merchant_id": pl.String(),
    "payment_version": pl.Int64(),
}


def with_owners(connection: Connection, facts: pl.DataFrame) -> pl.DataFrame:
    """Join facts of presentments with what is stored about them now; null where there is none."""
    query = select(
        presentment.c.id,
        presentment.c.payment_id,
        presentment.c.state,
        presentment.c.amount_minor,
        presentment.c.currency,
        presentment.c.scheme,
        presentment.c.merchant_id,
        payment.c.version,
    ).join(payment, payment.c.id == presentment.c.payment_id)
    wanted = facts["presentment_id"].drop_nulls().unique(maintain_order=True).to_list()
    owners = read_in(connection, query, presentment.c.id, wanted, _OWNER_SCHEMA)
    return facts.join(owners, on="presentment_id", how="left", maintain_order="left")


def split_simple(facts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split facts (with owners) into those that move set-based and the rest, both in order."""
    joined = facts.join(MOVES, on=["state", "fact"], how="left", maintain_order="left")
    is_simple = (
        pl.col("to_state").is_not_null()
        & (pl.col("currency") == pl.col("expected_currency"))
        & (pl.col("amount_minor") == pl.col("expected_minor"))
        # Of two records for one presentment the first moves it; the second is looked at by itself.
        & pl.struct("presentment_id", "fact").is_first_distinct()
    ).fill_null(value=False)
    return joined.filter(is_simple), joined.filter(~is_simple)


def move_all(connection: Connection, simple: pl.DataFrame, at: datetime) -> None:
    """Write states, versions, events, journals and postings of all simple facts of one kind."""
    if simple.is_empty():
        return
    place = pl.int_range(1, pl.len() + 1).over("payment_id")
    moved = simple.with_columns(seq=pl.col("payment_version") + place)
    _compare_and_set(connection, moved, at)
    _update_states(connection, moved)
    _insert_events(connection, moved, at)
    _insert_journals(connection, moved, at)


def _compare_and_set(connection: Connection, moved: pl.DataFrame, at: datetime) -> None:
    steps = moved.group_by("payment_id", maintain_order=True).agg(
        pl.col("payment_version").first(), steps=pl.len()
    )
    groups = steps.group_by("payment_version", "steps", maintain_order=True).agg("payment_id")
    for version, count, ids in groups.sort("payment_version", "steps").rows():
        statement = (
            update(payment)
            .where(payment.c.version == version)
            .values(version=version + count, updated_at=at)
        )
        changed = sum(
            connection.execute(statement.where(payment.c.id.in_(part))).rowcount
            for part in chunks(ids)
        )
        _require(changed, len(ids), "payments")


def _update_states(connection: Connection, moved: pl.DataFrame) -> None:
    groups = moved.group_by("state", "to_state", maintain_order=True).agg("presentment_id")
    for state, to_state, ids in groups.sort("state", "to_state").rows():
        statement = (
            update(presentment)
            .where(presentment.c.state == state)
            .values(state=to_state, version=presentment.c.version + 1)
        )
        changed = sum(
            connection.execute(statement.where(presentment.c.id.in_(part))).rowcount
            for part in chunks(ids)
        )
        _require(changed, len(ids), "presentments")


def _require(changed: int, expected: int, what: str) -> None:
    if changed != expected:
        raise TransactionConflict(
            f"{expected - changed} of {expected} {what} changed while facts were applied.",
            hint="Nothing was written; apply the facts again.",
        )


def _insert_events(connection: Connection, moved: pl.DataFrame, at: datetime) -> None:
    rows = moved.select(
        "payment_id",
        "seq",
        subject_id="presentment_id",
        input="fact",
        from_state="state",
        to_state="to_state",
        cause="source_key",
    )
    insert_frame(
        connection,
        event,
        rows,
        type="PresentmentMoved",
        subject="presentment",
        data={},
        recorded_at=at,
    )


def _insert_journals(connection: Connection, moved: pl.DataFrame, at: datetime) -> None:
    journal_id = pl.concat_str("payment_id", pl.col("seq").cast(pl.String), "rule", separator=":")
    journals = moved.explode("rules").rename({"rules": "rule"}).with_columns(id=journal_id)
    insert_frame(
        connection,
        journal,
        journals.select("id", "rule", "payment_id", "presentment_id"),
        reverses_id=None,
        recorded_at=at,
    )
    insert_frame(connection, posting, posting_lines(journals.rename({"id": "journal_id"})))


def posting_lines(journals: pl.DataFrame) -> pl.DataFrame:
    """Return two lines for each journal: the debit of its rule, then the credit.

    Needs journal_id, rule, scheme, merchant_id, currency and amount_minor.
    """

    def account(template: str) -> pl.Expr:
        return (
            pl.col(template)
            .str.replace_all("{scheme}", pl.col("scheme"), literal=True)
            .str.replace_all("{merchant}", pl.col("merchant_id"), literal=True)
        )

    both = journals.join(_ACCOUNTS, on="rule", how="left", maintain_order="left")
    columns = ["journal_id", "line", "account", "currency", "amount_minor"]
    debits = both.with_columns(line=pl.lit(1), account=account("debit")).select(columns)
    credits = both.with_columns(
        line=pl.lit(2), account=account("credit"), amount_minor=-pl.col("amount_minor")
    ).select(columns)
    return pl.concat([debits, credits]).sort("journal_id", "line")
