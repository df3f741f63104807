"""The fee of a matched line against the contract.

Checked on the right line of a pair, because that is where the counterparty states what it charged.
The expected charge is percent + flat by kind and currency, rounded half up; `fee_minor` is negative
when charged to us. A difference beyond the tolerance is a break of its own, never absorbed.
"""

import polars as pl

from matchers.evidence import money_text
from matchers.groups import LegState
from matchers.plan import FeeSchedule
from tieout.frames.reasons import BreakReason

_BPS_SCALE = 10_000


def fee_breaks(state: LegState, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with a fee outside the contract: `reason`, `at_risk_minor`, `text`."""
    schedule = state.leg.fees
    if schedule is None:
        return pairs.clear()
    charged = state.right.at(pairs["right_row"], "kind", "currency", "amount_minor", "fee_minor")
    lines = pairs.select("left_row", "right_row").hstack(charged)
    wrong = (
        lines.filter(pl.col("kind").is_in(list(schedule.kinds)))
        .with_columns(expected=_charge(schedule) * pl.lit(-1, pl.Int128))
        .with_columns(off=pl.col("fee_minor").fill_null(0) - pl.col("expected"))
        .filter(pl.col("off").abs() > schedule.tolerance_minor)
    )
    return wrong.with_columns(
        reason=_reason(),
        at_risk_minor=pl.col("off").cast(pl.Int64),
        text=_text(wrong["currency"].unique().to_list(), schedule.tolerance_minor),
    )


def _charge(schedule: FeeSchedule) -> pl.Expr:
    """What the contract charges for the line, positive; Int128, exact."""
    total = pl.lit(0, pl.Int128)
    for kind, fee in schedule.kinds.items():
        percent = pl.lit(fee.percent_bps, pl.Int128)
        size = pl.col("amount_minor").cast(pl.Int128).abs()
        share = (2 * size * percent + _BPS_SCALE) // (2 * _BPS_SCALE)
        flat = pl.col("currency").replace_strict(
            {code: part for code, part in fee.flat_minor.items() if code != "default"},
            default=fee.flat_minor.get("default", 0),
            return_dtype=pl.Int64,
        )
        total = pl.when(pl.col("kind") == kind).then(share + flat).otherwise(total)
    return total


def _reason() -> pl.Expr:
    missing = pl.col("fee_minor").fill_null(0) == 0
    return (
        pl.when(missing)
        .then(pl.lit(BreakReason.FEE_MISSING.value))
        .when(pl.col("off") < 0)
        .then(pl.lit(BreakReason.FEE_VAR_OVER.value))
        .otherwise(pl.lit(BreakReason.FEE_VAR_UNDER.value))
    )


def _text(currencies: list[str], tolerance: int) -> pl.Expr:
    currency = pl.col("currency")
    return pl.format(
        "Amounts equal; fee {}, by contract {} (allowed difference {} minor units).",
        money_text(pl.col("fee_minor").fill_null(0), currency, currencies),
        money_text(pl.col("expected"), currency, currencies),
        tolerance,
    )
