"""What other rules would have made of past dates, beside what is in force: nothing is kept.

The dates are matched again one after the other, as a run would, with the candidate plan and frames
in a folder of their own. What a line came to at the end of the dates is compared: matched or open,
with whom, by which pass, for which reason.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl
from sqlalchemy import Connection

from assets.matched import compute_date
from assets.night import Night
from matchers.plan import LegPlan, MatchPlan
from tieout.errors import UsageError
from tieout.frames.storage import FrameStore
from tieout.store.runs import Generation, committed_dates, current_generations

CHANGES = ("gained", "lost", "changed", "ambiguous", "reason")
"""matched now and not before; the reverse; matched with others or by another pass; one of several
candidates now; open as before, for another reason."""

_MATCHED = ("matched", "netted")
_AMBIGUOUS = ("amb_multi", "amb_sum")


@dataclass(frozen=True)
class Preview:
    """The dates compared, the lines of all legs, and those that come out differently.

    `changes`: leg, side, record_id, currency, amount_minor, change, and before and after of
    outcome, pass and break_reason; by leg, side and record_id.
    """

    dates: list[date]
    lines: int
    changes: pl.DataFrame


class _Shadow(FrameStore):
    """Frames of a preview: read from the workspace, written elsewhere."""

    def __init__(self, root: Path, base: FrameStore) -> None:
        super().__init__(root)
        self._base = base

    def read(self, sha256: str) -> pl.DataFrame:
        return super().read(sha256) if self.exists(sha256) else self._base.read(sha256)


@contextmanager
def _shadow(night: Night, reconciliation: str, plan: MatchPlan) -> Iterator[Night]:
    with tempfile.TemporaryDirectory() as folder:
        frames = _Shadow(Path(folder), night.frames)
        yield replace(night, frames=frames, plans={reconciliation: plan})


def preview(
    night: Night, reconciliation: str, plan: MatchPlan, *, first: date, last: date
) -> Preview:
    """Match the dates from `first` to `last` that were run, with another plan, and compare.

    Raises:
        UsageError: none of the dates was run.
    """
    changes, lines = [], 0
    with night.database.reading() as connection, _shadow(night, reconciliation, plan) as shadow:
        dates = [day for day in committed_dates(connection) if first <= day <= last]
        if not dates:
            raise UsageError(
                f"No business date from {first} to {last} was run.",
                hint="Choose past dates; `tieout run --date D` runs one.",
            )
        for leg in plan.legs:
            in_force = [
                one
                for one in current_generations(connection, last=last)
                if (one.reconciliation, one.leg) == (reconciliation, leg.name)
            ]
            before = [one for one in in_force if one.business_date >= first]
            earlier = [one for one in in_force if one.business_date < first]
            after = _computed(shadow, connection, reconciliation, leg, dates, earlier)
            ends = _ends(shadow.frames, after)
            lines += ends.height
            changes.append(_compared(leg.name, _ends(night.frames, before), ends))
    return Preview(dates, lines, pl.concat(changes).sort("leg", "side", "record_id"))


def _computed(
    shadow: Night,
    connection: Connection,
    reconciliation: str,
    leg: LegPlan,
    dates: list[date],
    earlier: list[Generation],
) -> list[Generation]:
    """Return the leg's results on the dates, each after those before it."""
    run_dates = committed_dates(connection)
    made: list[Generation] = []
    for day in dates:
        one, _ = compute_date(
            shadow, connection, reconciliation, leg, day, run_dates, [*earlier, *made]
        )
        made.append(one)
    return made


def _ends(frames: FrameStore, results: list[Generation]) -> pl.DataFrame:
    """Return what each line came to on the last date that has it, with `group` for its company."""
    columns = ("side", "record_id", "currency", "amount_minor", "outcome", "pass", "break_reason")
    schema = {name: pl.Int64() if name == "amount_minor" else pl.String() for name in columns}
    found = [pl.DataFrame(schema={**schema, "group": pl.UInt64()})]
    for result in results:
        outcomes = frames.read(result.outcomes_sha256)
        # Equal for equal company: the fingerprints of all lines of the match, added up.
        member = pl.struct("side", "record_id").hash()
        group = pl.when(pl.col("match_id").is_not_null()).then(member.sum().over("match_id"))
        found.append(outcomes.select(*columns, group.alias("group")))
    return pl.concat(found).unique(["side", "record_id"], keep="last", maintain_order=True)


def _compared(leg: str, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    both = after.join(before, on=["side", "record_id"], how="full", coalesce=True, suffix="_before")
    was, now = (
        pl.col(f"outcome{suffix}").is_in(_MATCHED).fill_null(value=False)
        for suffix in ("_before", "")
    )
    differs = pl.col("group").ne_missing(pl.col("group_before")) | pl.col("pass").ne_missing(
        pl.col("pass_before")
    )
    reason = pl.col("break_reason").ne_missing(pl.col("break_reason_before"))
    change = (
        pl.when(now & ~was)
        .then(pl.lit("gained"))
        .when(was & ~now)
        .then(pl.lit("lost"))
        .when(was & now & differs)
        .then(pl.lit("changed"))
        .when(~now & reason & pl.col("break_reason").is_in(_AMBIGUOUS))
        .then(pl.lit("ambiguous"))
        .when(~now & (reason | pl.col("outcome").ne_missing(pl.col("outcome_before"))))
        .then(pl.lit("reason"))
    )
    told = both.with_columns(
        change=change,
        leg=pl.lit(leg),
        currency=pl.coalesce("currency", "currency_before"),
        amount_minor=pl.coalesce("amount_minor", "amount_minor_before"),
    ).filter(pl.col("change").is_not_null())
    return told.select(
        *("leg", "side", "record_id", "currency", "amount_minor", "change"),
        *("outcome_before", "outcome", "pass_before", "pass"),
        *("break_reason_before", "break_reason"),
    )
