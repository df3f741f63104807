"""From groups of rows to the four frames of a result: outcomes, matches, members, breaks.

Everything up to here speaks in row numbers; here the numbers become ids. Orders: outcomes and
members by side (left first) and record_id, matches by match_id, breaks by break_id.

A day has millions of lines but only a dozen sets of groups (`state.taken`). What holds for a whole
set (outcome, pass, class) is looked up in a table of a dozen rows, and what has few values is kept
as such (Enum, Categorical) until a frame is asked for: whoever writes Parquet needs no more.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import polars as pl

from matchers.groups import LegState
from matchers.lines import Numbers, Side
from matchers.totals import MATCHES, TOTALS, totals_of
from tieout.frames.results import OUTCOMES, BreakFrame, MatchFrame, MemberFrame, OutcomeFrame

_SLICE = 1_000_000
"""Lines that are put together at a time."""


class Assembly:
    """The frames of a leg whose passes are through, made when they are asked for."""

    def __init__(self, state: LegState) -> None:
        self.state = state

    def lines(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Yield outcomes and members, in order, some lines at a time."""
        for side in self.state.sides:
            allocated = _allocated(self.state, side)
            for start in range(0, max(side.lines.height, 1), _SLICE):
                yield self._lines_of(side, allocated, slice(start, start + _SLICE))

    @cached_property
    def matches(self) -> pl.DataFrame:
        """One row per match, by match_id."""
        groups = self._groups
        numbers = np.flatnonzero(groups["match_id"].is_not_null().to_numpy()).astype(np.uint32)
        order = pl.Series(_order_of_ids(self.state, groups, numbers), dtype=pl.UInt32)
        of_set = groups["set"].gather(order).cast(pl.UInt32)
        said = self._sets.select(pl.col("pass", "evidence_class", "status").gather(of_set))
        own = groups.select(
            pl.col(
                *("match_id", "cardinality", "currency", "left_minor", "right_minor"),
                *("residual_minor", "text"),
            ).gather(order)
        ).rename({"text": "evidence"})
        return self._of_leg([said, own]).select(*MatchFrame)

    @cached_property
    def breaks(self) -> pl.DataFrame:
        """The groups that are no match, with the ids of their lines, by break_id."""
        is_break = self._groups["break_id"].is_not_null()
        found = self._groups.with_row_index("group").filter(is_break)
        for side in self.state.sides:
            # Rows of no group have a negative number and find a False at the end.
            rows = np.flatnonzero(is_break.to_numpy()[side.group]).astype(np.uint32)
            listed = (
                pl.DataFrame({"group": side.group[rows], "ids": side.record_ids.gather(rows)})
                .cast({"group": pl.UInt32()})
                .sort("group", maintain_order=True)
                .group_by("group", maintain_order=True)
                .agg(pl.col("ids").alias(f"{side.name}_ids"))
            )
            found = found.join(listed, on="group", how="left", maintain_order="left")
        none = pl.lit([], pl.List(pl.String))
        named = found.with_columns(pl.col("left_ids", "right_ids").fill_null(none))
        named = named.with_columns(leg=pl.lit(self.state.leg.name), explanation="text")
        return named.select(*BreakFrame).cast(pl.Schema(BreakFrame)).sort("break_id")

    @cached_property
    def _groups(self) -> pl.DataFrame:
        """Every group in the order of the passes, then a row for excluded and one for carried."""
        no_id = pl.lit(None, pl.String)
        found = [
            totals_of(self.state, taken).with_columns(
                set=pl.lit(number, pl.UInt16),
                match_id="id" if taken.outcome in MATCHES else no_id,
                break_id=no_id if taken.outcome in MATCHES else "id",
            )
            for number, taken in enumerate(self.state.taken)
        ]
        number = len(found)
        last = pl.DataFrame({"set": [number, number + 1], "is_left": [False, False], "row": [0, 0]})
        schema = TOTALS | {"set": pl.UInt16(), "match_id": pl.String(), "break_id": pl.String()}
        return pl.concat(
            [
                pl.DataFrame(schema=schema),
                *found,
                last.cast({"set": pl.UInt16(), "row": pl.UInt32()}),
            ],
            how="diagonal",
            rechunk=True,
        )

    @cached_property
    def _sets(self) -> pl.DataFrame:
        """What holds for every line of a set of groups, by the set's number."""
        taken = self.state.taken
        every: list[tuple[str, str | None, str | None, str, bool]] = [
            (
                found.outcome,
                found.pass_code,
                found.evidence_class,
                "proposed" if found.outcome == "proposed" else "confirmed",
                found.outcome in MATCHES,
            )
            for found in taken
        ]
        every += [(outcome, None, None, "confirmed", False) for outcome in ("excluded", "carried")]
        classes = {found.evidence_class for found in taken if found.evidence_class}
        types = {
            "outcome": pl.Enum(OUTCOMES),
            "pass": pl.Enum(sorted({found.pass_code for found in taken})),
            "evidence_class": pl.Enum(sorted(classes)),
            "status": pl.Enum(["confirmed", "proposed"]),
            "is_match": pl.Boolean(),
        }
        return pl.DataFrame(every, schema=types, orient="row")

    def _lines_of(
        self, side: Side, allocated: pl.Series, part: slice
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The outcomes and the members of some lines of a side."""
        # FREE and EXCLUDED count from the end: there stand the two last rows of `groups`.
        group = side.group[part]
        number = pl.Series(np.where(group < 0, group + self._groups.height, group))
        number = number.cast(pl.UInt32)
        own = self._groups.select(
            pl.col("match_id", "break_id", "residual_minor", "reason", "set").gather(number)
        )
        lines = side.lines.select("currency", "amount_minor", "first_seen_date", "due_date")[part]
        said = self._sets.select(
            pl.col("outcome", "pass", "evidence_class", "is_match").gather(
                own["set"].cast(pl.UInt32)
            )
        )
        found = self._of_leg([lines, said, own]).with_columns(
            side.record_ids[part],
            allocated[part],
            side=pl.lit(side.name, pl.Enum(["left", "right"])),
            break_reason="reason",
        )
        members = found.select("is_match", *MemberFrame).filter("is_match").drop("is_match")
        return found.select(*OutcomeFrame), members

    def _of_leg(self, parts: list[pl.DataFrame]) -> pl.DataFrame:
        leg = self.state.leg.name
        return pl.concat(parts, how="horizontal").with_columns(leg=pl.lit(leg, pl.Enum([leg])))


def _allocated(state: LegState, side: Side) -> pl.Series:
    """What each line would give to a match: the value that was compared."""
    allocated = side.lines["amount_minor"].to_numpy()
    if side is state.left:
        allocated = allocated.copy()
        for found in state.taken:
            if found.value != "amount_minor" and found.left.height:
                rows = found.left["row"].to_numpy()
                allocated[rows] = side.lines[found.value].to_numpy()[rows]
    return pl.Series("allocated_minor", allocated)


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
