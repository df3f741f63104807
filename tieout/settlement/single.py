"""One fact at a time, through `decide_fact`: what does not fit, comes twice, or is undone."""

from datetime import datetime
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Connection, select, update

from tieout.settlement import suspense
from tieout.settlement.rows import read_in
from tieout.store.rows import find_payment
from tieout.store.tables.core import fact_outcome, presentment, settlement_fact
from tieout.store.unit_of_work import apply_decision
from tieout.transactions.commands import PresentmentFact
from tieout.transactions.decide import decide_fact

_STATE_AFTER = {"cleared": "CLEARED", "settled": "SETTLED", "funded": "FUNDED"}


class Verdict(NamedTuple):
    """What became of a fact: applied, held (with the reason), suspense or undone."""

    outcome: str
    reason: str | None = None


def apply_one(connection: Connection, row: dict[str, Any], at: datetime) -> Verdict:
    """Decide one fact about a presentment on the state as it is now."""
    payment_id = connection.scalar(
        select(presentment.c.payment_id).where(presentment.c.id == row["presentment_id"])
    )
    payment = find_payment(connection, payment_id) if payment_id else None
    if payment is None:
        return Verdict("held", f"there is no presentment {row['presentment_id']!r}")
    fact = PresentmentFact(row["presentment_id"], row["fact"], row["currency"], row["amount_minor"])
    decision = decide_fact(payment, fact, new_id=_no_new_id)
    if decision.contradiction is not None:
        return Verdict("held", decision.contradiction)
    apply_decision(connection, payment, decision, cause=row["source_key"], at=at)
    return Verdict("applied")


def undo_one(connection: Connection, row: dict[str, Any], at: datetime) -> Verdict:
    """Undo the fact that `row` names: step its presentment back, or close its suspense item."""
    undone = connection.execute(
        select(settlement_fact, fact_outcome.c.outcome)
        .join(fact_outcome, fact_outcome.c.source_key == settlement_fact.c.source_key)
        .where(settlement_fact.c.source_key == row["undoes"])
    ).one_or_none()
    if undone is None:
        return Verdict("held", f"there is no fact {row['undoes']!r} to undo")
    if undone.outcome == "undone":
        return Verdict("applied")
    if undone.outcome == "suspense":
        suspense.close_one(connection, undone.source_key, at)
    elif undone.outcome == "applied":
        verdict = _step_back(connection, row, undone.fact, undone.presentment_id, at)
        if verdict.outcome == "held":
            return verdict
    set_outcome(connection, undone.source_key, Verdict("undone"), at)
    _retry_undoing(connection, undone.presentment_id, at)
    return Verdict("applied")


def undo_order(connection: Connection, rows: pl.DataFrame) -> pl.DataFrame:
    """Sort so that what came last is undone first: funding, settlement, then clearing."""
    kinds = {"funded": 0, "settled": 1}
    columns = (settlement_fact.c.source_key, settlement_fact.c.fact)
    schema = {"undoes": pl.String(), "undone_fact": pl.String()}
    keys = rows["undoes"].drop_nulls().to_list()
    undone = read_in(connection, select(*columns), columns[0], keys, schema)
    depth = pl.col("undone_fact").replace_strict(kinds, default=2, return_dtype=pl.Int64)
    return (
        rows.join(undone, on="undoes", how="left", maintain_order="left")
        .sort(depth, "source_key", nulls_last=True)
        .drop("undone_fact")
    )


def _retry_undoing(connection: Connection, presentment_id: str | None, at: datetime) -> None:
    """Undo what could not be undone before.

    One call may undo the clearing, a later one the settlement that stood in its way.
    """
    held = connection.execute(
        select(settlement_fact)
        .join(fact_outcome, fact_outcome.c.source_key == settlement_fact.c.source_key)
        .where(
            settlement_fact.c.presentment_id == presentment_id,
            settlement_fact.c.fact == "unmatch",
            settlement_fact.c.undoes.is_not(None),
            fact_outcome.c.outcome == "held",
        )
        .order_by(settlement_fact.c.source_key)
    ).mappings()
    for row in held.all():
        verdict = undo_one(connection, dict(row), at)
        if verdict.outcome == "applied":
            set_outcome(connection, row["source_key"], verdict, at)
            return


def _step_back(
    connection: Connection, row: dict[str, Any], fact: str, presentment_id: str, at: datetime
) -> Verdict:
    state = connection.scalar(select(presentment.c.state).where(presentment.c.id == presentment_id))
    if fact in _STATE_AFTER and state != _STATE_AFTER[fact]:
        return Verdict("held", f"{fact} cannot be undone while {state}: undo what came after first")
    return apply_one(connection, row | {"presentment_id": presentment_id}, at)


def set_outcome(connection: Connection, source_key: str, verdict: Verdict, at: datetime) -> None:
    """Change what became of a fact that is stored already."""
    connection.execute(
        update(fact_outcome)
        .where(fact_outcome.c.source_key == source_key)
        .values(outcome=verdict.outcome, reason=verdict.reason, decided_at=at)
    )


def retry_held(connection: Connection, presentment_ids: list[str], at: datetime) -> int:
    """Apply settlement and funding that waited for what has happened now; returns how many fit.

    An advice may arrive before the clearing file that it settles.
    """
    fitted = 0
    for presentment_id in presentment_ids:
        for fact in ("settled", "funded"):
            held = connection.execute(
                select(settlement_fact)
                .join(fact_outcome, fact_outcome.c.source_key == settlement_fact.c.source_key)
                .where(
                    settlement_fact.c.presentment_id == presentment_id,
                    settlement_fact.c.fact == fact,
                    fact_outcome.c.outcome == "held",
                )
                .order_by(settlement_fact.c.source_key)
            ).mappings()
            for row in held.all():
                verdict = apply_one(connection, dict(row), at)
                if verdict.outcome == "applied":
                    set_outcome(connection, row["source_key"], verdict, at)
                    fitted += 1
    return fitted


def with_held(connection: Connection, presentment_ids: list[str]) -> list[str]:
    """Return those of the presentments that have a held settlement or funding, sorted."""
    query = (
        select(settlement_fact.c.presentment_id)
        .join(fact_outcome, fact_outcome.c.source_key == settlement_fact.c.source_key)
        .where(
            fact_outcome.c.outcome == "held",
            settlement_fact.c.fact.in_(["settled", "funded"]),
            settlement_fact.c.presentment_id.is_not(None),
        )
    )
    waiting = pl.Series(connection.execute(query).scalars().all(), dtype=pl.String)
    moved = pl.Series(presentment_ids, dtype=pl.String)
    return waiting.filter(waiting.is_in(moved.implode())).unique().sort().to_list()


def _no_new_id() -> str:
    raise AssertionError("a fact from a file creates nothing that needs an id")
