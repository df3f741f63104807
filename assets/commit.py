"""The one transaction in which a run takes effect.

Everything before it only wrote frames named by their content and staged rows that nobody reads.
Here, with the fence checked in the same transaction, the staged results come into force, the cases
follow, the facts reach the core, and the dates count as run: all of it or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl
from sqlalchemy import Connection

from assets.balances import prove_statements
from assets.breaks import Closers, causes_of
from assets.case_proof import prove_cases
from assets.facts import apply_date_facts
from assets.file_cases import file_causes, find_arrivals
from assets.leg_proofs import prove_staged
from assets.night import Night
from assets.proved import RunNotProved, require_proved
from tieout.cases.cause import CauseOfCase
from tieout.cases.sync import CaseChanges, sync_cases
from tieout.clock import now
from tieout.steps import step
from tieout.store.decisions import take_up_decisions
from tieout.store.files import received_files
from tieout.store.locks import check_fence
from tieout.store.proofs import ProofRow, proofs_of_run, record_proofs
from tieout.store.runs import (
    Generation,
    committed_dates,
    current_generations,
    drop_staged,
    end_run,
    put_in_force,
    record_business_day,
    replace_totals,
    staged_generations,
)


@dataclass(frozen=True)
class Committed:
    """What a run changed: dates it covered, results that came into force, cases touched."""

    dates: list[date]
    changed: int = 0
    cases: dict[date, CaseChanges] = field(default_factory=dict)

    @property
    def is_unchanged(self) -> bool:
        """True when the run found everything as it was."""
        return self.changed == 0 and all(change.total == 0 for change in self.cases.values())


def commit_night(night: Night, dates: Sequence[date]) -> Committed:
    """Put what the run has staged for `dates` (and the dates it recomputed) into force.

    Raises:
        RunSuperseded: a newer run has started; nothing is changed.
        ProofFailed: a proof does not close; it is kept, nothing else is changed.
    """
    step("commit.begin")
    with night.database.reading() as connection:
        stored = proofs_of_run(connection, fence=night.fence)
    # Only this run writes what it has staged, and frames never change: no transaction is needed.
    proofs = prove_staged(night, stored)
    try:
        require_proved(proofs)
        committed = night.database.run(
            lambda connection: _commit_checked(night, connection, dates, proofs)
        )
    except RunNotProved as failed:
        with night.database.transaction() as connection:
            record_proofs(connection, failed.rows, fence=night.fence)
        raise
    step("commit.done")
    return committed


def _commit_checked(
    night: Night, connection: Connection, dates: Sequence[date], proofs: Sequence[ProofRow]
) -> Committed:
    # Everything is read from this connection, so that a repeat after a conflict decides anew.
    check_fence(connection, night.fence)
    committed = _commit(night, connection, dates, now(), list(proofs))
    step("commit.written")
    return committed


def _commit(
    night: Night,
    connection: Connection,
    dates: Sequence[date],
    at: datetime,
    proofs: list[ProofRow],
) -> Committed:
    staged = staged_generations(connection, fence=night.fence)
    in_force = {_place(result): result for result in current_generations(connection)}
    changed = [
        result
        for result in staged
        if _place(result) not in in_force or in_force[_place(result)].digest != result.digest
    ]
    for result in changed:
        put_in_force(connection, result, fence=night.fence)
        totals = _totals(night, result)
        replace_totals(connection, result.business_date, result.reconciliation, result.leg, totals)
    drop_staged(connection, up_to_fence=night.fence)
    all_dates = sorted({*dates, *(result.business_date for result in staged)})
    take_up_decisions(connection, all_dates)
    for business_date in all_dates:
        record_business_day(connection, business_date, run_id=night.run_id, at=at)
    # A file that came for an earlier date is no longer missing on the dates after it, either.
    after = [day for day in committed_dates(connection) if all_dates and day > all_dates[0]]
    synced = sorted({*all_dates, *after})
    cases = {}
    for day in synced:
        cases[day], rows = _sync_date(night, connection, day, all_dates, at)
        proofs += rows
    require_proved(proofs)
    record_proofs(connection, proofs, fence=night.fence)
    for business_date in all_dates:
        apply_date_facts(night, connection, business_date, at=at)
    end_run(connection, night.run_id, state="done", changed=len(changed), at=at)
    return Committed(all_dates, len(changed), cases)


def _place(result: Generation) -> tuple[str, str, date]:
    return result.reconciliation, result.leg, result.business_date


def _sync_date(
    night: Night,
    connection: Connection,
    business_date: date,
    run_dates: Sequence[date],
    at: datetime,
) -> tuple[CaseChanges, list[ProofRow]]:
    """Bring the cases in step with one date, and prove that they are.

    The dates of this run follow one after the other.
    """
    files = received_files(connection)
    results = current_generations(connection, first=business_date, last=business_date)
    about_files = file_causes(night, connection, business_date)
    statements = prove_statements(night, connection, business_date, about_files)
    about_files += statements.causes
    causes: list[CauseOfCase] = [*about_files]
    for result in results:
        causes += causes_of(night.frames, result, files)
    later = [
        day for day in committed_dates(connection) if day > business_date and day not in run_dates
    ]
    outcomes = {(r.reconciliation, r.leg): night.frames.read(r.outcomes_sha256) for r in results}
    closers = Closers(outcomes, files)
    changes = sync_cases(
        connection,
        causes,
        lambda gone: closers.find_all(gone) | find_arrivals(connection, gone),
        business_date=business_date,
        run_id=night.run_id,
        at=at,
        until=later[0] if later else None,
    )
    proved = prove_cases(night, connection, business_date, about_files)
    return changes, [*statements.rows, *proved]


def _totals(night: Night, result: Generation) -> list[dict[str, object]]:
    """Return the rows of `day_total` for one result."""
    outcomes = night.frames.read(result.outcomes_sha256)
    keys = ["side", "feed", "currency", "outcome", "break_reason"]
    grouped = outcomes.group_by(keys).agg(
        pl.len().alias("line_count"), pl.col("amount_minor").cast(pl.Int128).sum()
    )
    rows = grouped.with_columns(
        pl.col("break_reason").fill_null("").alias("reason"),
        pl.col("amount_minor").cast(pl.Int64),
        pl.lit(result.business_date).alias("business_date"),
        pl.lit(result.reconciliation).alias("reconciliation"),
        pl.lit(result.leg).alias("leg"),
    ).drop("break_reason")
    return rows.sort(["side", "feed", "currency", "outcome", "reason"]).to_dicts()
