"""What people decided about a leg, and what that says of its rules, as the matcher takes it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlalchemy import Connection

from assets.night import Night
from matchers import DECISIONS, LegPlan, Record
from tieout.store.decisions import decisions_in_force, judged_rules, lines_of_decisions
from tieout.store.runs import Generation


@dataclass(frozen=True)
class Decided:
    """`decisions` as `match_leg` takes them (None: there are none); `records` by pass code."""

    decisions: pl.DataFrame | None
    records: dict[str, Record]


def load_decided(
    night: Night,
    connection: Connection,
    reconciliation: str,
    leg: LegPlan,
    business_date: date,
    earlier: Sequence[Generation],
) -> Decided:
    """Return the decisions in force, and how the plan's passes fared on the dates before.

    `earlier`: the leg's results of the dates before.
    """
    rows = decisions_in_force(connection, reconciliation, leg.name)
    lines = lines_of_decisions(connection, [row.id for row in rows])
    frame = pl.DataFrame(
        [
            (row.id, row.verdict, _said(row), side, record_id)
            for row in rows
            for side, record_id in lines[row.id]
        ],
        schema=DECISIONS,
        orient="row",
    )
    digest = night.plans[reconciliation].digest
    judged = judged_rules(connection, reconciliation, leg.name, digest, business_date)
    return Decided(None if frame.is_empty() else frame, _records(earlier, digest, judged))


def _records(
    earlier: Sequence[Generation], digest: str, judged: Mapping[str, tuple[int, int]]
) -> dict[str, Record]:
    """Return what became of the matches of each pass of this version of the plan."""
    stood: Counter[str] = Counter()
    for result in earlier:
        if result.plan_digest == digest:
            stood.update(result.confirmed or {})
    stood.update({code: confirmed for code, (confirmed, _) in judged.items()})
    return {code: Record(stood[code], judged.get(code, (0, 0))[1]) for code in {*stood, *judged}}


def _said(row) -> str:  # type: ignore[no-untyped-def] # a row of match_decision
    by = f"{row.decided_by} on {row.decided_at:%Y-%m-%d}"
    what = f"Proposal of {row.pass_code} confirmed by" if row.match_id else "Put together by"
    return f"{what} {by} (D-{row.id}): {row.reason}"
