"""P0b: an item and what undoes it, on the same side, of which the other side knows nothing.

A sale that was reversed before it was presented will never appear at the counterparty: the two
lines explain each other. If the other side does show the reference, they are left to the later
passes, which compare each with its own counterpart (a reversal that the scheme has not seen must
not vanish).
"""

import polars as pl

from matchers.evidence import key_words, money_text
from matchers.groups import Groups, LegState, no_members
from matchers.lines import Side
from matchers.passes import NettingPass


def take_netting(state: LegState, step: NettingPass) -> None:
    """Take pairs of one side with equal key and opposite amounts, one of them a reversal."""
    for side, other in ((state.left, state.right), (state.right, state.left)):
        _take_side(state, side, other, step)


def _take_side(state: LegState, side: Side, other: Side, step: NettingPass) -> None:
    key = list(step.full_key)
    rows = side.free("undoes").filter("undoes")["row"]
    if rows.is_empty():
        return
    reversals = side.at(rows, *key, "amount_minor").with_columns(rows.alias("row"))
    reversals = reversals.drop_nulls(key).join(other.free(*key), on=key, how="anti")
    items = side.free(*key, "amount_minor", "undoes").filter(~pl.col("undoes")).drop("undoes")
    items = items.join(reversals, on=key, how="semi")
    opposite = [*key, "size"]
    pairs = (
        items.filter(pl.col("amount_minor") != 0)
        .with_columns(size=pl.col("amount_minor"))
        .join(reversals.with_columns(size=-pl.col("amount_minor")), on=opposite)
        .filter(pl.len().over("row") == 1, pl.len().over("row_right") == 1)
        .sort("row")
        .with_row_index("group")
    )
    members = pl.concat([
        pairs.select("group", "row"), pairs.select("group", row="row_right")
    ]).sort("group", "row")  # fmt: skip
    money = money_text(pl.col("size"), pl.col("currency"), pairs["currency"].unique().to_list())
    text = pl.format("{} equal; {} undone by its reversal.", pl.lit(key_words(key)), money)
    state.take(
        Groups(
            outcome="netted",
            pass_code=step.code,
            about=pairs.select(text=text, at_risk_minor=pl.lit(0, pl.Int64)),
            left=members if side is state.left else no_members(),
            right=no_members() if side is state.left else members,
            evidence_class="A",
        )
    )
