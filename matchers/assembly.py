"""From groups of rows to the four frames of a result: outcomes, matches, members, breaks.

Everything up to here speaks in row numbers; here the numbers become ids. Orders: outcomes and
members by side (left first) and record_id, matches by match_id, breaks by break_id.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.groups import Groups, LegState
from matchers.lines import EXCLUDED, Side
from tieout.frames.results import BreakFrame, MatchFrame, MemberFrame, OutcomeFrame

_MATCHES = ("matched", "proposed", "netted")


@dataclass(frozen=True)
class Tables:
    """The frames of a result; `groups` holds every group by its number, for the proof."""

    outcomes: pl.DataFrame
    matches: pl.DataFrame
    members: pl.DataFrame
    breaks: pl.DataFrame
    groups: pl.DataFrame


def assemble(state: LegState) -> Tables:
    """Return the frames for everything that the passes took, and for what stays free."""
    groups = _all_groups(state)
    outcomes = pl.concat([_outcomes(state, side, groups) for side in state.sides])
    matches = groups.filter(pl.col("match_id").is_not_null())
    return Tables(
        outcomes=outcomes,
        matches=matches.select(*MatchFrame).cast(pl.Schema(MatchFrame)).sort("match_id"),
        members=pl.concat([_members(state, side, groups) for side in state.sides]),
        breaks=_breaks(state, groups),
        groups=groups,
    )


def _all_groups(state: LegState) -> pl.DataFrame:
    if not state.taken:
        empty = {"anchor_id": pl.String(), **MatchFrame, **BreakFrame, **OutcomeFrame}
        return pl.DataFrame(schema={**empty, "value": pl.String()})
    return pl.concat([_table(state, found) for found in state.taken]).with_columns(
        leg=pl.lit(state.leg.name)
    )


def _table(state: LegState, found: Groups) -> pl.DataFrame:
    """One row per group: both sums, the anchor, and what the pass says about it."""
    ours = _side_of_group(state.left, found.left, found.about.height, found.value, "left")
    theirs = _side_of_group(state.right, found.right, found.about.height, "amount_minor", "right")
    is_match = found.outcome in _MATCHES
    # Sides of two currencies have no difference.
    both = pl.col("left_currency") == pl.col("right_currency")
    off = pl.col("right_minor") - pl.col("left_minor")
    sums = ours.hstack(theirs).hstack(_about(found))
    left_first = pl.col("left_seen") <= pl.col("right_seen")
    is_left = left_first.fill_null(pl.col("left_seen").is_not_null())
    ids = _ids(state, sums.with_columns(is_left=is_left))
    name = pl.concat_str(pl.lit(state.leg.name + ":"), ids)
    no_id = pl.lit(None, pl.String)
    return sums.select(
        leg=pl.lit(state.leg.name),
        outcome=pl.lit(found.outcome),
        status=pl.lit("proposed" if found.outcome == "proposed" else "confirmed"),
        evidence_class=pl.lit(found.evidence_class, pl.String),
        match_id=name if is_match else no_id,
        break_id=no_id if is_match else name,
        currency=pl.coalesce("left_currency", "right_currency"),
        left_minor="left_minor",
        right_minor="right_minor",
        residual_minor=off if is_match else pl.when(both).then(off),
        cardinality=_cardinality(),
        first_seen_date=pl.min_horizontal("left_seen", "right_seen"),
        reason="reason",
        text="text",
        at_risk_minor=pl.coalesce("at_risk_minor", pl.when(both).then(off).otherwise(
            pl.col("left_minor") + pl.col("right_minor")
        )),
        **{"pass": pl.lit(found.pass_code)},
        evidence="text",
        explanation="text",
        break_reason="reason",
    )  # fmt: skip


def _about(found: Groups) -> pl.DataFrame:
    missing = {"reason": pl.String(), "at_risk_minor": pl.Int64()}
    return found.about.with_columns(
        pl.lit(None, dtype).alias(name)
        for name, dtype in missing.items()
        if name not in found.about.columns
    )


def _side_of_group(
    side: Side, members: pl.DataFrame, groups: int, value: str, prefix: str
) -> pl.DataFrame:
    """For every group: the side's sum, count, currency, and the line that was seen first."""
    rows = members["row"]
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


