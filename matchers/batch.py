"""P5: the lines of a batch against what was paid for it, with a typed bridge.

The left lines of one batch reference (what each is worth to us: net if the advice states it, else
the amount) must come to what the right side shows under that reference, to the cent. The bridge
names every term: sales, refunds, chargebacks, fees and adjustments add up to the payout.
"""

import polars as pl

from matchers.breaks import take_shared, without_waiting
from matchers.evidence import money_text
from matchers.groups import Groups, LegState, SharedKeys, no_members, shared_keys, waits
from matchers.lines import NET, Side
from matchers.passes import BatchPass
from tieout.frames.reasons import BreakReason

_TERMS = {
    "sales": ("sale", "representment"),
    "refunds": ("refund", "reversal"),
    "chargebacks": ("chargeback",),
}


def take_batches(state: LegState, step: BatchPass) -> None:
    """Take the batches that are there on both sides: paid exactly, or with a residual."""
    key = step.full_key
    left = state.left.free(*key, NET, waits(state).alias("waits"))
    right = state.right.free(*key, "amount_minor", waits(state).alias("waits"))
    shared = shared_keys(left, right, key, value=NET)
    paid = pl.col("left_sum") == pl.col("right_sum")
    exact = shared.only(paid)
    about = _bridge(exact, state.left).select(text=pl.format("{} paid.", "bridge"))
    state.take(Groups("matched", step.code, about, exact.left, exact.right, "A", value=NET))
    other = without_waiting(state, shared.only(~paid))
    bridged = _bridge(other, state.left)
    difference = money_text(
        pl.col("right_sum") - pl.col("left_sum"), pl.col("currency"), _currencies(bridged)
    )
    shown = money_text(pl.col("right_sum"), pl.col("currency"), _currencies(bridged))
    text = pl.format("{}; the right side shows {}: difference {}.", "bridge", shown, difference)
    named = SharedKeys(bridged, other.left, other.right)
    take_shared(state, step.code, named, pl.lit(BreakReason.NET_RESIDUAL.value), text, value=NET)


def take_overdue_batches(state: LegState, pass_code: str) -> None:
    """Take each overdue batch that the right side does not show as one break."""
    step = state.leg.batch
    if step is None:
        return
    key = step.full_key
    lines = state.left.free(*key, "due_date", NET, waits=waits(state)).drop_nulls(list(key))
    batches = (
        lines.group_by(key)
        .agg(
            pl.col(NET).cast(pl.Int128).sum(),
            pl.col("waits").any(),
            pl.col("due_date").max(),
            count=pl.len(),
        )
        .sort(key)
    )
    overdue = batches.filter(~pl.col("waits")).with_row_index("group")
    money = money_text(pl.col(NET), pl.col("currency"), _currencies(overdue))
    text = pl.format(
        "Batch {} of {} lines comes to {}; no line of {} shows it, due on {}.",
        pl.col(key[0]), "count", money, pl.lit(state.leg.right), "due_date",
    )  # fmt: skip
    about = overdue.select(
        reason=pl.lit(state.leg.left_missing.value),
        text=text,
        at_risk_minor=pl.col(NET).cast(pl.Int64),
    )
    members = lines.join(overdue.select("group", *key), on=key).select("group", "row")
    state.take(
        Groups("break", pass_code, about, members.sort("group", "row"), no_members(), value=NET)
    )
    # A batch of which any line may still wait is carried as a whole.
    waiting = lines.join(batches.filter("waits").select(key), on=key, how="semi")
    state.left.hold(waiting["row"])


def _bridge(shared: SharedKeys, left: Side) -> pl.DataFrame:
    """Add `bridge` to the keys: each term's sum, and what they come to."""
    lines = left.at(shared.left["row"], "kind", "amount_minor", NET).hstack(shared.left)
    gross, net = (pl.col(name).cast(pl.Int128).sum() for name in ("amount_minor", NET))
    # A day has few kinds: add up by kind first, then put the kinds into terms.
    by_kind = lines.lazy().group_by("group", "kind").agg(gross, net)
    gross = pl.col("amount_minor")
    named = [kind for kinds in _TERMS.values() for kind in kinds] + ["fee"]
    own_fees = gross.filter(pl.col("kind") == "fee").sum()
    sums = (
        by_kind.group_by("group")
        .agg(
            *(
                gross.filter(pl.col("kind").is_in(kinds)).sum().alias(term)
                for term, kinds in _TERMS.items()
            ),
            ((pl.col(NET) - gross).sum() + own_fees).alias("fees"),
            gross.filter(~pl.col("kind").is_in(named)).sum().alias("adjustments"),
        )
        .collect(engine="streaming")
    )
    keys = shared.keys.join(sums, on="group", how="left", maintain_order="left")
    parts = [
        pl.format(
            "{} {}", pl.lit(term), money_text(pl.col(term), pl.col("currency"), _currencies(keys))
        )
        for term in (*_TERMS, "fees", "adjustments")
    ]
    total = money_text(pl.col("left_sum"), pl.col("currency"), _currencies(keys))
    return keys.with_columns(
        bridge=pl.concat_str(pl.concat_str(parts, separator=" + "), pl.lit(" = "), total)
    )


def _currencies(frame: pl.DataFrame) -> list[str]:
    return sorted(set(frame["currency"]))
