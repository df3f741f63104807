"""Breaks that hold both sides: several candidates, another amount, another currency.

Two lines with the same reference are the same item even when the money differs, so they go into one
break, not into two "missing" ones.
"""

import polars as pl

from matchers.evidence import key_words, money_text
from matchers.groups import Groups, LegState, SharedKeys, shared_keys, waits
from matchers.passes import ExactPass, GroupedPass, TolerancePass
from tieout.frames.reasons import BreakReason

_REFERENCES = frozenset(
    [
        *("record_id", "scheme_ref", "rrn", "psp_ref", "merchant_ref", "batch_ref"),
        *("auth_code", "narrative"),
    ]
)
"""What names one item. Lines equal in dates or kinds alone are not the same item."""


def take_ambiguous(
    state: LegState,
    pass_code: str,
    left: pl.DataFrame,
    right: pl.DataFrame,
    *,
    by: tuple[str, ...],
    value: str = "amount_minor",
) -> None:
    """Take lines of which several fit (`set`, `row`) as one break per set, naming them all."""
    counts = [
        lines.group_by("set").agg(pl.len().alias(side))
        for side, lines in (("left", left), ("right", right))
    ]
    sets = counts[0].join(counts[1], on="set").sort("set").with_row_index("group")
    text = pl.format(
        "Equal in {}: {} lines on the left, {} on the right; nothing tells which belong together.",
        pl.lit(key_words(by)),
        "left",
        "right",
    )
    members = [
        lines.join(sets.select("set", "group"), on="set")
        .select("group", "row")
        .sort("group", "row")
        for lines in (left, right)
    ]
    about = sets.select(reason=pl.lit(BreakReason.AMB_MULTI.value), text=text)
    state.take(Groups("break", pass_code, about, members[0], members[1], value=value))


def take_shared(
    state: LegState,
    pass_code: str,
    shared: SharedKeys,
    reason: pl.Expr,
    text: pl.Expr,
    *,
    value: str = "amount_minor",
) -> None:
    """Take every key of `shared` as one break; at risk is right − left."""
    off = (pl.col("right_sum") - pl.col("left_sum")).cast(pl.Int64)
    about = shared.keys.select(reason=reason, text=text, at_risk_minor=off)
    state.take(Groups("break", pass_code, about, shared.left, shared.right, value=value))


def take_mismatches(state: LegState, pass_code: str) -> None:
    """Take the same reference with another amount, then with another currency."""
    keys = dict.fromkeys(
        tuple(name for name in step.full_key if name != "amount_minor")
        for step in state.leg.passes
        if isinstance(step, ExactPass | TolerancePass) and _REFERENCES.intersection(step.key)
    )
    for key in keys:
        _take_other_amounts(state, pass_code, key)
    for key in keys:
        _take_other_currencies(state, pass_code, tuple(n for n in key if n != "currency"))


def _free(state: LegState, key: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    columns = dict.fromkeys((*key, "currency", "amount_minor"))
    left, right = (side.free(*columns, waits(state).alias("waits")) for side in state.sides)
    return left, right


def _take_other_amounts(state: LegState, pass_code: str, key: tuple[str, ...]) -> None:
    left, right = _free(state, key)
    shared = shared_keys(left, right, key)
    if any(isinstance(step, GroupedPass) for step in state.leg.passes):
        # More parts may come: while the whole may wait for them, nothing is wrong yet.
        shared = without_waiting(state, shared)
    over = pl.col("right_sum").abs() > pl.col("left_sum").abs()
    reason = (
        pl.when(pl.col("right_sum") == pl.col("left_sum"))
        .then(pl.lit(BreakReason.AMB_MULTI.value))
        .when(over)
        .then(pl.lit(BreakReason.AMT_OVER.value))
        .otherwise(pl.lit(BreakReason.AMT_UNDER.value))
    )
    text = pl.format("{} equal; {}.", pl.lit(key_words(key)), sums_text(shared))
    take_shared(state, pass_code, shared, reason, text)


def without_waiting(state: LegState, shared: SharedKeys) -> SharedKeys:
    """Hold the keys whose parts may still come (they are carried whole); return the others."""
    waiting = shared.only(_awaits_parts())
    state.left.hold(waiting.left["row"])
    state.right.hold(waiting.right["row"])
    return shared.only(~_awaits_parts())


def _awaits_parts() -> pl.Expr:
    """True for a key whose shorter side may still grow: the other side need not be met yet."""
    return (
        pl.when(pl.col("left_sum").abs() > pl.col("right_sum").abs())
        .then("left_waits")
        .when(pl.col("right_sum").abs() > pl.col("left_sum").abs())
        .then("right_waits")
        .otherwise(pl.lit(value=False))
    )


def sums_text(shared: SharedKeys) -> pl.Expr:
    """Say what each side comes to: `left 10.00 EUR, right 9.00 EUR (2 lines)`."""
    currencies = shared.keys["currency"].unique().to_list()

    def side(name: str) -> pl.Expr:
        money = money_text(pl.col(f"{name}_sum"), pl.col("currency"), currencies)
        count = pl.col(f"{name}_count")
        several = pl.format(" ({} lines)", count)
        lines = pl.when(count > 1).then(several).otherwise(pl.lit(""))
        return pl.concat_str(pl.lit(f"{name} "), money, lines)

    return pl.concat_str(side("left"), pl.lit(", "), side("right"))


def _take_other_currencies(state: LegState, pass_code: str, key: tuple[str, ...]) -> None:
    if not key:
        return
    left, right = (
        lines.filter(~pl.Series(side.is_held).gather(lines["row"]))
        for side, lines in zip(state.sides, _free(state, key), strict=True)
    )
    shared = shared_keys(left, right, key)
    if shared.keys.is_empty():
        return
    said = [
        members.join(lines, on="row")
        .sort("group", "row")
        .with_columns(
            money=money_text(
                pl.col("amount_minor"), pl.col("currency"), lines["currency"].unique().to_list()
            )
        )
        .group_by("group", maintain_order=True)
        .agg(pl.col("money").head(5).str.join(", "), pl.col("amount_minor").first())
        for members, lines in ((shared.left, left), (shared.right, right))
    ]
    about = (
        shared.keys.join(said[0], on="group", maintain_order="left")
        .join(said[1], on="group", maintain_order="left", suffix="_right")
        .select(
            reason=pl.lit(BreakReason.CCY_MISMATCH.value),
            text=pl.format(
                "{} equal; left {}, right {}.", pl.lit(key_words(key)), "money", "money_right"
            ),
            # Amounts of two currencies have no difference: what we expected is at risk.
            at_risk_minor="amount_minor",
        )
    )
    state.take(Groups("break", pass_code, about, shared.left, shared.right))
