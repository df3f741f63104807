"""What a date's matches say about our own presentments, handed to the core as facts.

    core ↔ clearing matched   →  cleared           clearing without a payment  →  cleared_unknown
    clearing ↔ advice matched →  settled           advice ↔ bank matched       →  funded

A presentment that is cleared by a group of records is settled with the first record of the group.
Facts are named by the record that says them; they belong to one leg and date (the scope), so that
a recomputed date takes back what no longer holds. Only workspaces with our own core have any.
"""

from datetime import date, datetime

import polars as pl
from sqlalchemy import Connection

from assets.night import Night
from matchers.plan import LegPlan
from tieout.frames.reasons import BreakReason
from tieout.settlement.apply import apply_facts
from tieout.settlement.facts import FACT_SCHEMA
from tieout.store.runs import current_generations

CHAIN_RESULTS_MAX = 105
"""How many earlier results are searched for the clearing behind a settled or funded line."""

_PAIRED_BREAKS = (
    BreakReason.AMT_OVER,
    BreakReason.AMT_UNDER,
    BreakReason.DATE_LATE_PRESENTMENT,
    BreakReason.FEE_VAR_OVER,
    BreakReason.FEE_VAR_UNDER,
    BreakReason.FEE_MISSING,
    BreakReason.FEE_UNKNOWN,
)
"""Breaks in which both sides have been found: the money moved, something about it is wrong."""


def apply_date_facts(
    night: Night, connection: Connection, business_date: date, *, at: datetime
) -> None:
    """Apply to the core what the results in force say about `business_date`."""
    core = next((f.name for f in night.workspace.feeds.values() if f.transport == "core"), None)
    if core is None:
        return
    for reconciliation, cleared_leg in night.legs():
        if cleared_leg.left == core:
            chain = _Chain(night, connection, reconciliation, cleared_leg, business_date)
            chain.apply(at)


class _Chain:
    """The legs that follow the core's own, each from the side that the one before ends on."""

    def __init__(
        self,
        night: Night,
        connection: Connection,
        reconciliation: str,
        cleared_leg: LegPlan,
        business_date: date,
    ) -> None:
        self._night = night
        self._connection = connection
        self._reconciliation = reconciliation
        self._date = business_date
        self._cleared_leg = cleared_leg
        results = current_generations(connection, last=business_date)
        self._results = [one for one in results if one.reconciliation == reconciliation]

    def apply(self, at: datetime) -> None:
        """Apply the facts of the legs in the order in which money moves."""
        leg = self._cleared_leg
        today = _of_presentments(self._pairs(leg, today=True))
        self._hand_over(leg, _facts(today, "cleared"), at)
        self._hand_over(leg, self._unknown(leg), at, scope="unknown")
        behind = _of_presentments(self._pairs(leg))
        for fact in ("settled", "funded"):
            follower = self._leg_from(leg.right)
            if follower is None:
                return
            leg = follower
            every = self._pairs(leg)
            # New today: found today, or found before and only today traced to a presentment.
            known = _through(self._pairs(leg, today=True), behind)
            today = pl.concat([known, _through(every, today)]).unique(
                ["left_id", "presentment_id"], keep="first", maintain_order=True
            )
            self._hand_over(leg, _facts(today, fact), at)
            behind = _through(every, behind)

    def _leg_from(self, feed: str) -> LegPlan | None:
        legs = self._night.plans[self._reconciliation].legs
        return next((leg for leg in legs if leg.left == feed), None)

    def _pairs(self, leg: LegPlan, *, today: bool = False) -> pl.DataFrame:
        """Return each left line with the first right line that it was found with."""
        frames = [
            _paired(self._night.frames.read(result.outcomes_sha256))
            for result in self._results[-CHAIN_RESULTS_MAX:]
            if result.leg == leg.name and (not today or result.business_date == self._date)
        ]
        pairs = pl.concat([pl.DataFrame(schema=_PAIR), *frames])
        return pairs.unique("left_id", keep="last", maintain_order=True)

    def _unknown(self, leg: LegPlan) -> pl.DataFrame:
        """Return the clearing that nothing explains by the newest result, whichever date is run.

        What is open is carried from date to date, so the newest result holds all of it.
        """
        results = [
            one
            for one in current_generations(self._connection)
            if (one.reconciliation, one.leg) == (self._reconciliation, leg.name)
        ]
        if not results:
            return pl.DataFrame(schema=FACT_SCHEMA)
        outcomes = self._night.frames.read(results[-1].outcomes_sha256)
        is_paired = pl.col("break_reason").is_in(_PAIRED_BREAKS).fill_null(value=False)
        is_open = pl.col("outcome").is_in(["break", "duplicate"])
        unknown = outcomes.filter((pl.col("side") == "right") & is_open & ~is_paired)
        key = pl.concat_str("file_sha256", pl.col("record_no").cast(pl.String), separator=":")
        return _unknown_facts(unknown.with_columns(source_key=key + ":cleared_unknown"))

    def _hand_over(
        self, leg: LegPlan, facts: pl.DataFrame, at: datetime, *, scope: str | None = None
    ) -> None:
        said = f"{self._reconciliation}/{leg.name}/{scope or self._date.isoformat()}"
        apply_facts(self._connection, facts, at=at, scope=said)


