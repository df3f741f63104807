"""What a run is about to put in force, proved from the frames as they are kept.

The matcher proves what it computes. Here the kept results of each leg are held against their own
lines, against what was proved when they were computed, and against the results of earlier dates: no
line gives more than it has, none is in two matches, each group's residual is that of its lines, and
the matches are those that were computed.
"""

from collections.abc import Sequence
from functools import partial

import polars as pl

from assets.carried import HISTORY_DATES_MAX
from assets.night import Night
from assets.result_proofs import COMPUTED, digest_of, tolerance_name
from assets.timeliness import timeliness_of
from matchers.plan import LegPlan
from tieout.money import format_minor
from tieout.store.proofs import Proof, ProofRow
from tieout.store.runs import Generation, generations_before, staged_generations

_LIVE = ("matched", "netted")
_LINE = ["side", "record_id", "kind", "currency", "amount_minor"]
"""What makes a line the same one on a later date; a sender may restate one under its own key."""
_MONEY = pl.Int128()
_TERMS = {
    "sales": ["sale", "representment"],
    "refunds": ["refund", "reversal"],
    "chargebacks": ["chargeback"],
}


def prove_staged(night: Night, stored: Sequence[ProofRow]) -> list[ProofRow]:
    """Return the proofs of every result that this run has staged.

    `stored`: what was proved when the results were computed.
    """
    rows: list[ProofRow] = []
    with night.database.reading() as connection:
        staged = staged_generations(connection, fence=night.fence)
        before = [
            generations_before(
                connection, one.reconciliation, one.leg, one.business_date, fence=night.fence
            )
            for one in staged
        ]
    for result, earlier in zip(staged, before, strict=True):
        plan = night.plans[result.reconciliation].get_leg(result.leg)
        own = [
            row
            for row in stored
            if (row.reconciliation, row.leg, row.business_date)
            == (result.reconciliation, result.leg, result.business_date)
        ]
        proof = _LegProof(night, plan, result)
        rows += [
            *proof.allocation(),
            proof.one_match_each(earlier[-HISTORY_DATES_MAX:]),
            *proof.residuals(),
            *proof.absorbed(own),
            *proof.batches(),
            proof.digest(own),
            *timeliness_of(night, plan, [*earlier, result]),
        ]
    return rows


