"""P0: equal lines of one side beyond what the other side has.

A file sent twice or an item booked twice shows as lines equal in key and amount. As many of them
as the other side has are ordinary; the surplus, counted in the order of `OCCURRENCE`, is taken
here, so that no later pass can pair it with a stranger. Equality with a line that was matched on
an earlier date (`history`) counts as an occurrence before all others.

Two equal parts of one whole (50 + 50 against 100 under the same reference) are not duplicates: a
key whose amounts agree in total is left alone.
"""

import polars as pl

from matchers.groups import Groups, LegState, no_members
from matchers.keys import (
    KEY,
    OCCURRENCE,
    OCCURRENCE_COLUMNS,
    key_prints,
    prints_of,
    rows_with,
)
from matchers.lines import Side, SideName, of_both
from matchers.passes import DuplicatesPass
from tieout.frames.reasons import BreakReason

_EQUAL = (*KEY, "amount_minor")


def take_duplicates(state: LegState, step: DuplicatesPass) -> None:
    """Take the surplus of both sides as duplicates, one break each."""
    key = tuple(name for name in step.full_key if name != "amount_minor")
    past = {side.name: _history(state, side, key) for side in state.sides}
    suspects = _suspects(state, key, past)
    if suspects.is_empty():
        return
    left, right = of_both(lambda side: _lines(side, suspects, key), *state.sides)
    balanced = _balanced(left, right, _EQUAL if "amount_minor" in step.full_key else KEY)
    left_surplus = _surplus(left, right, past["left"], balanced)
    right_surplus = _surplus(right, left, past["right"], balanced)
    _take(state, state.left, left_surplus, state.leg.duplicate_left, step)
    _take(state, state.right, right_surplus, state.leg.duplicate_right, step)


def _suspects(
    state: LegState, key: tuple[str, ...], past: dict[SideName, pl.DataFrame]
) -> pl.DataFrame:
    """The keys (without the amount) that occur twice on a side, or once after a line of history."""
    found = []
    whole = (*key, "amount_minor")
    repeated = of_both(lambda side: prints_of(side, whole).repeated, *state.sides)
    for side, again in zip(state.sides, repeated, strict=True):
        prints = prints_of(side, key)
        found.append(prints.at(rows_with(side, whole, again)))
        if not past[side.name].is_empty():
            rows = rows_with(side, key, past[side.name]["print"])
            lines = prints.at(rows).with_columns(side.at(rows, "amount_minor"))
            found.append(lines.join(past[side.name], on=_EQUAL, how="semi"))
    return pl.concat([lines.select(KEY) for lines in found]).unique()


def _history(state: LegState, side: Side, key: tuple[str, ...]) -> pl.DataFrame:
    """The lines of a side that were matched on earlier dates: `_EQUAL` and `earlier_id`."""
    if state.history is None:
        return pl.DataFrame(schema=[*_EQUAL, "earlier_id"])
    return (
        state.history.filter(pl.col("side") == side.name)
        .select("amount_minor", **key_prints(key), earlier_id=pl.col("record_id"))
        .drop_nulls(["print", "amount_minor"])
    )


def _lines(side: Side, suspects: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    rows = rows_with(side, key, suspects["print"])
    columns = side.at(rows, "amount_minor", *OCCURRENCE_COLUMNS)
    lines = prints_of(side, key).at(rows).with_columns(columns)
    return lines.join(suspects, on=KEY, how="semi").sort(OCCURRENCE)


def _balanced(left: pl.DataFrame, right: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """The keys under which both sides come to the same sum."""
    total = pl.col("amount_minor").cast(pl.Int128).sum().alias("total")
    ours, theirs = left.group_by(key).agg(total), right.group_by(key).agg(total)
    return ours.join(theirs, on=[*key, "total"]).select(key)


def _surplus(
    lines: pl.DataFrame, others: pl.DataFrame, history: pl.DataFrame, balanced: pl.DataFrame
) -> pl.DataFrame:
    """The lines of one side that are one too many, with `first_row`, the first of their key."""
    there = others.group_by(_EQUAL).agg(there=pl.len().cast(pl.Int64))
    counted = (
        lines.with_columns(nth=pl.int_range(pl.len(), dtype=pl.Int64).over(_EQUAL))
        .join(there, on=_EQUAL, how="left")
        .with_columns(first_row=pl.col("row").first().over(_EQUAL, order_by="nth"))
    )
    if history.is_empty():
        none = pl.lit(None, pl.String)
        counted = counted.with_columns(past=pl.lit(0, pl.Int64), earlier_id=none)
    else:
        past = history.group_by(_EQUAL).agg(
            past=pl.len().cast(pl.Int64), earlier_id=pl.col("earlier_id").min()
        )
        counted = counted.join(past, on=_EQUAL, how="left")
    counted = counted.with_columns(pl.col("there", "past").fill_null(0))
    # Without a counterpart anywhere the first is an ordinary candidate, not a duplicate.
    allowed = pl.when(pl.col("past") > 0).then("there").otherwise(pl.max_horizontal("there", 1))
    surplus = counted.filter(pl.col("nth") >= allowed)
    if not balanced.is_empty():
        surplus = surplus.join(balanced, on=balanced.columns, how="anti")
    return surplus.sort("row")


def _text(key: tuple[str, ...]) -> pl.Expr:
    fields = ", ".join(key)
    earlier = pl.format(
        "Equal in {} to {}, matched on an earlier date.", pl.lit(fields), "earlier_id"
    )
    today = pl.format(
        "Occurrence {} of the same {} (first: {}); the other side has {}.",
        pl.col("nth") + 1,
        pl.lit(fields),
        "first_id",
        "there",
    )
    return pl.when(pl.col("past") > 0).then(earlier).otherwise(today)


def _take(
    state: LegState,
    side: Side,
    surplus: pl.DataFrame,
    reason: BreakReason,
    step: DuplicatesPass,
) -> None:
    if surplus.is_empty():
        return
    key = tuple(dict.fromkeys((*step.full_key, "amount_minor")))
    surplus = surplus.with_columns(
        side.at(surplus["first_row"], first_id="record_id")
    ).with_columns(text=_text(key))
    members = surplus.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("group"), "row")
    is_left = side is state.left
    state.take(
        Groups(
            outcome="duplicate",
            pass_code=step.code,
            about=surplus.select("text", reason=pl.lit(reason.value)),
            left=members if is_left else no_members(),
            right=no_members() if is_left else members,
        )
    )
