"""From groups of rows to the four frames of a result: outcomes, matches, members, breaks.

Everything up to here speaks in row numbers; here the numbers become ids. Orders: outcomes and
members by side (left first) and record_id, matches by match_id, breaks by break_id.

A day has millions of lines but only a dozen sets of groups (`state.taken`). What holds for a whole
set (outcome, pass, class) is looked up in a table of a dozen rows.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.groups import Groups, LegState
from matchers.lines import Side
from matchers.totals import MATCHES, totals_of
from tieout.frames.results import BreakFrame, MatchFrame, MemberFrame, OutcomeFrame

_GROUP = {
    "set": pl.UInt32(),
    "id": pl.String(),
    "left_minor": pl.Int64(),
    "right_minor": pl.Int64(),
    "residual_minor": pl.Int64(),
    "reason": pl.String(),
}


@dataclass(frozen=True)
class Tables:
    """The frames of a result.

    `groups`, for the proof: every group by its number with `is_match`, `id`, `left_minor`,
    `right_minor`, `residual_minor`; then two rows that stand for excluded and for carried lines.
    """

    outcomes: pl.DataFrame
    matches: pl.DataFrame
    members: pl.DataFrame
    breaks: pl.DataFrame
    groups: pl.DataFrame


def assemble(state: LegState) -> Tables:
    """Return the frames for everything that the passes took, and for what stays free."""
    totals = [totals_of(state, found) for found in state.taken]
    groups, sets = _all_groups(totals), _sets(state)
    sides = [_lines_of(state, side, groups, sets) for side in state.sides]
    return Tables(
        outcomes=pl.concat([lines.select(*OutcomeFrame) for lines in sides]),
        matches=_matches(state, totals),
        members=pl.concat(
            [_members(state, side, lines) for side, lines in zip(state.sides, sides, strict=True)]
        ),
        breaks=_breaks(state, totals),
        groups=groups.with_columns(sets["is_match"].gather(groups["set"])),
    )


def _all_groups(totals: list[pl.DataFrame]) -> pl.DataFrame:
    """Every group in the order of the passes, then a row for excluded lines and one for carried."""
    found = [
        table.select(pl.lit(number, pl.UInt32).alias("set"), *list(_GROUP)[1:])
        for number, table in enumerate(totals)
    ]
    last = {name: [None, None] for name in _GROUP} | {"set": [len(totals), len(totals) + 1]}
    return pl.concat([*found, pl.DataFrame(last, schema=_GROUP)], rechunk=True)


def _sets(state: LegState) -> pl.DataFrame:
    """What holds for every line of a set of groups, by the set's number."""
    every: list[tuple[str, str | None, str | None, bool | None]] = [
        (found.outcome, found.pass_code, found.evidence_class, found.outcome in MATCHES)
        for found in state.taken
    ]
    every += [("excluded", None, None, None), ("carried", None, None, None)]
    types = [pl.String(), pl.String(), pl.String(), pl.Boolean()]
    names = ("outcome", "pass", "evidence_class", "is_match")
    return pl.DataFrame(every, schema=dict(zip(names, types, strict=True)), orient="row")


def _lines_of(
    state: LegState, side: Side, groups: pl.DataFrame, sets: pl.DataFrame
) -> pl.DataFrame:
    """The outcome of every line of a side, with `is_match`."""
    # FREE and EXCLUDED count from the end: there stand the two last rows of `groups`.
    at = np.where(side.group < 0, side.group + groups.height, side.group).astype(np.uint32)
    number = pl.Series(at)
    of_set = groups["set"].gather(number)
    said = sets.select(pl.all().gather(of_set))
    own = groups.select(pl.col("id", "residual_minor", "reason").gather(number))
    lines = side.lines.select(name for name in OutcomeFrame if name in side.lines.columns)
    return pl.concat([lines, said, own], how="horizontal").with_columns(
        leg=pl.lit(state.leg.name),
        side=pl.lit(side.name),
        match_id=pl.when("is_match").then("id"),
        break_id=pl.when(~pl.col("is_match")).then("id"),
        break_reason="reason",
    )


