"""apply_facts: what files say about our presentments, taken in once and for all, or undone again.

Runs inside the caller's transaction. Each fact is stored with what became of it: *applied*; *held*,
when it does not fit (another amount, a state that does not allow it); *suspense*, for clearing that
belongs to nobody; *undone*, when a later run no longer claims it. Facts already stored change
nothing, so a day may be run again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl
from sqlalchemy import Connection, select

from tieout.settlement import facts as intake
from tieout.settlement import single, suspense
from tieout.settlement.forward import move_all, split_simple, with_owners
from tieout.settlement.rows import insert_frame
from tieout.store.audit import append_audit
from tieout.store.outbox import append_outbox
from tieout.store.tables.core import fact_outcome, settlement_fact
from tieout.transactions.lifecycle import SETTLEMENT_FACTS

_STORED = (*intake.FACT_SCHEMA, "base_key")


@dataclass(frozen=True, slots=True)
class AppliedFacts:
    """How many facts became what: new, applied, held, suspense, undone, fitted_later, unchanged."""

    counts: Mapping[str, int]


def apply_facts(
    connection: Connection,
    facts: pl.DataFrame,
    *,
    at: datetime,
    scope: str = "",
    actor: str = "settlement",
) -> AppliedFacts:
    """Apply facts to the core inside the caller's transaction; the second time changes nothing.

    Args:
        connection: the transaction; `Database.run` repeats it whole after a conflict.
        facts: columns of FACT_SCHEMA, in any order.
        at: when, from the given clock.
        scope: whose facts these are, for example one leg of one business date. When given, `facts`
            are all that hold in this scope now: those stored earlier and not among them are undone.
        actor: who stands in the audit row.

    Raises:
        FactsUnreadable: the frame breaks its contract; nothing was written.
        TransactionConflict: a payment changed meanwhile; run the whole transaction again.
    """
    given = intake.normalise(facts)
    gone = _no_longer_claimed(connection, given, scope, at) if scope else _none()
    wanted = _resolve_undoing(connection, pl.concat([given, gone]))
    fresh = intake.in_order(intake.only_new(connection, wanted))
    counts = {"given": given.height, "unchanged": wanted.height - fresh.height, "new": fresh.height}
    if fresh.is_empty():
        return AppliedFacts(counts)
    _store(connection, fresh, scope, at)
    outcomes, moved = _decide_all(connection, fresh, at)
    insert_frame(connection, fact_outcome, outcomes, decided_at=at)
    waiting = single.with_held(connection, moved)
    counts["fitted_later"] = single.retry_held(connection, waiting, at)
    counts |= dict(outcomes["outcome"].value_counts().sort("outcome").rows())
    _tell(connection, fresh, counts, scope, actor, at)
    return AppliedFacts(counts)


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema=intake.FACT_SCHEMA)


def _no_longer_claimed(
    connection: Connection, given: pl.DataFrame, scope: str, at: datetime
) -> pl.DataFrame:
    """Return an unmatch for each standing fact of the scope that `given` does not claim."""
    query = (
        select(settlement_fact, fact_outcome.c.outcome)
        .join(fact_outcome, fact_outcome.c.source_key == settlement_fact.c.source_key)
        .where(
            settlement_fact.c.scope == scope,
            settlement_fact.c.fact != "unmatch",
            fact_outcome.c.outcome != "undone",
        )
    )
    columns = [*_STORED]
    rows = [tuple(row[name] for name in columns) for row in connection.execute(query).mappings()]
    schema = intake.FACT_SCHEMA | {"base_key": pl.String()}
    standing = pl.DataFrame(rows, schema=schema, orient="row")
    gone = standing.join(given, left_on="base_key", right_on="source_key", how="anti")
    return gone.with_columns(
        undoes="source_key",
        source_key=pl.concat_str("source_key", pl.lit(":unmatch")),
        fact=pl.lit("unmatch"),
    ).select(*intake.FACT_SCHEMA)


def _resolve_undoing(connection: Connection, facts: pl.DataFrame) -> pl.DataFrame:
    """Let each unmatch that names a fact name its standing revision, and take its key from it."""
    named = facts.filter(pl.col("undoes").is_not_null())
    if named.is_empty():
        return facts
    rest = facts.filter(pl.col("undoes").is_null())
    base = pl.col("undoes").str.replace(r"#\d+$", "")
    bases = named.select(base).to_series().unique(maintain_order=True).to_list()
    standing = intake.read_standing(connection, bases).select(
        undone_base="base_key", revision_key="source_key", presentment="presentment_id"
    )
    resolved = (
        named.with_columns(undone_base=base)
        .join(standing, on="undone_base", how="left", maintain_order="left")
        .unique("undone_base", keep="first", maintain_order=True)
        .with_columns(
            undoes=pl.coalesce("revision_key", "undoes"),
            presentment_id=pl.coalesce("presentment", "presentment_id"),
        )
        .with_columns(source_key=pl.concat_str("undoes", pl.lit(":unmatch")))
    )
    return pl.concat([rest, resolved.select(*intake.FACT_SCHEMA)])


def _store(connection: Connection, fresh: pl.DataFrame, scope: str, at: datetime) -> None:
    # A presentment that does not exist cannot be referred to; the verdict will name it.
    known = with_owners(connection, fresh)
    stored = known.with_columns(
        presentment_id=pl.when(pl.col("payment_id").is_not_null()).then("presentment_id")
    )
    insert_frame(connection, settlement_fact, stored.select(*_STORED), scope=scope, recorded_at=at)


def _decide_all(
    connection: Connection, fresh: pl.DataFrame, at: datetime
) -> tuple[pl.DataFrame, list[str]]:
    """Apply every fact; return source_key, outcome, reason of each, and what was moved forward."""
    parts: list[pl.DataFrame] = []
    moved: list[str] = []
    for name in SETTLEMENT_FACTS:
        of_kind = fresh.filter(pl.col("fact") == name)
        simple, rest = split_simple(with_owners(connection, of_kind))
        move_all(connection, simple, at)
        parts.append(_outcomes(simple["source_key"], "applied"))
        verdicts = _one_by_one(connection, rest, at)
        parts.append(verdicts)
        if name != "unmatch":
            applied = verdicts.filter(pl.col("outcome") == "applied")["source_key"]
            once = rest.filter(pl.col("source_key").is_in(applied.implode()))
            moved += simple["presentment_id"].to_list() + once["presentment_id"].to_list()
    unknown = fresh.filter(pl.col("fact") == intake.UNKNOWN)
    suspense.open_all(connection, unknown, at)
    parts.append(_outcomes(unknown["source_key"], "suspense"))
    return pl.concat(parts), moved


def _outcomes(keys: pl.Series, outcome: str) -> pl.DataFrame:
    return pl.DataFrame({"source_key": keys}).with_columns(
        outcome=pl.lit(outcome), reason=pl.lit(None, pl.String)
    )


def _one_by_one(connection: Connection, rest: pl.DataFrame, at: datetime) -> pl.DataFrame:
    ordered = single.undo_order(connection, rest)
    verdicts: list[tuple[str, str, str | None]] = []
    for row in ordered.iter_rows(named=True):
        verdict = (
            single.undo_one(connection, row, at)
            if row["undoes"] is not None
            else single.apply_one(connection, row, at)
        )
        verdicts.append((row["source_key"], *verdict))
    schema = {"source_key": pl.String(), "outcome": pl.String(), "reason": pl.String()}
    return pl.DataFrame(verdicts, schema=schema, orient="row")


def _tell(
    connection: Connection,
    fresh: pl.DataFrame,
    counts: Mapping[str, int],
    scope: str,
    actor: str,
    at: datetime,
) -> None:
    """Write one outbox event and one audit row for the whole batch."""
    digest = sha256("\n".join(fresh["source_key"]).encode("utf-8")).hexdigest()
    batch_id = f"settlement:{digest[:40]}"
    detail: dict[str, object] = {"scope": scope, "facts_sha256": digest, "counts": dict(counts)}
    append_outbox(
        connection,
        aggregate_id=batch_id,
        seq=1,
        event_type="SettlementFactsApplied",
        payload=detail,
        at=at,
    )
    append_audit(
        connection,
        at=at,
        actor=actor,
        action="settlement facts applied",
        entity="settlement",
        entity_id=batch_id,
        detail=detail,
    )