_PAIR: dict[str, pl.DataType] = {
    "left_id": pl.String(),
    "right_id": pl.String(),
    "file_sha256": pl.String(),
    "record_no": pl.Int64(),
    "kind": pl.String(),
    "currency": pl.String(),
    "amount_minor": pl.Int64(),
    "scheme_ref": pl.String(),
    "business_date": pl.Date(),
}


def _paired(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return _PAIR rows: every left line that found the other side, with the evidence for it.

    The amount is the evidence's own where one line faces one line, else the left line's.
    """
    is_paired = pl.col("break_reason").is_in(_PAIRED_BREAKS).fill_null(value=False)
    found = outcomes.filter((pl.col("outcome") == "matched") | is_paired).with_columns(
        group=pl.coalesce("match_id", "break_id")
    )
    right = found.filter(pl.col("side") == "right").sort("record_id")
    evidence = right.group_by("group", maintain_order=True).agg(
        pl.col("record_id", "file_sha256", "record_no").first(),
        pl.col("amount_minor").first().alias("right_minor"),
        pl.len().alias("rights"),
    )
    left = found.filter(pl.col("side") == "left").with_columns(lefts=pl.len().over("group"))
    both = left.drop("file_sha256", "record_no").join(
        evidence.rename({"record_id": "right_id"}), on="group", maintain_order="left"
    )
    is_single = (pl.col("lefts") == 1) & (pl.col("rights") == 1)
    amount = pl.when(is_single).then("right_minor").otherwise("amount_minor")
    return both.with_columns(
        amount.alias("amount_minor"), pl.col("record_id").alias("left_id")
    ).select(pl.col(name).cast(dtype) for name, dtype in _PAIR.items())


def _of_presentments(pairs: pl.DataFrame) -> pl.DataFrame:
    """Name the presentment of each pair whose left line is the core's own."""
    return pairs.with_columns(presentment_id=pl.col("left_id").str.replace(r"^[^:]*:", ""))


def _through(pairs: pl.DataFrame, behind: pl.DataFrame) -> pl.DataFrame:
    """Name the presentment behind each pair: the one that was found with its left line.

    Kind and amount are the presentment's: what an advice or a bank adds up says less.
    """
    known = behind.select(
        "presentment_id", "kind", "currency", "amount_minor", "scheme_ref", left_id="right_id"
    )
    evidence = pairs.drop("kind", "currency", "amount_minor", "scheme_ref")
    return evidence.join(known, on="left_id", maintain_order="left")


def _facts(pairs: pl.DataFrame, fact: str) -> pl.DataFrame:
    """Return the facts that pairs with a `presentment_id` state, shape (pairs, FACT_SCHEMA)."""
    key = pl.concat_str(
        "file_sha256", pl.col("record_no").cast(pl.String), "presentment_id", separator=":"
    )
    return pairs.with_columns(
        source_key=key + f":{fact}",
        fact=pl.lit(fact),
        arn=pl.col("scheme_ref"),
        undoes=pl.lit(None, pl.String),
    ).select(pl.col(name).cast(dtype) for name, dtype in FACT_SCHEMA.items())


def _unknown_facts(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(
        fact=pl.lit("cleared_unknown"),
        presentment_id=pl.lit(None, pl.String),
        arn=pl.col("scheme_ref"),
        undoes=pl.lit(None, pl.String),
    ).select(pl.col(name).cast(dtype) for name, dtype in FACT_SCHEMA.items())
