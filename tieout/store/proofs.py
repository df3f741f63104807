"""The proofs of a run: what was compared, and whether it closes.

Each row compares two counts and two sums. Where the figures are our own arithmetic, a proof that
does not close fails the run and nothing comes into force; where they are somebody else's, it opens
a case. Both are kept: a proof of a failed run says why it failed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select

from tieout.store.tables.runs import run, run_proof

NO_CURRENCY = "XXX"
"""ISO 4217 for "no currency": of what is counted and not money."""


class Proof(StrEnum):
    """The closed list of proofs, in the order in which people read them."""

    CONSERVATION = "conservation"
    ALLOCATION = "allocation"
    RESIDUAL = "residual"
    CONTINUITY = "continuity"
    BALANCE = "balance"
    CASES = "cases"
    DETERMINISM = "determinism"
    TIMELINESS = "timeliness"
    TOLERANCE = "tolerance"
    NOTE = "note"

    @property
    def is_about_others(self) -> bool:
        """True when the figures are a bank's: then it opens a case and does not fail the run."""
        return self in OF_OTHERS


OF_OTHERS = (Proof.CONTINUITY, Proof.BALANCE)
"""The proofs about figures that a bank states."""


@dataclass(frozen=True)
class ProofRow:
    """One comparison; sums in minor units of `currency`.

    `leg` is the leg it is about, `files/<feed>` for statements of a feed, or `cases`.
    """

    business_date: date
    leg: str
    proof: Proof
    name: str
    currency: str = NO_CURRENCY
    count_in: int = 0
    count_out: int = 0
    sum_in_minor: int = 0
    sum_out_minor: int = 0
    holds: bool = True
    detail: str = ""
    reconciliation: str = ""

    @property
    def fails_run(self) -> bool:
        """True when it does not close and is our own arithmetic."""
        return not (self.holds or self.proof.is_about_others)


def record_proofs(connection: Connection, rows: Sequence[ProofRow], *, fence: int) -> None:
    """Keep proofs of the run with this fence."""
    if rows:
        values = [{**asdict(row), "proof": row.proof.value, "fence": fence} for row in rows]
        connection.execute(insert(run_proof), values)


def proofs_of_run(connection: Connection, *, fence: int) -> list[ProofRow]:
    """Return what a run has proved so far, in the order in which it was kept."""
    query = select(run_proof).where(run_proof.c.fence == fence).order_by(run_proof.c.id)
    return [_proof_row(row) for row in connection.execute(query)]


def proofs_of_date(connection: Connection, business_date: date) -> list[ProofRow]:
    """Return the proofs behind what is in force on a date, by leg and proof.

    Those of each leg's newest run that took effect; and of runs since then that failed, the proofs
    that did not close.
    """
    proof = run_proof.c
    newest = (
        select(proof.reconciliation, proof.leg, func.max(proof.fence).label("fence"))
        .join(run, run.c.fence == proof.fence)
        .where(proof.business_date == business_date, run.c.state == "done")
        .group_by(proof.reconciliation, proof.leg)
        .subquery()
    )
    same_leg = and_(newest.c.reconciliation == proof.reconciliation, newest.c.leg == proof.leg)
    query = (
        select(run_proof)
        .outerjoin(newest, same_leg)
        .where(
            proof.business_date == business_date,
            or_(
                proof.fence == newest.c.fence,
                and_(
                    proof.holds.is_(False),
                    proof.fence > func.coalesce(newest.c.fence, 0),
                ),
            ),
        )
    )
    order = list(Proof)
    rows = [_proof_row(row) for row in connection.execute(query.order_by(proof.id))]
    return sorted(rows, key=lambda row: (order.index(row.proof), row.leg, row.name, row.currency))


def _proof_row(row: Row[Any]) -> ProofRow:
    names = ProofRow.__dataclass_fields__
    values = {name: getattr(row, name) for name in names}
    return ProofRow(**{**values, "proof": Proof(row.proof), "holds": bool(row.holds)})
