"""The frame of facts: its columns, its order, and which of them are new.

A fact is known by the key of the record that says it, so the same file a second time says nothing
new. A fact that was undone and holds again is a new revision of the same key: `key`, `key#2`, …
"""

import polars as pl
from sqlalchemy import Connection, select

from tieout.errors import Permanent
from tieout.settlement.rows import read_in
from tieout.store.tables.core import fact_outcome, settlement_fact
from tieout.transactions.lifecycle import SETTLEMENT_FACTS

FACT_SCHEMA: dict[str, pl.DataType] = {
    "source_key": pl.String(),  # <file_sha256>:<record_no>:<fact>; unique
    "fact": pl.String(),  # cleared | settled | funded | cleared_unknown | unmatch
    "presentment_id": pl.String(),  # null for cleared_unknown
    "kind": pl.String(),
    "currency": pl.String(),
    "amount_minor": pl.Int64(),  # credit to us is positive
    "arn": pl.String(),
    "business_date": pl.Date(),
    "undoes": pl.String(),  # of an unmatch: the source_key that no longer holds; may be left out
}
"""One row per fact: what `apply_facts` takes."""

UNKNOWN = "cleared_unknown"
_ORDER = (*SETTLEMENT_FACTS, UNKNOWN)
_MAY_BE_NULL = ("presentment_id", "arn", "undoes")


class FactsUnreadable(Permanent):
    """A frame of facts that lacks a column, a value, or a known word."""


def normalise(facts: pl.DataFrame) -> pl.DataFrame:
    """Return the facts with exactly the columns of FACT_SCHEMA, in the order they are applied.

    Undoing comes first, then clearing, settlement and funding; within one, by source_key.

    Raises:
        FactsUnreadable: a column is missing, a value is null, a fact is unknown, a key comes twice.
    """
    if "undoes" not in facts.columns:
        facts = facts.with_columns(undoes=pl.lit(None, pl.String))
    missing = [name for name in FACT_SCHEMA if name not in facts.columns]
    if missing:
        raise FactsUnreadable(
            f"The facts lack the column {missing[0]!r}.",
            hint=f"Expected {', '.join(FACT_SCHEMA)}.",
        )
    facts = facts.select(pl.col(name).cast(dtype) for name, dtype in FACT_SCHEMA.items())
    for name in FACT_SCHEMA:
        if name not in _MAY_BE_NULL and facts[name].has_nulls():
            raise FactsUnreadable(
                f"{facts[name].null_count()} facts have no {name}.", hint="Every fact needs one."
            )
    strange = facts.filter(~pl.col("fact").is_in(_ORDER))
    if strange.height:
        raise FactsUnreadable(
            f"Fact {strange['fact'][0]!r} is not known.", hint=f"Expected {', '.join(_ORDER)}."
        )
    if facts["source_key"].n_unique() != facts.height:
        twice = facts.filter(pl.col("source_key").is_duplicated())["source_key"][0]
        raise FactsUnreadable(
            f"Two facts have the source_key {twice!r}.",
            hint="Make it of the file, the record and the fact.",
        )
    return in_order(facts)


def in_order(facts: pl.DataFrame) -> pl.DataFrame:
    """Sort by kind of fact, then by key: a declared total order."""
    rank = pl.col("fact").replace_strict({name: place for place, name in enumerate(_ORDER)})
    return facts.sort(rank, "source_key")


def read_standing(connection: Connection, base_keys: list[str]) -> pl.DataFrame:
    """Read the latest revision of each key: base_key, source_key, revision, fact, outcome.

    Sorted by base_key; shape (known keys, 7).
    """
    columns = (
        settlement_fact.c.base_key,
        settlement_fact.c.source_key,
        settlement_fact.c.fact,
        settlement_fact.c.presentment_id,
        fact_outcome.c.outcome,
        fact_outcome.c.reason,
    )
    query = select(*columns).join(
        fact_outcome, fact_outcome.c.source_key == settlement_fact.c.source_key
    )
    schema = {column.name: pl.String() for column in columns}
    rows = read_in(connection, query, settlement_fact.c.base_key, base_keys, schema)
    suffix = pl.col("source_key").str.strip_prefix(pl.col("base_key")).str.strip_prefix("#")
    revision = pl.when(suffix == "").then(pl.lit("1")).otherwise(suffix).cast(pl.Int64)
    return (
        rows.with_columns(revision=revision)
        .sort("base_key", "revision")
        .unique("base_key", keep="last", maintain_order=True)
    )


def only_new(connection: Connection, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the facts that do not stand already, with base_key and, after an undo, a new revision.

    The result has the columns of FACT_SCHEMA and base_key; source_key carries the revision.
    """
    standing = read_standing(connection, facts["source_key"].to_list())
    known = standing.select("base_key", "outcome", "revision")
    joined = facts.with_columns(base_key="source_key").join(
        known, on="base_key", how="left", maintain_order="left"
    )
    is_new = pl.col("outcome").is_null() | (
        (pl.col("outcome") == "undone") & (pl.col("fact") != "unmatch")
    )
    again = pl.concat_str("base_key", pl.lit("#"), (pl.col("revision") + 1).cast(pl.String))
    key = pl.when(pl.col("outcome") == "undone").then(again).otherwise(pl.col("base_key"))
    return joined.filter(is_new).with_columns(source_key=key).drop("outcome", "revision")
