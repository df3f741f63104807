"""From groups of rows to the four frames of a result: outcomes, matches, members, breaks.

Everything up to here speaks in row numbers; here the numbers become ids. Orders: outcomes and
members by side (left first) and record_id, matches by match_id, breaks by break_id.

A day has millions of lines but only a dozen sets of groups (`state.taken`). What holds for a whole
set (outcome, pass, class) is looked up in a table of a dozen rows.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.groups import LegState
from matchers.lines import Numbers, Side, of_both
from matchers.totals import MATCHES, TOTALS, totals_of
from tieout.frames.results import BreakFrame, MatchFrame, MemberFrame, OutcomeFrame


@dataclass(frozen=True)
class Tables:
    """The frames of a result.

    `groups`, for the proof: every group by its number as `totals_of` says, with `set` (its place
    in `state.taken`) and `match_id` or `break_id`; then two rows, which stand for excluded and for
    carried lines.
    """

    outcomes: pl.DataFrame
    matches: pl.DataFrame
    members: pl.DataFrame
    breaks: pl.DataFrame
    groups: pl.DataFrame


def assemble(state: LegState) -> Tables:
    """Return the frames for everything that the passes took, and for what stays free."""
    sets = _sets(state)
    groups = _all_groups(state, sets)
    outcomes, members = zip(
        *of_both(lambda side: _lines_of(state, side, groups, sets), *state.sides), strict=True
    )
    return Tables(
        outcomes=pl.concat(outcomes),
        matches=_matches(state, groups, sets),
        members=pl.concat(members),
        breaks=_breaks(state, groups),
        groups=groups,
    )


def _all_groups(state: LegState, sets: pl.DataFrame) -> pl.DataFrame:
    """Every group in the order of the passes, then a row for excluded lines and one for carried."""
    no_id = pl.lit(None, pl.String)
    found = [
        totals_of(state, taken).with_columns(
            set=pl.lit(number, pl.UInt8),
            match_id="id" if taken.outcome in MATCHES else no_id,
            break_id=no_id if taken.outcome in MATCHES else "id",
        )
        for number, taken in enumerate(state.taken)
    ]
    last = pl.DataFrame(
        {"set": [sets.height - 2, sets.height - 1], "is_left": [False, False], "row": [0, 0]}
    )
    schema = TOTALS | {"set": pl.UInt8(), "match_id": pl.String(), "break_id": pl.String()}
    empty = pl.DataFrame(schema=schema)
    return pl.concat(
        [empty, *found, last.cast({"set": pl.UInt8(), "row": pl.UInt32()})],
        how="diagonal",
        rechunk=True,
    )


def _sets(state: LegState) -> pl.DataFrame:
    """What holds for every line of a set of groups, by the set's number."""
    every: list[tuple[str, str | None, str | None, str | None, bool]] = [
        (
            found.outcome,
            found.pass_code,
            found.evidence_class,
            "proposed" if found.outcome == "proposed" else "confirmed",
            found.outcome in MATCHES,
        )
        for found in state.taken
    ]
    every += [(outcome, None, None, None, False) for outcome in ("excluded", "carried")]
    types = [pl.String(), pl.String(), pl.String(), pl.String(), pl.Boolean()]
    names = ("outcome", "pass", "evidence_class", "status", "is_match")
    return pl.DataFrame(every, schema=dict(zip(names, types, strict=True)), orient="row")


def _lines_of(
    state: LegState, side: Side, groups: pl.DataFrame, sets: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The outcomes and the members of a side."""
    # FREE and EXCLUDED count from the end: there stand the two last rows of `groups`.
    number = pl.Series(np.where(side.group < 0, side.group + groups.height, side.group))
    number = number.cast(pl.UInt32)
    of_set = groups["set"].gather(number).cast(pl.UInt32)
    own = groups.select(
        pl.col("match_id", "break_id", "residual_minor").gather(number),
        break_reason=pl.col("reason").gather(number),
    )
    lines = side.lines.select(
        pl.lit(side.record_ids),
        pl.col("currency").cast(pl.String),
        "amount_minor",
        "first_seen_date",
        "due_date",
    )
    said = sets.select(pl.col("outcome", "pass", "evidence_class", "is_match").gather(of_set))
    found = pl.concat([lines, said, own], how="horizontal").with_columns(
        leg=pl.lit(state.leg.name), side=pl.lit(side.name)
    )
    return found.select(*OutcomeFrame), _members(state, side, found)


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


def _matches(state: LegState, groups: pl.DataFrame, sets: pl.DataFrame) -> pl.DataFrame:
    numbers = np.flatnonzero(groups["match_id"].is_not_null().to_numpy()).astype(np.uint32)
    if not numbers.size:
        return pl.DataFrame(schema=MatchFrame)
    order = pl.Series(_order_of_ids(state, groups, numbers))
    of_set = groups["set"].gather(order).cast(pl.UInt32)
    said = sets.select(pl.col("pass", "evidence_class", "status").gather(of_set))
    own = groups.select(
        pl.col("match_id", "currency", "left_minor", "right_minor", "residual_minor").gather(order),
        cardinality=pl.col("cardinality").gather(order).cast(pl.String),
        evidence=pl.col("text").gather(order),
    )
    named = pl.concat([said, own], how="horizontal").with_columns(leg=pl.lit(state.leg.name))
    return named.select(*MatchFrame)


def _order_of_ids(state: LegState, groups: pl.DataFrame, numbers: Numbers) -> Numbers:
    """Put the groups `numbers` into the order of their ids, without comparing a million texts.

    Lines stand in the order of their record_id, so a left anchor's row is its rank. Only the ids
    of right anchors are looked up, to stand between the left ones.
    """
    is_left = groups["is_left"].to_numpy()[numbers]
    rank = 2 * groups["row"].to_numpy()[numbers].astype(np.int64) + 1
    of_right = np.flatnonzero(~is_left)
    if of_right.size:
        ids = groups["id"].gather(numbers[of_right]).str.slice(len(state.leg.name) + 1)
        by_text = ids.arg_sort()
        of_right = of_right[by_text.to_numpy()]
        place = state.left.record_ids.search_sorted(ids.gather(by_text))
        rank[of_right] = 2 * place.to_numpy().astype(np.int64)
        start = np.concatenate([np.flatnonzero(is_left), of_right])
        rank, numbers = rank[start], numbers[start]
    # Every pass left its groups in some order: a stable sort only merges those runs.
    return numbers[np.argsort(rank, kind="stable")]


def _breaks(state: LegState, groups: pl.DataFrame) -> pl.DataFrame:
    """The groups that are no match, with the ids of their lines."""
    is_break = groups["break_id"].is_not_null()
    found = groups.with_row_index("group").filter(is_break)
    for side in state.sides:
        # Rows of no group have a negative number and find a False at the end.
        rows = pl.Series("row", np.flatnonzero(is_break.to_numpy()[side.group]), dtype=pl.UInt32)
        listed = (
            side.at(rows, "record_id")
            .with_columns(group=pl.Series(side.group[rows.to_numpy()], dtype=pl.UInt32))
            .sort("group", "record_id")
            .group_by("group", maintain_order=True)
            .agg(pl.col("record_id").alias(f"{side.name}_ids"))
        )
        found = found.join(listed, on="group", how="left", maintain_order="left")
    none = pl.lit([], pl.List(pl.String))
    return (
        found.with_columns(pl.col("left_ids", "right_ids").fill_null(none))
        .with_columns(leg=pl.lit(state.leg.name), explanation="text")
        .select(*BreakFrame)
        .sort("break_id")
    )
