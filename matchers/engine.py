"""One leg, one business date: run the declared passes over what is still free, then prove it.

The plan's order is the order of execution; each pass takes lines out of the pool, so certainty only
falls from pass to pass. What nobody took becomes a break or is carried. Nothing leaves here before
the proof closes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from matchers.assembly import Assembly
from matchers.batch import take_batches
from matchers.composite import take_composite
from matchers.dates import closing_days_for
from matchers.decisions import take_together
from matchers.duplicates import take_duplicates
from matchers.exact import take_exact
from matchers.grouped import take_grouped
from matchers.groups import LegState
from matchers.lines import SideName, of_both
from matchers.netting import take_netting
from matchers.plan import LegPlan
from matchers.precision import Record, rules_of
from matchers.proof import LegProof, prove
from matchers.reading import prepare
from matchers.remainder import take_remainder
from matchers.similar import take_similar
from matchers.subset import take_subsets
from matchers.tolerance import take_tolerance
from matchers.window import take_window
from tieout.frames.results import MatchFrame, MemberFrame, OutcomeFrame

_PASSES: dict[str, Callable[[LegState, Any], None]] = {
    "duplicates": take_duplicates,
    "netting": take_netting,
    "exact": take_exact,
    "tolerance": take_tolerance,
    "grouped": take_grouped,
    "batch": take_batches,
    "window": take_window,
    "subset": take_subsets,
    "composite": take_composite,
    "similar": take_similar,
}


@dataclass(frozen=True)
class MatchResult:
    """What became of the lines of one leg; shapes and orders in `tieout.frames.results`.

    The proof holds once this is there; the frames are made when they are first asked for.
    """

    assembly: Assembly
    proof: LegProof

    @cached_property
    def outcomes(self) -> pl.DataFrame:
        """One row per line and side."""
        return self._lines[0]

    @cached_property
    def members(self) -> pl.DataFrame:
        """One row per line of a match."""
        return self._lines[1]

    @cached_property
    def matches(self) -> pl.DataFrame:
        """One row per match, confirmed or proposed."""
        return self.assembly.matches.cast(pl.Schema(MatchFrame))

    @property
    def breaks(self) -> pl.DataFrame:
        """One row per break."""
        return self.assembly.breaks

    @cached_property
    def _lines(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        outcomes, members = zip(*self.assembly.lines(), strict=True)
        return (
            pl.concat(outcomes).cast(pl.Schema(OutcomeFrame)),
            pl.concat(members).cast(pl.Schema(MemberFrame)),
        )


def match_leg(
    left: pl.DataFrame | pl.LazyFrame,
    right: pl.DataFrame | pl.LazyFrame,
    leg: LegPlan,
    *,
    as_of: date,
    history: pl.DataFrame | None = None,
    closing_days: Sequence[date] | None = None,
    decisions: pl.DataFrame | None = None,
    records: Mapping[str, Record] | None = None,
) -> MatchResult:
    """Match the open lines of two sides.

    Args:
        left: SettlementLine columns (or those the plan needs), as a frame or, for large days, as a
            Parquet scan, of which no more is held than must be. If known, with `due_date`,
            `first_seen_date` (default: the line's business date) and `is_awaiting_file` (False).
        right: likewise.
        leg: the rules.
        as_of: the business date that is reconciled; a line due later is carried.
        history: lines already matched on this leg (`side`, `record_id`, the key columns of the
            duplicates pass, `currency`, `amount_minor`): an equal new line is a duplicate.
        closing_days: closed weekdays; default: those of the leg's named calendar.
        decisions: what people decided about lines (shape: lines, DECISIONS).
        records: how often the matches of a pass, by its code, stood and were undone.

    Raises:
        UsageError: a frame lacks a column that the plan needs, or has it in another type.
        IntegrityError: a record_id is empty or twice, or the amounts exceed what can be summed.
        ProofFailed: a line or a cent would be lost.
    """
    frames: dict[SideName, pl.LazyFrame] = {"left": _lazy(left), "right": _lazy(right)}
    ours, theirs = of_both(lambda side: prepare(frames[side], side, leg, as_of=as_of), *frames)
    if closing_days is None:
        days = [side.lines["business_date"] for side in (ours, theirs)]
        dates = pl.Series([day for one in days for day in (one.min(), one.max())], dtype=pl.Date)
        closing_days = closing_days_for(leg.calendar, dates)
    state = LegState(leg, ours, theirs, as_of, closing_days, history)
    state.rules = rules_of(state, decisions, records or {})
    if decisions is not None:
        take_together(state, decisions)
    for step in leg.passes:
        _PASSES[step.type](state, step)
    take_remainder(state)
    for side in state.sides:
        side.forget()
    return MatchResult(Assembly(state), prove(state))


def _lazy(frame: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
    # In one piece: looking up rows in several chunks is ten times as slow.
    return frame.rechunk().lazy() if isinstance(frame, pl.DataFrame) else frame
