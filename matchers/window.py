"""P6: no reference in common; equal amount and currency, near in time, unique on both sides.

Two lines that are the only ones of their amount within some business days are probably the same
money. Probably: the pass proposes; the lines stay open for surer evidence. Where the left side of a
leg is made of batches, the candidate is the batch with its net sum.
"""

import polars as pl

from matchers.breaks import take_ambiguous
from matchers.dates import ordinal
from matchers.evidence import key_words, money_text
from matchers.groups import Groups, LegState, waits
from matchers.lines import NET
from matchers.passes import WindowPass
from matchers.windows import within_reach


def take_window(state: LegState, step: WindowPass) -> None:
    """Propose the pairs of lines (or batch and line) that are unique both ways."""
    candidates, left_members = _left_candidates(state, step)
    right = _placed(state, state.right.free(*_columns(step), waits=waits(state)), step)
    reach = within_reach(candidates, right, step.full_key, width=pl.lit(step.days))
    groups = reach.pairs.with_row_index("group")
    left = (
        groups.select("group", candidate="left_row")
        .join(left_members, on="candidate")
        .select("group", "row")
        .sort("group", "row")
    )
    said = groups.join(candidates, left_on="left_row", right_on="row", maintain_order="left")
    money = money_text(
        pl.col("amount_minor"), pl.col("currency"), said["currency"].unique().to_list()
    )
    text = pl.format(
        "No common reference. {} equal: {}; within {} business days; only candidate on both sides.",
        pl.lit(key_words(step.full_key)),
        money,
        step.days,
    )
    state.take(
        Groups(
            outcome="proposed",
            pass_code=step.code,
            about=said.select(text=text),
            left=left,
            right=groups.select("group", row="right_row"),
            evidence_class="C",
            value=NET if state.leg.batch else "amount_minor",
        )
    )
    _take_several(
        state,
        step,
        reach.left_several.join(candidates.select("row", "waits"), on="row"),
        reach.right_several.join(right.select("row", "waits"), on="row"),
        left_members,
    )


def _columns(step: WindowPass) -> list[str]:
    return list(dict.fromkeys((*step.full_key, "business_date")))


def _placed(state: LegState, lines: pl.DataFrame, step: WindowPass) -> pl.DataFrame:
    return lines.drop_nulls(list(step.full_key)).with_columns(
        position=ordinal(pl.col("business_date"), state.closing_days).cast(pl.Int64)
    )


def _left_candidates(state: LegState, step: WindowPass) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The candidates of the left side (`row` is their number), and which lines each consists of."""
    batch = state.leg.batch
    if batch is None:
        lines = state.left.free(*_columns(step), waits=waits(state))
        return _placed(state, lines, step), lines.select("row", candidate="row")
    own = [name for name in step.full_key if name not in batch.full_key and name != "amount_minor"]
    by = list(dict.fromkeys((*batch.full_key, *own)))
    lines = state.left.free(*by, "business_date", NET, waits=waits(state)).drop_nulls(by)
    batches = (
        lines.group_by(by)
        .agg(
            pl.col(NET).cast(pl.Int128).sum().cast(pl.Int64).alias("amount_minor"),
            pl.col("business_date").max(),
            pl.col("waits").any(),
        )
        .sort(by)
        .with_row_index("row")
    )
    members = lines.join(batches.select(*by, candidate="row"), on=by).select("row", "candidate")
    return _placed(state, batches, step), members


def _take_several(
    state: LegState,
    step: WindowPass,
    ours: pl.DataFrame,
    theirs: pl.DataFrame,
    left_members: pl.DataFrame,
) -> None:
    """Take several equal candidates as one break, unless one of them may still wait."""
    waiting = pl.concat([ours, theirs]).filter("waits")["set"].unique().implode()
    ours = ours.filter(~pl.col("set").is_in(waiting)).rename({"row": "candidate"})
    theirs = theirs.filter(~pl.col("set").is_in(waiting))
    take_ambiguous(
        state,
        step.code,
        ours.join(left_members, on="candidate").select("set", "row").sort("set", "row"),
        theirs.select("set", "row"),
        by=step.full_key,
        value=NET if state.leg.batch else "amount_minor",
    )
