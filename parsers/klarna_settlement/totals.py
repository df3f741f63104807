"""The row of totals: the payout that it announces, and what each type of movement comes to.

Totals are warnings: which types count into which of them has changed over the years.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from parsers.groups import Groups, Query
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
from parsers.table import PLACES

_HINT = "Movements are missing, or counted elsewhere; ask Klarna."


def read_payout(
    above: pl.DataFrame,
    first: Mapping[str, str | None],
    last_day: date | None,
    findings: Findings,
) -> pl.DataFrame:
    """Return the row of totals as one payout, with `total:…` in minor units.

    What the row does not say (currency, day) is that of the movements.

    Args:
        above: the row of totals.
        first: OWN of the first movement.
        last_day: of the movements.
        findings: where what is unreadable is told.
    """
    spare = [pl.Series(f"own {name}", [first.get(name)], dtype=pl.String) for name in OWN]
    report = Report(above.hstack(spare), findings)
    report.currency("currency", *(one for one in CURRENCIES if one in report.names), "own currency")
    for name in (SETTLEMENT, *TOTALS):
        if name in report.names:
            report.money(f"total:{name}", name, needed=name == SETTLEMENT)
    report.day("paid_on", *PAID_ON)
    day = report.rows["paid_on"]
    if day.null_count():
        day = pl.Series([last_day], dtype=pl.Date)
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


PAYOUT = (
    *("kind", "is_booked", "is_reversal", "currency", "exponent", "amount_minor", "net_minor"),
    *("business_date", "booking_date", "value_date", "account", "batch_ref", "narrative"),
    *PLACES,
)
"""Columns of the payout that its line has; the others are those of the file."""

OWN = ("currency", "account", "batch_ref")
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


class Words:
    """What the movements of each type and currency come to."""

    def __init__(self) -> None:
        self._groups = Groups(("currency", "word"), _QUERY)

    def add(self, rows: pl.DataFrame) -> None:
        """Add movements; needs word, currency and amount_minor."""
        self._groups.add(rows)

    def check_totals(self, payout: pl.DataFrame, findings: Findings) -> tuple[ControlTotal, ...]:
        """Compare each total with the movements of its types; both without their sign."""
        row = payout.row(0, named=True)
        found = {
            one["word"]: int(one["total"])
            for one in self._groups.rows()
            if one["currency"] == row["currency"]
        }
        return _compare(row, found, findings)


_QUERY = Query({"total": pl.col("amount_minor").cast(pl.Int128).sum()})


def _compare(
    row: Mapping[str, Any], found: Mapping[str, int], findings: Findings
) -> tuple[ControlTotal, ...]:
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
