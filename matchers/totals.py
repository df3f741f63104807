"""What each group comes to: both sides' sums and counts, its anchor and its id.

The anchor is the line that was seen first (of equal ones the left one, of these the smallest
record_id); a group is called `<leg>:<record_id of its anchor>`.
"""

import numpy as np
import polars as pl

from matchers.evidence import SENTENCE
from matchers.groups import Groups, LegState
from matchers.lines import CURRENCY, Side, of_both
from tieout.frames.reasons import BreakReason

MATCHES = ("matched", "proposed", "netted")
"""Outcomes whose groups are matches; all others are breaks."""


CARDINALITY = pl.Enum(["1:1", "1:n", "n:1", "n:m"])
REASON = pl.Enum([reason.value for reason in BreakReason])

TOTALS: dict[str, pl.DataType] = {
    "is_left": pl.Boolean(),  # the side of the anchor
    "row": pl.UInt32(),  # its row there
    "left_minor": pl.Int64(),
    "right_minor": pl.Int64(),
    "residual_minor": pl.Int64(),
    "at_risk_minor": pl.Int64(),
    "reason": REASON,
    "text": SENTENCE,
    "id": pl.String(),
    "currency": CURRENCY,
    "cardinality": CARDINALITY,
    "first_seen_date": pl.Date(),
}
"""What is known of a group."""


def totals_of(state: LegState, found: Groups) -> pl.DataFrame:
    """Return one row of `TOTALS` per group of `found`, in order."""
    groups = found.about.height
    members = {"left": found.left, "right": found.right}
    values = {"left": found.value, "right": "amount_minor"}
    ours, theirs = of_both(
        lambda side: _side_of_group(side, members[side.name], groups, values[side.name]),
        *state.sides,
    )
    of_left = pl.col("left_seen") <= pl.col("right_seen")
    sums = pl.concat([ours, theirs, _about(found)], how="horizontal").with_columns(
        is_left=of_left.fill_null(pl.col("left_seen").is_not_null())
    )
    left, right = pl.col("left_minor"), pl.col("right_minor")
    # Lines of two currencies have no difference; only a break can hold them.
    one_currency = pl.col("left_currency") == pl.col("right_currency")
    is_match = found.outcome in MATCHES
    off = right - left if is_match else pl.when(one_currency).then(right - left)
    at_risk = pl.coalesce("at_risk_minor", off, left + right)
    return sums.with_columns(
        id=pl.lit(state.leg.name + ":") + _anchor_ids(state, sums),
        row=pl.when("is_left").then("left_row").otherwise("right_row"),
        currency=pl.coalesce("left_currency", "right_currency"),
        cardinality=_cardinality(),
        residual_minor=off,
        at_risk_minor=pl.lit(None, pl.Int64) if is_match else at_risk,
        first_seen_date=pl.min_horizontal("left_seen", "right_seen"),
    ).select(*TOTALS)


def _about(found: Groups) -> pl.DataFrame:
    columns = {"reason": REASON, "at_risk_minor": pl.Int64(), "text": SENTENCE}
    return found.about.select(
        (pl.col(name) if name in found.about.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in columns.items()
    )


def _side_of_group(side: Side, members: pl.DataFrame, groups: int, value: str) -> pl.DataFrame:
    """For every group: the side's sum, count, currency, and the line that was seen first."""
    prefix, rows = side.name, members["row"]
    lines = side.at(rows, "first_seen_date", "currency", minor=value).hstack(members)
    if members.height == groups and (members["group"] == np.arange(groups)).all():
        # One line in every group, in order: nothing to add up.
        found = lines.with_columns(count=pl.lit(1, pl.Int64), first_row="row")
    else:
        # The day and the row in one integer: its minimum is the line that was seen first.
        day = pl.col("first_seen_date").to_physical().cast(pl.Int64)
        seen_first = (day * (1 << 32) + pl.col("row")).min()
        summed = (
            lines.lazy()
            .group_by("group")
            .agg(
                pl.col("minor").cast(pl.Int128).sum().cast(pl.Int64),
                pl.col("first_seen_date").min(),
                count=pl.len().cast(pl.Int64),
                first_row=(seen_first & ((1 << 32) - 1)).cast(pl.UInt32),
            )
            .collect(engine="streaming")
        )
        summed = summed.with_columns(side.at(summed["first_row"], "currency"))
        index = pl.DataFrame({"group": pl.int_range(groups, dtype=pl.UInt32, eager=True)})
        found = index.join(summed, on="group", how="left", maintain_order="left")
    return found.select(
        pl.col("minor").fill_null(0).alias(f"{prefix}_minor"),
        pl.col("count").fill_null(0).alias(f"{prefix}_count"),
        pl.col("currency").alias(f"{prefix}_currency"),
        pl.col("first_seen_date").alias(f"{prefix}_seen"),
        pl.col("first_row").alias(f"{prefix}_row"),
    )


def _anchor_ids(state: LegState, sums: pl.DataFrame) -> pl.Series:
    """The record_id of each group's anchor.

    Where the two sides share a record_id, a group anchored on the right says so: ids stay unique.
    """
    known = state.left.record_ids
    ours = known.gather(sums["left_row"])
    on_right = ~sums["is_left"]
    if not on_right.any():
        return ours
    theirs = state.right.record_ids.gather(sums["right_row"].filter(on_right))
    return ours.scatter(on_right.arg_true(), _marked(theirs, known))


def _marked(ids: pl.Series, known: pl.Series) -> pl.Series:
    """Write `@right` behind the ids that the other side (`known`, sorted) uses too."""
    if known.is_empty():
        return ids
    place = known.search_sorted(ids)
    shared = known.gather(place.clip(0, known.len() - 1)) == ids
    return (ids + "@right").zip_with(shared, ids)


def _cardinality() -> pl.Expr:
    left, right = pl.col("left_count"), pl.col("right_count")
    return (
        pl.when((left > 1) & (right > 1))
        .then(pl.lit("n:m", CARDINALITY))
        .when((left > 1) & (right == 1))
        .then(pl.lit("n:1", CARDINALITY))
        .when((right > 1) & (left == 1))
        .then(pl.lit("1:n", CARDINALITY))
        .otherwise(pl.lit("1:1", CARDINALITY))  # also an item and its reversal on one side
    )
