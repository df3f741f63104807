"""What people decided: these lines belong together, those do not.

A decision stands above every pass. Lines that belong together are taken first, as class M; and no
pass may take lines together that a person has set apart: they stay free for what comes later. A
decision that names a line which is not open today says nothing today, so the same decisions give
the same answer in every rerun of every date.
"""

from dataclasses import dataclass

import polars as pl

from matchers.groups import Groups, LegState, no_members
from matchers.lines import FREE, Side

MANUAL = "M"
"""The pass and the class of what people matched."""

TOGETHER, APART = "together", "apart"

DECISIONS: dict[str, pl.DataType] = {
    "decision": pl.Int64(),  # its number; of two about the same lines the earlier one counts
    "verdict": pl.String(),  # together | apart
    "said": pl.String(),  # who, when and why, in one sentence
    "side": pl.String(),  # left | right
    "record_id": pl.String(),
}
"""One row per decision and line."""


@dataclass(frozen=True)
class Apart:
    """What may not be taken together.

    `left`, `right`: `decision`, `row`. `sizes`: `decision`, `size`, the number of its lines.
    """

    left: pl.DataFrame
    right: pl.DataFrame
    sizes: pl.DataFrame

    def of(self, found: Groups) -> Groups:
        """Return the groups without those that hold all the lines of a decision.

        A break is left out only if it consists of just these lines: it claims nothing about them.
        """
        held = pl.concat(
            [
                members.join(set_apart, on="row").select("group", "decision")
                for members, set_apart in ((found.left, self.left), (found.right, self.right))
            ]
        )
        counted = held.group_by("group", "decision").len("size").cast({"size": pl.Int64})
        broken = counted.join(self.sizes, on=["decision", "size"])
        if found.outcome in ("break", "duplicate") and not broken.is_empty():
            every = pl.concat([found.left, found.right]).group_by("group").len("lines")
            broken = broken.join(every, on="group").filter(pl.col("lines") == pl.col("size"))
        return found if broken.is_empty() else _without(found, broken["group"].unique())


def _without(found: Groups, dropped: pl.Series) -> Groups:
    """Return `found` without some of its groups, numbered anew."""
    about = found.about.with_row_index("group").filter(~pl.col("group").is_in(dropped.implode()))
    number = about.select("group").with_row_index("new")
    left, right = (
        members.join(number, on="group", maintain_order="left").select("row", group="new")
        for members in (found.left, found.right)
    )
    return Groups(
        outcome=found.outcome,
        pass_code=found.pass_code,
        about=about.drop("group"),
        left=left,
        right=right,
        evidence_class=found.evidence_class,
        value=found.value,
    )


def apart_of(state: LegState, decisions: pl.DataFrame) -> Apart | None:
    """Return what may not be taken together among the lines of this leg."""
    lines = _here(state, decisions, APART)
    if lines.is_empty():
        return None
    sizes = lines.group_by("decision").len("size").cast({"size": pl.Int64})
    left, right = (lines.filter(side=name).select("decision", "row") for name in ("left", "right"))
    return Apart(left, right, sizes)


def take_together(state: LegState, decisions: pl.DataFrame) -> None:
    """Take the lines that belong together: one match per decision, of class M."""
    lines = _here(state, decisions, TOGETHER)
    if lines.is_empty():
        return
    # Of two decisions about one line the earlier one counts.
    first = lines.with_columns(first=pl.col("decision").min().over("side", "row"))
    beaten = first.filter(pl.col("decision") != pl.col("first"))["decision"].unique()
    lines = lines.filter(~pl.col("decision").is_in(beaten.implode()))
    about = lines.unique("decision").sort("decision").with_row_index("group")
    members = lines.join(about.select("decision", "group"), on="decision").sort("group", "row")
    left, right = (members.filter(side=name).select("group", "row") for name in ("left", "right"))
    state.take(
        Groups(
            outcome="matched",
            pass_code=MANUAL,
            about=about.select(text="said"),
            left=left if left.height else no_members(),
            right=right if right.height else no_members(),
            evidence_class=MANUAL,
            value=state.compared,
        )
    )


def _here(state: LegState, decisions: pl.DataFrame, verdict: str) -> pl.DataFrame:
    """Return the lines (with `row`) of the decisions all of whose lines are free today."""
    chosen = decisions.filter(verdict=verdict)
    if chosen.is_empty():
        return chosen.with_columns(row=pl.lit(None, pl.UInt32))
    found = pl.concat([_rows(side, chosen.filter(side=side.name)) for side in state.sides])
    whole = (
        found.group_by("decision")
        .len("here")
        .join(chosen.group_by("decision").len("named"), on="decision")
    )
    whole = whole.filter(pl.col("here") == pl.col("named"))
    return found.join(whole, on="decision", how="semi").sort("decision", "side", "row")


def _rows(side: Side, lines: pl.DataFrame) -> pl.DataFrame:
    if lines.is_empty():
        return lines.with_columns(row=pl.lit(None, pl.UInt32))
    ids = side.record_ids.to_frame().with_row_index("row")
    found = lines.join(ids, on="record_id")
    is_free = pl.Series(side.group[found["row"].to_numpy()] == FREE)
    return found.filter(is_free)
