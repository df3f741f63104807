"""One run at a time: a lock that dies with its holder, and the fence that does not trust it.

The lock spares a second run its work and tells the operator at once. It is advisory: a database
may drop it with the connection (MariaDB does when the connection is killed), a file may be removed.
What protects the money is the **fence**: each run takes the next number, and its commit checks, in
the same transaction, that the number is still the highest. Whoever was overtaken changes nothing.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, insert, select, update

from tieout.errors import PartitionHeld, RunSuperseded
from tieout.store.tables.runs import run, run_fence


@contextmanager
def hold_workspace(home: Path, *, what: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the workspace's run lock; `what` tells others who holds it.

    Raises:
        PartitionHeld: another process holds it and did not let go within `wait_seconds`.
    """
    path = home / "data" / "run.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        _lock(handle, wait_seconds)
        handle.seek(0)
        handle.truncate()
        handle.write(f"{what} (process {os.getpid()})")
        handle.flush()
        yield


def _lock(handle: IO[str], wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() < deadline:
                time.sleep(0.2)
                continue
            handle.seek(0)
            holder = handle.read() or "another run"
            raise PartitionHeld(
                f"The workspace is held by {holder}.",
                hint="Wait until it has ended and run again; nothing was changed.",
            ) from error
        else:
            return


def claim_fence(
    connection: Connection, *, run_id: str, first: date, last: date, at: datetime
) -> int:
    """Take the next fence number for `run_id` and register the run.

    The migration has written the fence's one row; a claim waits for a commit that holds it. Runs
    that have not ended by now are superseded: they were killed, or can no longer commit.
    """
    connection.execute(
        update(run_fence)
        .where(run_fence.c.id == 1)
        .values(token=run_fence.c.token + 1, run_id=run_id)
    )
    token: int = connection.execute(select(run_fence.c.token)).scalar_one()
    connection.execute(
        update(run).where(run.c.state == "started").values(state="superseded", ended_at=at)
    )
    connection.execute(
        insert(run).values(
            run_id=run_id,
            fence=token,
            first_date=first,
            last_date=last,
            state="started",
            changed=0,
            started_at=at,
        )
    )
    return token


def check_fence(connection: Connection, token: int) -> None:
    """Make sure, inside the commit's transaction, that no newer run has started.

    Writes the row it checks, so that a newer claim waits for this transaction or fails it.

    Raises:
        RunSuperseded: a newer run has taken the fence; the caller's transaction must roll back.
    """
    connection.execute(
        update(run_fence)
        .where(run_fence.c.id == 1, run_fence.c.token == token)
        .values(token=run_fence.c.token)
    )
    current: int = connection.execute(select(run_fence.c.token)).scalar_one()
    if current != token:
        raise RunSuperseded(
            f"A newer run (fence {current}) has started since this one (fence {token}).",
            hint="Nothing of this run took effect; look at the newer one.",
        )
