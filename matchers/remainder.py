"""P10: what is still free. It waits (carried), or it is a break with the leg's reason.

A line waits while its counterpart need not be there yet: before its due date, or while the file
that would hold it has not come (one missing file is one break of its own, raised elsewhere, not
one per line).
"""

import polars as pl

from matchers.batch import take_overdue_batches
from matchers.breaks import take_mismatches
from matchers.groups import Groups, LegState, no_members, waits
from matchers.lines import Side

REMAINDER = "P10"


def take_remainder(state: LegState) -> None:
    """Take what is overdue or contradicts itself as breaks; what stays free is carried."""
    take_mismatches(state, REMAINDER)
    take_overdue_batches(state, REMAINDER)
    for side in state.sides:
        _take_missing(state, side)


def _take_missing(state: LegState, side: Side) -> None:
    leg = state.leg
    lines = side.free("kind", "due_date", waits=waits(state))
    held = pl.Series(side.is_held[lines["row"].to_numpy()])
    overdue = lines.filter(~(lines["waits"] | held))
    members = overdue.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("group"), "row")
    is_left = side is state.left
    if is_left:
        reason: pl.Expr = pl.lit(leg.left_missing.value)
    else:
        by_kind = {kind: found.value for kind, found in leg.missing_by_kind.items()}
        reason = pl.col("kind").replace_strict(
            by_kind, default=leg.right_missing.value, return_dtype=pl.String
        )
    other = leg.right if is_left else leg.left
    text = pl.format("No line of {} fits; one was due on {}.", pl.lit(other), "due_date")
    state.take(
        Groups(
            outcome="break",
            pass_code=REMAINDER,
            about=overdue.select(reason=reason, text=text),
            left=members if is_left else no_members(),
            right=no_members() if is_left else members,
        )
    )
