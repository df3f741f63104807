"""What runs produced: generations of a leg, their totals, and when a run ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from tieout.store.tables.files import inbound_file
from tieout.store.tables.runs import (
    business_day,
    day_total,
    generation,
    run,
    run_fence,
)


@dataclass(frozen=True)
class Generation:
    """The frames of one leg on one business date, by the hashes of their bytes."""

    reconciliation: str
    leg: str
    business_date: date
    plan_digest: str
    outcomes_sha256: str
    matches_sha256: str
    members_sha256: str
    breaks_sha256: str
    confirmed: Mapping[str, int] | None = None
    """Pass code → how many matches it confirmed; what people matched is no pass's."""

    @property
    def digest(self) -> tuple[str, ...]:
        """What makes two generations the same result."""
        return (
            self.plan_digest,
            self.outcomes_sha256,
            self.matches_sha256,
            self.members_sha256,
            self.breaks_sha256,
        )


_FIELDS = (
    "reconciliation",
    "leg",
    "business_date",
    "plan_digest",
    "outcomes_sha256",
    "matches_sha256",
    "members_sha256",
    "breaks_sha256",
    "confirmed",
)


def _generation(row: Row[Any]) -> Generation:
    return Generation(**{name: getattr(row, name) for name in _FIELDS})


def stage_generation(connection: Connection, result: Generation, *, fence: int) -> None:
    """Keep a computed result until the run commits; a second time in one run replaces the first."""
    connection.execute(
        delete(generation).where(
            generation.c.reconciliation == result.reconciliation,
            generation.c.leg == result.leg,
            generation.c.business_date == result.business_date,
            generation.c.fence == fence,
        )
    )
    values = {name: getattr(result, name) for name in _FIELDS}
    connection.execute(insert(generation).values(**values, fence=fence, state="staged"))


def staged_generations(connection: Connection, *, fence: int) -> list[Generation]:
    """Return what this run has computed, by business date, reconciliation and leg."""
    rows = connection.execute(
        select(generation)
        .where(generation.c.fence == fence, generation.c.state == "staged")
        .order_by(generation.c.business_date, generation.c.reconciliation, generation.c.leg)
    )
    return [_generation(row) for row in rows]


def current_generations(
    connection: Connection, *, first: date | None = None, last: date | None = None
) -> list[Generation]:
    """Return the results in force, by business date, reconciliation and leg."""
    query = select(generation).where(generation.c.state == "current")
    if first is not None:
        query = query.where(generation.c.business_date >= first)
    if last is not None:
        query = query.where(generation.c.business_date <= last)
    ordered = query.order_by(
        generation.c.business_date, generation.c.reconciliation, generation.c.leg
    )
    return [_generation(row) for row in connection.execute(ordered)]


def generations_before(
    connection: Connection, reconciliation: str, leg: str, business_date: date, *, fence: int
) -> list[Generation]:
    """Return one leg's results of earlier dates as this run sees them, oldest first.

    What this run has staged stands in place of what is in force for the same date.
    """
    rows = connection.execute(
        select(generation)
        .where(
            generation.c.reconciliation == reconciliation,
            generation.c.leg == leg,
            generation.c.business_date < business_date,
            or_(
                generation.c.state == "current",
                and_(generation.c.state == "staged", generation.c.fence == fence),
            ),
        )
        .order_by(generation.c.business_date, generation.c.fence)
    )
    by_date = {row.business_date: row for row in rows}
    return [_generation(row) for row in by_date.values()]


def put_in_force(connection: Connection, result: Generation, *, fence: int) -> None:
    """Make the staged result the one in force; the one before it becomes history."""
    same_place = (
        generation.c.reconciliation == result.reconciliation,
        generation.c.leg == result.leg,
        generation.c.business_date == result.business_date,
    )
    connection.execute(
        update(generation)
        .where(*same_place, generation.c.state == "current")
        .values(state="superseded")
    )
    connection.execute(
        update(generation).where(*same_place, generation.c.fence == fence).values(state="current")
    )


def drop_staged(connection: Connection, *, up_to_fence: int) -> None:
    """Forget what this run and runs that never committed have staged."""
    connection.execute(
        delete(generation).where(generation.c.state == "staged", generation.c.fence <= up_to_fence)
    )


def replace_totals(
    connection: Connection,
    business_date: date,
    reconciliation: str,
    leg: str,
    rows: Sequence[Mapping[str, object]],
) -> None:
    """Write the totals of one leg on one business date anew."""
    connection.execute(
        delete(day_total).where(
            day_total.c.business_date == business_date,
            day_total.c.reconciliation == reconciliation,
            day_total.c.leg == leg,
        )
    )
    if rows:
        connection.execute(insert(day_total), list(rows))


def committed_dates(connection: Connection) -> list[date]:
    """Return the business dates that some run has committed, in order."""
    query = select(business_day.c.business_date).order_by(business_day.c.business_date)
    return list(connection.execute(query).scalars())


def record_business_day(
    connection: Connection, business_date: date, *, run_id: str, at: datetime
) -> None:
    """Say that `run_id` has committed this business date."""
    touched = connection.execute(
        update(business_day)
        .where(business_day.c.business_date == business_date)
        .values(last_run_id=run_id, committed_at=at)
    )
    if touched.rowcount == 0:
        connection.execute(
            insert(business_day).values(
                business_date=business_date,
                first_run_id=run_id,
                last_run_id=run_id,
                committed_at=at,
            )
        )


def end_run(connection: Connection, run_id: str, *, state: str, changed: int, at: datetime) -> None:
    """Write how a run ended: done, failed or superseded."""
    connection.execute(
        update(run).where(run.c.run_id == run_id).values(state=state, changed=changed, ended_at=at)
    )


def end_unfinished(connection: Connection, run_id: str, *, fence: int, at: datetime) -> None:
    """Write that a run ended without its commit, unless it says already how it ended."""
    newest = connection.execute(select(run_fence.c.token)).scalar_one()
    connection.execute(
        update(run)
        .where(run.c.run_id == run_id, run.c.state == "started")
        .values(state="failed" if newest == fence else "superseded", ended_at=at)
    )


def unfinished_dates(connection: Connection, last: date) -> list[date]:
    """Return dates before `last` whose run took files in and never committed."""
    received = select(inbound_file.c.received_on).where(inbound_file.c.received_on < last)
    done = select(business_day.c.business_date)
    query = received.where(inbound_file.c.received_on.not_in(done)).distinct()
    return sorted(connection.execute(query).scalars())