class _LegProof:
    """One staged result, read once."""

    def __init__(self, night: Night, plan: LegPlan, result: Generation) -> None:
        self._night, self._plan, self._result = night, plan, result
        self._lines = (
            night.frames.scan(result.outcomes_sha256)
            .select(*_LINE, "net_minor", "outcome", "match_id", "break_id", "break_reason", "pass")
            .collect()
        )
        self._matches = night.frames.read(result.matches_sha256)
        self._members = night.frames.read(result.members_sha256)
        self._row = partial(
            ProofRow, result.business_date, result.leg, reconciliation=result.reconciliation
        )

    def allocation(self) -> list[ProofRow]:
        """No line gives its matches more than it has, and each is in one of them."""
        own = ["side", "record_id"]
        given = self._members.group_by(own).agg(
            pl.col("allocated_minor").cast(_MONEY).sum().alias("given"), uses=pl.len()
        )
        # A batch counts what a line is worth after fees, which may be more than the amount.
        has = pl.max_horizontal(
            pl.col("amount_minor").abs(), pl.coalesce("net_minor", "amount_minor").abs()
        ).cast(_MONEY)
        both = given.join(self._lines, on=own, how="left").select(
            *own, "uses", pl.col("currency").fill_null("XXX"), pl.col("given").abs(), has=has
        )
        wrong = (pl.col("uses") != 1) | (pl.col("given") > pl.col("has")).fill_null(value=True)
        sums = (
            both.group_by("side", "currency")
            .agg(
                pl.col("uses").sum(),
                pl.len(),
                pl.col("has", "given").sum(),
                pl.col("record_id").filter(wrong).min().alias("first"),
            )
            .sort("side", "currency")
        )
        return [
            self._row(
                Proof.ALLOCATION,
                f"given and had, {side} side",
                currency,
                uses,
                count,
                int(has),
                int(given),
                holds=first is None,
                detail="" if first is None else f"{first} gives more than it has, or twice",
            )
            for side, currency, uses, count, has, given, first in sums.iter_rows()  # currencies
        ]

    def one_match_each(self, earlier: Sequence[Generation]) -> ProofRow:
        """No line that is matched now was matched on a date before."""
        live = self._lines.filter(pl.col("outcome").is_in(_LIVE)).select(_LINE)
        again = [
            self._night.frames.scan(one.outcomes_sha256)
            .filter(pl.col("outcome").is_in(_LIVE))
            .select(_LINE)
            .join(live.lazy(), on=_LINE, how="semi")
            .collect(engine="streaming")
            for one in earlier
        ]
        twice = pl.concat([live.clear(), *again]).unique(_LINE).sort(_LINE)
        detail = f"held against {len(earlier)} earlier dates"
        if not twice.is_empty():
            detail = f"{twice['record_id'][0]} was matched on an earlier date already"
        return self._row(
            Proof.ALLOCATION,
            "one match for each line, over all dates",
            count_in=live.height,
            count_out=live.height - twice.height,
            holds=twice.is_empty(),
            detail=detail,
        )

    def residuals(self) -> list[ProofRow]:
        """What each match says of its sides is what its lines come to."""
        figures = ("left_minor", "right_minor", "residual_minor")
        both = self._matches.join(self._sums(), on="match_id", how="full", coalesce=True)
        equal = pl.all_horizontal(
            pl.col(name).cast(_MONEY).eq_missing(pl.col(f"{name}_anew")) for name in figures
        )
        sums = (
            both.group_by(pl.col("currency").fill_null("XXX"))
            .agg(
                pl.len(),
                equal.sum().alias("equal"),
                pl.col("residual_minor").cast(_MONEY).sum(),
                pl.col("residual_minor_anew").sum(),
                pl.col("match_id").filter(~equal).min().alias("first"),
            )
            .sort("currency")
        )
        return [
            self._row(
                Proof.RESIDUAL,
                "residual of each group and of its lines",
                currency,
                count,
                same,
                int(stated),
                int(anew),
                holds=first is None,
                detail="" if first is None else f"{first} does not come to what its lines do",
            )
            for currency, count, same, stated, anew, first in sums.iter_rows()  # currencies
        ]

    def absorbed(self, own: Sequence[ProofRow]) -> list[ProofRow]:
        """What the confirmed matches leave open is what their passes said they absorbed."""
        off = pl.col("residual_minor_anew")
        found = (
            self._matches.filter(pl.col("status") == "confirmed")
            .join(self._sums(), on="match_id")
            .filter(off != 0)
            .group_by("pass", "currency")
            .agg(pl.len(), off.abs().sum())
        )
        anew = {
            (tolerance_name(code), currency): (count, int(minor))
            for code, currency, count, minor in found.iter_rows()  # passes and currencies
        }
        said = {
            (row.name, row.currency): (row.count_in, row.sum_in_minor)
            for row in own
            if row.proof == Proof.TOLERANCE
        }
        rows = []
        for key in sorted({*anew, *said}):
            counts, sums = zip(said.get(key, (0, 0)), anew.get(key, (0, 0)), strict=True)
            holds = counts[0] == counts[1] and sums[0] == sums[1]
            what = f"residuals and {key[0]}"
            rows.append(self._row(Proof.RESIDUAL, what, key[1], *counts, *sums, holds=holds))
        return rows

    def batches(self) -> list[ProofRow]:
        """What was paid for each batch, less its sales, refunds, chargebacks, fees, adjustments."""
        step = self._plan.batch
        if step is None:
            return []
        is_off = pl.col("break_reason") == "net_residual"
        lines = self._lines.filter(
            pl.col("pass") == step.code, pl.col("match_id").is_not_null() | is_off
        )
        bridge = _bridge(lines.with_columns(group=pl.coalesce("match_id", "break_id")))
        breaks = self._night.frames.read(self._result.breaks_sha256)
        stated = pl.concat(
            [
                self._matches.select(group="match_id", stated="residual_minor"),
                breaks.select(group="break_id", stated="at_risk_minor"),
            ]
        )
        both = bridge.join(stated, on="group", how="left").with_columns(
            pl.col("stated").cast(_MONEY)
        )
        equal = pl.col("stated").eq_missing(pl.col("off"))
        terms = [*_TERMS, "fees", "adjustments"]
        sums = (
            both.group_by("currency")
            .agg(
                pl.len(),
                equal.sum().alias("equal"),
                pl.col("stated", "off", *terms).sum(),
            )
            .sort("currency")
        )
        return [
            self._row(
                Proof.RESIDUAL,
                "residual of each batch and of its bridge",
                row["currency"],
                row["len"],
                row["equal"],
                int(row["stated"]),
                int(row["off"]),
                holds=row["len"] == row["equal"],
                detail=" + ".join(
                    f"{term} {format_minor(int(row[term]), row['currency'])}" for term in terms
                ),
            )
            for row in sums.to_dicts()  # currencies
        ]

    def digest(self, own: Sequence[ProofRow]) -> ProofRow:
        """The kept matches are those that were computed."""
        computed = next((row for row in own if row.name == COMPUTED), None)
        digest = digest_of(self._matches, self._members)
        return self._row(
            Proof.DETERMINISM,
            "digest of the matches as kept",
            count_in=0 if computed is None else computed.count_in,
            count_out=self._matches.height,
            holds=computed is not None and computed.detail == digest,
            detail=digest,
        )

    def _sums(self) -> pl.DataFrame:
        """What the lines of each match come to, under the names of its own figures."""
        left, right = (
            pl.col("allocated_minor").cast(_MONEY).filter(pl.col("side") == side).sum()
            for side in ("left", "right")
        )
        return self._members.group_by("match_id").agg(
            left_minor_anew=left, right_minor_anew=right, residual_minor_anew=right - left
        )


def _bridge(lines: pl.DataFrame) -> pl.DataFrame:
    """Return per group its terms, and `off`: what the right side shows beyond them."""
    is_left = pl.col("side") == "left"
    amount = pl.col("amount_minor").cast(_MONEY)
    net = pl.coalesce("net_minor", "amount_minor").cast(_MONEY)
    named = [kind for kinds in _TERMS.values() for kind in kinds]
    terms = {
        **{term: is_left & pl.col("kind").is_in(kinds) for term, kinds in _TERMS.items()},
        "adjustments": is_left & ~pl.col("kind").is_in([*named, "fee"]),
    }
    fees = (net - amount).filter(is_left).sum() + amount.filter(
        is_left & (pl.col("kind") == "fee")
    ).sum()
    return (
        lines.group_by("group", "currency")
        .agg(
            *(amount.filter(which).sum().alias(term) for term, which in terms.items()),
            fees.alias("fees"),
            amount.filter(~is_left).sum().alias("paid"),
        )
        .with_columns(off=pl.col("paid") - pl.sum_horizontal(*terms, "fees"))
    )