def _ids(state: LegState, sums: pl.DataFrame) -> pl.Series:
    """The record_id of each group's anchor.

    Where the two sides share a record_id, a group anchored on the right says so: ids stay unique.
    """
    ours = state.left.lines["record_id"].gather(sums["left_row"])
    theirs = state.right.lines["record_id"].gather(sums["right_row"])
    on_right = ~sums["is_left"]
    if on_right.any():
        marked = _marked(theirs.filter(on_right), state.left.lines["record_id"])
        theirs = theirs.scatter(on_right.arg_true(), marked)
    return ours.zip_with(sums["is_left"], theirs)


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
        .then(pl.lit("n:m"))
        .when((left > 1) & (right == 1))
        .then(pl.lit("n:1"))
        .when((right > 1) & (left == 1))
        .then(pl.lit("1:n"))
        .otherwise(pl.lit("1:1"))  # also an item and its reversal on one side
    )


def _outcomes(state: LegState, side: Side, groups: pl.DataFrame) -> pl.DataFrame:
    number = pl.Series("group", side.group)
    at = number.set(number < 0, None) if (side.group < 0).any() else number
    columns = ("outcome", "match_id", "pass", "evidence_class", "residual_minor", "break_reason")
    said = groups.select(pl.col(*columns, "break_id").gather(at.cast(pl.UInt32)))
    untaken = pl.when(number == EXCLUDED).then(pl.lit("excluded")).otherwise(pl.lit("carried"))
    frame = side.lines.hstack(said).with_columns(
        leg=pl.lit(state.leg.name),
        side=pl.lit(side.name),
        outcome=pl.col("outcome").fill_null(untaken),
    )
    return frame.select(*OutcomeFrame).cast(pl.Schema(OutcomeFrame))


def _members(state: LegState, side: Side, groups: pl.DataFrame) -> pl.DataFrame:
    """The lines of matches; what each gives to its match is the value that was compared."""
    allocated = pl.Series(side.lines["amount_minor"])
    base = 0
    changed = np.asarray(allocated.to_numpy()).copy()
    for found in state.taken:
        members = found.left if side is state.left else found.right
        if side is state.left and found.value != "amount_minor" and members.height:
            rows = members["row"].to_numpy()
            changed[rows] = side.lines[found.value].to_numpy()[rows]
        base += found.about.height
    number = pl.Series("group", side.group)
    at = number.set(number < 0, None).cast(pl.UInt32)
    frame = side.lines.select("record_id").with_columns(
        leg=pl.lit(state.leg.name),
        match_id=groups["match_id"].gather(at),
        side=pl.lit(side.name),
        allocated_minor=pl.Series(changed),
    )
    return (
        frame.filter(pl.col("match_id").is_not_null())
        .select(*MemberFrame)
        .cast(pl.Schema(MemberFrame))
    )


def _breaks(state: LegState, groups: pl.DataFrame) -> pl.DataFrame:
    numbered = groups.with_row_index("group").filter(pl.col("break_id").is_not_null())
    is_break = np.append(groups["break_id"].is_not_null().to_numpy(), [False, False])
    for side in state.sides:
        # Rows of no group have a negative number and find one of the two False at the end.
        rows = pl.Series("row", np.flatnonzero(is_break[side.group]), dtype=pl.UInt32)
        listed = (
            side.at(rows, "record_id")
            .with_columns(group=pl.Series(side.group[rows.to_numpy()], dtype=pl.UInt32))
            .sort("group", "record_id")
            .group_by("group", maintain_order=True)
            .agg(pl.col("record_id").alias(f"{side.name}_ids"))
        )
        numbered = numbered.join(listed, on="group", how="left", maintain_order="left")
    none = pl.lit([], pl.List(pl.String))
    lists = [pl.col(name).fill_null(none) for name in ("left_ids", "right_ids")]
    return (
        numbered.with_columns(lists)
        .select(*BreakFrame)
        .cast(pl.Schema(BreakFrame))
        .sort("break_id")
    )
