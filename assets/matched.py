"""One leg matched on one business date after the other, each from what the one before left open.

Matching is a pure function of the files received up to a date and of what people decided. When an
earlier date comes out differently than before (a file was added to it, a match undone), the later
dates that were already committed are computed again, until one comes out as it was: what is carried
out of a date is always what is carried into the next.
"""

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl
from sqlalchemy import Connection

from assets.carried import LINE_COLUMNS, LegInputs, load_leg_inputs
from assets.decided import load_decided
from assets.night import Night
from assets.result_proofs import proofs_of_result
from matchers import MANUAL, MatchResult, match_leg
from matchers.plan import LegPlan
from tieout.steps import step
from tieout.store.proofs import record_proofs
from tieout.store.runs import (
    Generation,
    committed_dates,
    current_generations,
    generations_before,
    stage_generation,
)

RESULT_COLUMNS = (
    "outcome",
    "match_id",
    "pass",
    "evidence_class",
    "residual_minor",
    "break_reason",
    "break_id",
)


def match_dates(
    night: Night, reconciliation: str, leg: LegPlan, dates: Sequence[date]
) -> list[Generation]:
    """Match one leg on `dates` and on whatever later date that changes; return what was staged."""
    with night.database.reading() as connection:
        in_force = {
            generation.business_date: generation
            for generation in current_generations(connection)
            if (generation.reconciliation, generation.leg) == (reconciliation, leg.name)
        }
        run_dates = {*committed_dates(connection), *dates}
    later = [day for day in run_dates if day > min(dates)]
    staged: list[Generation] = []
    is_changed = False
    for business_date in sorted({*dates, *later}):
        if business_date not in dates and not is_changed:
            continue
        result = match_date(night, reconciliation, leg, business_date, run_dates)
        before = in_force.get(business_date)
        # History and arrived files reach further than the next date: once changed, all follow.
        is_changed = is_changed or before is None or before.digest != result.digest
        staged.append(result)
    return staged


def match_date(
    night: Night,
    reconciliation: str,
    leg: LegPlan,
    business_date: date,
    run_dates: Collection[date],
) -> Generation:
    """Match one leg on one business date; write its frames and stage them."""
    with night.database.reading() as connection:
        earlier = generations_before(
            connection, reconciliation, leg.name, business_date, fence=night.fence
        )
        generation, result = compute_date(
            night, connection, reconciliation, leg, business_date, run_dates, earlier
        )
    step(f"matched.written:{leg.name}")
    with night.database.transaction() as connection:
        stage_generation(connection, generation, fence=night.fence)
        record_proofs(
            connection,
            proofs_of_result(reconciliation, leg.name, business_date, result),
            fence=night.fence,
        )
    step(f"matched.staged:{leg.name}")
    return generation


def compute_date(
    night: Night,
    connection: Connection,
    reconciliation: str,
    leg: LegPlan,
    business_date: date,
    run_dates: Collection[date],
    earlier: list[Generation],
) -> tuple[Generation, MatchResult]:
    """Match one leg on one business date after `earlier`, its results of the dates before.

    The frames are written; nothing is staged.
    """
    inputs = load_leg_inputs(night, connection, leg, business_date, run_dates, earlier)
    decided = load_decided(night, connection, reconciliation, leg, business_date, earlier)
    result = match_leg(
        inputs.left,
        inputs.right,
        leg,
        as_of=business_date,
        history=inputs.history,
        closing_days=night.closing_days(leg.calendar, business_date),
        decisions=decided.decisions,
        records=decided.records,
    )
    generation = Generation(
        reconciliation=reconciliation,
        leg=leg.name,
        business_date=business_date,
        plan_digest=night.plans[reconciliation].digest,
        outcomes_sha256=night.frames.write(_with_lines(inputs, result)),
        matches_sha256=night.frames.write(result.matches),
        members_sha256=night.frames.write(result.members),
        breaks_sha256=night.frames.write(result.breaks),
        confirmed=_confirmed(result.matches),
    )
    return generation, result


def _confirmed(matches: pl.DataFrame) -> dict[str, int]:
    """Return how many matches each pass confirmed; what people matched is no pass's."""
    by_rule = matches.filter(pl.col("status") == "confirmed", pl.col("pass") != MANUAL)
    return dict(by_rule.group_by("pass").len().sort("pass").iter_rows())


def _with_lines(inputs: LegInputs, result: MatchResult) -> pl.DataFrame:
    """Return the outcomes beside the lines they are about: one row per line and side."""
    extra = ["due_date", "first_seen_date"]
    lines = pl.concat(
        [
            frame.select(pl.lit(side).alias("side"), *LINE_COLUMNS, *extra)
            for side, frame in (("left", inputs.left), ("right", inputs.right))
        ]
    )
    outcomes = result.outcomes.select("side", "record_id", *RESULT_COLUMNS)
    joined = lines.join(
        outcomes, on=["side", "record_id"], how="left", maintain_order="left", validate="1:1"
    )
    return joined.sort("side", "record_id")
