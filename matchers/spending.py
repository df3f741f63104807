"""What tolerances absorb is spent from the day's limit: nothing disappears without being counted.

A leg may say how much all its tolerances together may absorb on one date, per currency. The small
differences come first, so that as many lines as possible are settled; what no longer fits is a
break of its own, however small it is.
"""

import polars as pl

from matchers.evidence import money_text
from matchers.groups import LegState


def within_limit(state: LegState, found: pl.DataFrame) -> pl.Series:
    """Tell for each row of `found` (`currency`, `off`: Int64) whether the limit allows it.

    What is allowed is spent. `off` is right − left; rows that are equal to the cent cost nothing.
    Among equal differences the order of the rows, which is that of the record_ids, decides.
    """
    limits = state.leg.tolerance_limit_minor
    if not limits or found.is_empty():
        _spend(state, found)
        return pl.Series("fits", [True] * found.height, dtype=pl.Boolean)
    codes = found["currency"].unique().to_list()
    default = limits.get("default")
    left = {code: limits.get(code, default) for code in codes}
    rest = {
        code: None if limit is None else max(limit - state.spent.get(code, 0), 0)
        for code, limit in left.items()
    }
    cost = pl.col("off").abs()
    counted = found.with_row_index("place").with_columns(cost=cost).sort("cost", "place")
    counted = counted.with_columns(
        total=pl.col("cost").cast(pl.Int128).cum_sum().over("currency"),
        rest=pl.col("currency").replace_strict(rest, return_dtype=pl.Int64),
    )
    fits = pl.col("rest").is_null() | (pl.col("total") <= pl.col("rest"))
    allowed = counted.with_columns(fits=fits).sort("place")["fits"]
    _spend(state, found.filter(allowed))
    return allowed


def _spend(state: LegState, found: pl.DataFrame) -> None:
    spent = found.group_by("currency").agg(pl.col("off").abs().cast(pl.Int128).sum())
    for currency, minor in spent.iter_rows():
        state.spent[currency] = state.spent.get(currency, 0) + int(minor)


def limit_text(state: LegState, currency: pl.Expr, codes: list[str]) -> pl.Expr:
    """Say which limit it is: `it does not fit into what is left of 5.00 EUR a day`."""
    limits = state.leg.tolerance_limit_minor
    default = limits.get("default", 0)
    amount = currency.replace_strict(
        {code: limits.get(code, default) for code in codes}, return_dtype=pl.Int64
    )
    return pl.format(
        "it does not fit into what is left of {} a day", money_text(amount, currency, codes)
    )
