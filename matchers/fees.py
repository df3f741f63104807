"""The fee of a matched line against the contract.

Checked on the right line of a pair, because that is where the counterparty states what it charged.
The expected charge is that of the version of the contract on the line's business date;
`fee_minor` is negative when charged to us. A difference beyond the tolerance is a break of its own,
never absorbed; so is a charge on a kind of line that the contract leaves free.
"""

import polars as pl

from matchers.evidence import money_text
from matchers.groups import LegState
from matchers.schedules import ByCurrency, Fee, FeeSchedule, Rate
from tieout.frames.reasons import BreakReason

_BPS_SCALE = 10_000
_SIZE = pl.col("amount_minor").cast(pl.Int128).abs()
_CHARGED = pl.col("fee_minor").fill_null(0)


def fee_breaks(state: LegState, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with a fee outside the contract: `reason`, `at_risk_minor`, `text`."""
    versions = state.leg.fees
    if not versions:
        return pairs.clear()
    columns = ("kind", "currency", "amount_minor", "fee_minor", "business_date")
    lines = pairs.select("left_row", "right_row").hstack(
        state.right.at(pairs["right_row"], *columns)
    )
    # A null where no version says anything about the line.
    expected, allowed = pl.lit(None, pl.Int128), pl.lit(None, pl.Int64)
    for one in versions:
        holds = _holds(one)
        expected = pl.when(holds).then(pl.lit(-1, pl.Int128) * _charge(one)).otherwise(expected)
        allowed = pl.when(holds).then(one.tolerance_minor).otherwise(allowed)
    wrong = (
        lines.with_columns(expected=expected, allowed=allowed)
        .with_columns(off=_CHARGED - pl.col("expected"))
        .filter(pl.col("off").abs() > pl.col("allowed"))
    )
    return wrong.with_columns(
        reason=_reason(versions),
        at_risk_minor=pl.col("off").cast(pl.Int64),
        text=_text(wrong["currency"].unique().to_list()),
    )


def _holds(version: FeeSchedule) -> pl.Expr:
    """True for lines that the version says something about."""
    day = pl.col("business_date")
    holds = pl.lit(value=True)
    if version.first is not None:
        holds = holds & (day >= version.first)
    if version.last is not None:
        holds = holds & (day <= version.last)
    return holds if version.other_kinds == "free" else holds & _is_listed(version)


def _is_listed(version: FeeSchedule) -> pl.Expr:
    return pl.col("kind").is_in(list(version.kinds))


def _charge(version: FeeSchedule) -> pl.Expr:
    """What the contract charges for the line, positive; Int128, exact."""
    total = pl.lit(0, pl.Int128)
    for kind, fee in version.kinds.items():
        total = pl.when(pl.col("kind") == kind).then(_of_size(fee)).otherwise(total)
    return total


def _of_size(fee: Fee) -> pl.Expr:
    """The rate of the fee, or that of the tier into which the whole amount falls."""
    if not fee.tiers:
        return _of_rate(fee)
    *limited, last = fee.tiers
    charge = _of_rate(last)
    for tier in reversed(limited):
        charge = (
            pl.when(_by_currency(tier.up_to_minor) >= _SIZE).then(_of_rate(tier)).otherwise(charge)
        )
    return charge


def _of_rate(rate: Rate) -> pl.Expr:
    percent = pl.lit(rate.percent_bps, pl.Int128)
    share = (2 * _SIZE * percent + _BPS_SCALE) // (2 * _BPS_SCALE)
    charge = share + _by_currency(rate.flat_minor).fill_null(0)
    # A currency without a limit has none: nulls are passed over.
    if rate.minimum_minor:
        charge = pl.max_horizontal(charge, _by_currency(rate.minimum_minor))
    if rate.maximum_minor:
        charge = pl.min_horizontal(charge, _by_currency(rate.maximum_minor))
    return charge


def _by_currency(amounts: ByCurrency) -> pl.Expr:
    return (
        pl.col("currency")
        .replace_strict(
            {code: minor for code, minor in amounts.items() if code != "default"},
            default=amounts.get("default"),
            return_dtype=pl.Int64,
        )
        .cast(pl.Int128)
    )


def _reason(versions: tuple[FeeSchedule, ...]) -> pl.Expr:
    is_listed = pl.any_horizontal(_holds(one) & _is_listed(one) for one in versions)
    return (
        pl.when(~is_listed)
        .then(pl.lit(BreakReason.FEE_UNKNOWN.value))
        .when(_CHARGED == 0)
        .then(pl.lit(BreakReason.FEE_MISSING.value))
        .when(pl.col("off") < 0)
        .then(pl.lit(BreakReason.FEE_VAR_OVER.value))
        .otherwise(pl.lit(BreakReason.FEE_VAR_UNDER.value))
    )


def _text(currencies: list[str]) -> pl.Expr:
    currency = pl.col("currency")
    return pl.format(
        "Amounts equal; fee {}, by contract {} (allowed difference {} minor units).",
        money_text(_CHARGED, currency, currencies),
        money_text(pl.col("expected"), currency, currencies),
        "allowed",
    )