def _members(state: LegState, side: Side, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines of matches; what each gives to its match is the value that was compared."""
    allocated = side.lines["amount_minor"].to_numpy()
    if side is state.left:
        allocated = allocated.copy()
        for found in state.taken:
            if found.value != "amount_minor" and found.left.height:
                rows = found.left["row"].to_numpy()
                allocated[rows] = side.lines[found.value].to_numpy()[rows]
    return (
        lines.with_columns(allocated_minor=pl.Series(allocated))
        .select("is_match", *MemberFrame)
        .filter("is_match")
        .select(*MemberFrame)
    )


def _matches(state: LegState, totals: list[pl.DataFrame]) -> pl.DataFrame:
    found = [
        (_match_rows(taken, table), table.select("id", "is_left", "row"))
        for taken, table in zip(state.taken, totals, strict=True)
        if taken.outcome in MATCHES
    ]
    if not found:
        return pl.DataFrame(schema=MatchFrame)
    order = _order_of_ids(state, pl.concat([anchors for _, anchors in found], rechunk=True))
    matches = pl.concat([rows for rows, _ in found], rechunk=True)
    return matches.select(pl.all().gather(order)).select(
        pl.lit(state.leg.name).alias("leg"), *list(MatchFrame)[1:]
    )


def _match_rows(found: Groups, table: pl.DataFrame) -> pl.DataFrame:
    return table.select(
        "currency",
        "cardinality",
        "left_minor",
        "right_minor",
        "residual_minor",
        pl.lit(found.pass_code).alias("pass"),
        match_id="id",
        status=pl.lit("proposed" if found.outcome == "proposed" else "confirmed"),
        evidence_class=pl.lit(found.evidence_class, pl.String),
        evidence="text",
    )


def _order_of_ids(state: LegState, anchors: pl.DataFrame) -> pl.Series:
    """Return the order of the ids of `anchors`, without comparing a million texts.

    Lines stand in the order of their record_id, so a left anchor's row is its rank. Only the ids
    of right anchors are looked up, to stand between the left ones.
    """
    is_left = anchors["is_left"].to_numpy()
    rank = 2 * anchors["row"].to_numpy().astype(np.int64) + 1
    of_right = np.flatnonzero(~is_left)
    if of_right.size:
        ids = anchors["id"].gather(of_right).str.slice(len(state.leg.name) + 1)
        by_text = ids.arg_sort()
        of_right = of_right[by_text.to_numpy()]
        place = state.left.lines["record_id"].search_sorted(ids.gather(by_text))
        rank[of_right] = 2 * place.to_numpy().astype(np.int64)
    start = np.concatenate([np.flatnonzero(is_left), of_right])
    # Every pass left its groups in some order: a stable sort only merges those runs.
    return pl.Series(start[np.argsort(rank[start], kind="stable")].astype(np.uint32))


def _breaks(state: LegState, totals: list[pl.DataFrame]) -> pl.DataFrame:
    """The groups that are no match, with the ids of their lines."""
    starts = np.cumsum([0, *(table.height for table in totals)])
    found = [
        table.select(
            "reason",
            "currency",
            "at_risk_minor",
            "first_seen_date",
            break_id="id",
            explanation="text",
            group=pl.int_range(start, start + table.height, dtype=pl.UInt32),
        )
        for taken, table, start in zip(state.taken, totals, starts[:-1], strict=True)
        if taken.outcome not in MATCHES
    ]
    if not found:
        return pl.DataFrame(schema=BreakFrame)
    numbered = pl.concat(found, rechunk=True)
    is_break = np.zeros(starts[-1] + 2, dtype=np.bool_)
    is_break[numbered["group"].to_numpy()] = True
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
    return (
        numbered.with_columns(pl.col("left_ids", "right_ids").fill_null(none))
        .with_columns(leg=pl.lit(state.leg.name))
        .select(pl.col(name).cast(dtype) for name, dtype in BreakFrame.items())
        .sort("break_id")
    )
