"""The lines that a person decides about, found in the results in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Connection

from tieout.errors import Permanent
from tieout.frames.results import OPEN_OUTCOMES
from tieout.frames.storage import FrameStore
from tieout.store.runs import Generation, current_generations


class DecisionRefused(Permanent):
    """The decision does not fit what is in force."""


@dataclass(frozen=True)
class DecidedLines:
    """Lines of one leg (shape: lines, the columns of its outcomes) and the result they are in."""

    result: Generation
    lines: pl.DataFrame

    @property
    def names(self) -> list[tuple[str, str]]:
        """Side and record_id of each line, in order."""
        return sorted(self.lines.select("side", "record_id").rows())

    @property
    def whole_on(self) -> date:
        """The first date on which all the lines are there."""
        newest = self.lines["first_seen_date"].max()
        return newest if isinstance(newest, date) else self.result.business_date

    def sums(self, *, is_net: bool) -> list[tuple[str, int, int]]:
        """Return currency, sum of the left and sum of the right lines, in minor units.

        `is_net`: the leg compares what the left lines are worth to us after fees.
        """
        amount = pl.col("amount_minor").cast(pl.Int128)
        ours = pl.coalesce("net_minor", "amount_minor").cast(pl.Int128) if is_net else amount
        sums = self.lines.group_by("currency").agg(
            ours.filter(side="left").sum().alias("left"),
            amount.filter(side="right").sum().alias("right"),
        )
        return [(code, int(left), int(right)) for code, left, right in sums.sort("currency").rows()]


def find_match(
    connection: Connection, frames: FrameStore, match_id: str, outcomes: Sequence[str]
) -> DecidedLines | None:
    """Return the lines of a match that has one of these outcomes, on the newest date that has it.

    What is proposed is open, so only the newest result of a leg says what is proposed now.
    """
    results = current_generations(connection)
    newest = {(one.reconciliation, one.leg): one for one in results}
    searched = list(newest.values()) if "proposed" in outcomes else results
    for result in reversed(searched):
        if match_id.startswith(f"{result.leg}:"):
            lines = frames.read(result.outcomes_sha256).filter(
                pl.col("match_id") == match_id, pl.col("outcome").is_in(list(outcomes))
            )
            if not lines.is_empty():
                return DecidedLines(result, lines)
    return None


def find_open(
    connection: Connection, frames: FrameStore, record_ids: Sequence[str], leg: str | None
) -> DecidedLines:
    """Return lines that are open on both sides of one leg.

    Raises:
        DecisionRefused: some are not open there, or several legs have them all.
    """
    wanted = list(dict.fromkeys(record_ids))
    newest = {(one.reconciliation, one.leg): one for one in current_generations(connection)}
    fits = []
    for result in newest.values():
        if leg in (None, result.leg):
            lines = frames.read(result.outcomes_sha256).filter(
                pl.col("record_id").is_in(wanted), pl.col("outcome").is_in(OPEN_OUTCOMES)
            )
            if lines["record_id"].n_unique() == len(wanted) and lines["side"].n_unique() > 1:
                fits.append(DecidedLines(result, lines))
    if not fits:
        raise DecisionRefused(
            "These lines are not all open on both sides of one leg.",
            hint="`tieout match explain ID` shows where a line is; undo the match that holds it.",
        )
    if len(fits) > 1:
        raise DecisionRefused(
            f"These lines are open on several legs: {', '.join(one.result.leg for one in fits)}.",
            hint="Say which one with --leg.",
        )
    return fits[0]
