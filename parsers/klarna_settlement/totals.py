"""The row of totals: the payout that it announces, and what each type of movement comes to.

Totals are warnings: which types count into which of them has changed over the years.
"""

import polars as pl

from parsers.klarna_settlement.layout import (
    CURRENCIES,
    MERCHANT,
    PAID_ON,
    REFERENCE,
    SETTLEMENT,
    TOTALS,
)
from parsers.outcome import ControlTotal, Findings
from parsers.report import Report, check_total

_HINT = "Movements are missing, or counted elsewhere; ask Klarna."


def read_payout(above: pl.DataFrame, rows: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    """Return the row of totals as one payout, with `total:…` in minor units.

    What the row does not say (currency, day) is that of the movements.
    """
    first = rows.head(1)
    own = {name: first[name].first() for name in ("currency", "account", "batch_ref")}
    spare = [pl.lit(text, dtype=pl.String).alias(f"own {name}") for name, text in own.items()]
    report = Report(above.with_columns(spare), findings)
    report.currency("currency", *(one for one in CURRENCIES if one in report.names), "own currency")
    for name in (SETTLEMENT, *TOTALS):
        if name in report.names:
            report.money(f"total:{name}", name)
    missing = report.text(SETTLEMENT).is_null()
    expected = "an amount such as 12.50"
    report.refuse("amount_missing", SETTLEMENT, missing, pl.lit("nothing"), expected)
    report.day("paid_on", *PAID_ON)
    last = rows["business_date"].max()
    day = pl.coalesce("paid_on", pl.lit(last, dtype=pl.Date))
    report.put(business_date=day)
    wrong = pl.col("business_date").is_null()
    report.refuse("date_missing", PAID_ON[0], wrong, pl.lit("nothing"), "the day of the payout")
    paid = pl.col(f"total:{SETTLEMENT}")
    report.put(
        kind=pl.lit("payout"),
        is_booked=pl.lit(value=True),
        is_reversal=pl.lit(value=False),
        amount_minor=paid,
        net_minor=paid,
        exponent=pl.col("currency:exponent"),
        booking_date=pl.col("business_date"),
        value_date=pl.col("paid_on"),
        account=report.text(*MERCHANT, "own account"),
        batch_ref=report.text(*REFERENCE, "own batch_ref"),
        narrative=pl.lit("settlement"),
    )
    return report.rows


def check_totals(
    payout: pl.DataFrame, rows: pl.DataFrame, findings: Findings
) -> tuple[ControlTotal, ...]:
    """Compare each total with the movements of its types; both without their sign."""
    row = payout.row(0, named=True)
    totals = []
    for name, words in TOTALS.items():
        declared = row.get(f"total:{name}")
        if declared is None:
            continue
        mine = rows.filter(pl.col("word").is_in(words) & (pl.col("currency") == row["currency"]))
        computed = int(mine["amount_minor"].cast(pl.Int128).sum() or 0)
        totals.append(
            check_total(
                findings,
                name,
                abs(declared),
                abs(computed),
                currency=row["currency"],
                exponent=row["exponent"],
                hint=_HINT,
                code="control_total_differs",
                byte_offset=row["byte_start"],
            )
        )
    return tuple(totals)
