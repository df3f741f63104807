"""How fresh the data is: the last committed business date and the run that committed it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from tieout.store.tables.runs import business_day


@dataclass(frozen=True, slots=True)
class AsOf:
    """The newest business date that a run has committed."""

    business_date: date
    run_id: str
    committed_at: datetime


def find_as_of(connection: Connection) -> AsOf | None:
    """Return the newest committed business date; None before the first run."""
    columns = (
        business_day.c.business_date,
        business_day.c.last_run_id,
        business_day.c.committed_at,
    )
    newest = select(*columns).order_by(business_day.c.business_date.desc()).limit(1)
    row = connection.execute(newest).first()
    return None if row is None else AsOf(row.business_date, row.last_run_id, row.committed_at)
