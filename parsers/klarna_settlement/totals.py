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
    own = {name: rows[name][0] if rows.height else None for name in _OWN}
    spare = [pl.Series(f"own {name}", [text], dtype=pl.String) for name, text in own.items()]
    report = Report(above.hstack(spare), findings)
    report.currency("currency", *(one for one in CURRENCIES if one in report.names), "own currency")
    for name in (SETTLEMENT, *TOTALS):
        if name in report.names:
            report.money(f"total:{name}", name, needed=name == SETTLEMENT)
    report.day("paid_on", *PAID_ON)
    day = report.rows["paid_on"]
    if day.null_count():
        day = pl.Series([rows["business_date"].max()], dtype=pl.Date)
    report.add(day.alias("business_date"))
    if day.null_count():
        wrong = pl.col("business_date").is_null()
        expected = "the day of the payout"
        report.refuse("date_missing", PAID_ON[0], wrong, pl.lit("nothing"), expected)
    report.put(
        *_PAYOUT,
        account=report.text(*MERCHANT, "own account"),
        batch_ref=report.text(*REFERENCE, "own batch_ref"),
    )
    return report.rows


_SUM = pl.col("amount_minor").cast(pl.Int128).sum()
_OWN = ("currency", "account", "batch_ref")
_PAID = pl.col(f"total:{SETTLEMENT}")
_PAYOUT = (
    pl.lit("payout").alias("kind"),
    pl.lit(value=True).alias("is_booked"),
    pl.lit(value=False).alias("is_reversal"),
    _PAID.alias("amount_minor"),
    _PAID.alias("net_minor"),
    pl.col("currency:exponent").alias("exponent"),
    pl.col("business_date").alias("booking_date"),
    pl.col("paid_on").alias("value_date"),
    pl.lit("settlement").alias("narrative"),
)


def check_totals(
    payout: pl.DataFrame, rows: pl.DataFrame, findings: Findings
) -> tuple[ControlTotal, ...]:
    """Compare each total with the movements of its types; both without their sign."""
    row = payout.row(0, named=True)
    found = {
        word: int(total)
        for currency, word, total in rows.group_by("currency", "word").agg(_SUM).iter_rows()
        if currency == row["currency"]
    }
    totals = []
    for name, words in TOTALS.items():
        declared = row.get(f"total:{name}")
        if declared is None:
            continue
        computed = sum(found.get(word, 0) for word in words)
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
