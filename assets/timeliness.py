"""How much of a day's money is matched one, two and four business days later: a figure, no test."""

from collections.abc import Sequence

import polars as pl

from assets.night import Night
from matchers.plan import LegPlan
from tieout.store.proofs import Proof, ProofRow
from tieout.store.runs import Generation

_AFTER_DAYS = (1, 2, 4)
_DONE = ("matched", "netted")


def timeliness_of(night: Night, leg: LegPlan, results: Sequence[Generation]) -> list[ProofRow]:
    """Return per currency what is matched of the left lines of one, two and four days before.

    `results`: of the leg, oldest first; the last one is that of the date it is about.
    """
    result = results[-1]
    calendar = night.workspace.get_calendar(leg.calendar)
    on = calendar.roll_back(result.business_date)
    days = {calendar.add_business_days(on, -count): f"T+{count}" for count in _AFTER_DAYS}
    seen = [one for one in results if one.business_date >= min(days)]
    money = pl.col("amount_minor").cast(pl.Int128).abs()
    is_done = pl.col("outcome").is_in(_DONE)
    frames = [
        night.frames.scan(one.outcomes_sha256)
        .filter(
            pl.col("side") == "left",
            pl.col("business_date").is_in(list(days)),
            pl.col("outcome") != "excluded",
            # A line is open on many dates and matched on one; open lines count as they are now.
            is_done | (one is result),
        )
        .group_by("business_date", "currency")
        .agg(
            pl.len(),
            is_done.sum().alias("done"),
            money.sum().alias("money"),
            money.filter(is_done).sum().alias("matched"),
        )
        .collect()
        for one in seen
    ]
    sums = (
        pl.concat(frames)
        .group_by("business_date", "currency")
        .agg(pl.all().sum())
        .sort(["business_date", "currency"], descending=[True, False])
    )
    return [
        ProofRow(
            result.business_date,
            result.leg,
            Proof.TIMELINESS,
            f"matched by {days[day]}",
            currency,
            lines,
            done,
            int(money),
            int(matched),
            detail=f"{10_000 * int(matched) // int(money) if money else 10_000:,} per ten thousand "
            f"of the money of {day.isoformat()}",
            reconciliation=result.reconciliation,
        )
        for day, currency, lines, done, money, matched in sums.iter_rows()  # days and currencies
    ]
