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
from matchers.keys import OCCURRENCE, print_of, prints_of, rows_with
from matchers.lines import Side, of_both
from matchers.passes import DuplicatesPass
from tieout.frames.reasons import BreakReason


def take_duplicates(state: LegState, step: DuplicatesPass) -> None:
    """Take the surplus of both sides as duplicates, one break each."""
    key = tuple(dict.fromkeys((*step.full_key, "amount_minor")))
    suspects = _suspects(state, key)
    if suspects.is_empty():
        return
    left, right = of_both(lambda side: _lines(side, suspects, key), *state.sides)
    balanced = _balanced(left, right, step.full_key)
    left_surplus = _surplus(left, right, _history(state, "left", key), key, balanced)
    right_surplus = _surplus(right, left, _history(state, "right", key), key, balanced)
    _take(state, state.left, left_surplus, state.leg.duplicate_left, step)
    _take(state, state.right, right_surplus, state.leg.duplicate_right, step)


def _suspects(state: LegState, key: tuple[str, ...]) -> pl.DataFrame:
    """The keys (without the amount) that occur twice on a side, or once after a line of history."""
    found = []
    whole = tuple(name for name in key if name != "amount_minor") or key
    repeated = of_both(lambda side: prints_of(side, key).repeated, *state.sides)
    for side, again in zip(state.sides, repeated, strict=True):
        if again.len():
            found.append(side.at(rows_with(side, key, again), *whole))
        past = _history(state, side.name, key)
        if past is not None and not past.is_empty():
            found.append(side.free(*whole).join(past, on=whole, how="semi").select(whole))
    if not found:
        return pl.DataFrame()
    return pl.concat(found).drop_nulls().unique().sort(whole)


def _history(state: LegState, side: str, key: tuple[str, ...]) -> pl.DataFrame | None:
    if state.history is None or state.history.is_empty():
        return None
    past = state.history.filter(pl.col("side") == side)
    return past.select(*key, earlier_id=pl.col("record_id")).drop_nulls(list(key))


def _lines(side: Side, suspects: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    columns = dict.fromkeys((*key, *OCCURRENCE, "is_awaiting_file", "due_date"))
    whole = tuple(suspects.columns)
    rows = rows_with(side, whole, suspects.select(print_of(whole)).to_series())
    lines = side.at(rows, *columns).with_columns(rows.alias("row"))
    return lines.join(suspects, on=suspects.columns, how="semi").sort(OCCURRENCE)


def _balanced(left: pl.DataFrame, right: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """The keys under which both sides come to the same sum."""
    total = pl.col("amount_minor").cast(pl.Int128).sum().alias("total")
    ours, theirs = left.group_by(key).agg(total), right.group_by(key).agg(total)
    return ours.join(theirs, on=[*key, "total"] if "total" not in key else key).select(key)


def _surplus(
    lines: pl.DataFrame,
    others: pl.DataFrame,
    history: pl.DataFrame | None,
    key: tuple[str, ...],
    balanced: pl.DataFrame,
) -> pl.DataFrame:
    """The lines of one side that are one too many, with `text`."""
    there = others.group_by(key).agg(there=pl.len().cast(pl.Int64))
    if history is None:
        past = (
            there.select(key).clear().with_columns(past=pl.lit(0, pl.Int64), earlier_id=pl.lit(""))
        )
    else:
        past = history.group_by(key).agg(
            past=pl.len().cast(pl.Int64), earlier_id=pl.col("earlier_id").min()
        )
    counted = (
        lines.with_columns(nth=pl.int_range(pl.len(), dtype=pl.Int64).over(key))
        .join(there, on=key, how="left")
        .join(past, on=key, how="left")
        .with_columns(pl.col("there", "past").fill_null(0))
        .with_columns(first_id=pl.col("record_id").first().over(key, order_by="nth"))
    )
    # Without a counterpart anywhere the first is an ordinary candidate, not a duplicate.
    allowed = pl.when(pl.col("past") > 0).then("there").otherwise(pl.max_horizontal("there", 1))
    surplus = counted.filter(pl.col("nth") >= allowed)
    if not balanced.is_empty():
        surplus = surplus.join(balanced, on=balanced.columns, how="anti")
    return surplus.with_columns(text=_text(key)).sort("row")


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
    state: LegState, side: Side, surplus: pl.DataFrame, reason: BreakReason, step: DuplicatesPass
) -> None:
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
