"""The trailer against the records above it.

All of it are warnings: a report may come in several files, and whether its trailer counts the file
or the report is not published.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from parsers.groups import Groups, Query
from parsers.outcome import ControlTotal, Findings
from parsers.payouts import check_count
from parsers.report import check_total
from parsers.table import Line
from tieout.money import AmountUnreadable, parse_minor

_COUNT = re.compile(r"[0-9]{1,9}")
_HINT = "Records are missing, or stand in another file of the report; ask Trustly."


class Sums:
    """What items and fundings come to, by currency, over all runs of a report."""

    def __init__(self) -> None:
        self._groups = Groups(("is_payout", "currency"), _QUERY)
        self._is_funded = False

    def add(self, rows: pl.DataFrame) -> None:
        """Add items and fundings; needs kind, currency, exponent, amount_minor."""
        rows = rows.with_columns(_IS_PAYOUT)
        for name in ("is_payout", "is_funded"):
            self._is_funded |= name in rows.columns and bool(rows[name].any())
        self._groups.add(rows)

    def check_trailer(self, trailer: Line, findings: Findings) -> list[ControlTotal]:
        """Return the numbers and sums that an L record declares, beside those of the records.

        P11KFUN: number and sum of items, number and sum of fundings. P11KREC: number of
        transactions, sum of credits, sum of debits. A sum of several currencies is not compared.
        """
        fundings, items = (
            [row for row in self._groups.rows() if row["is_payout"] == which]
            for which in (True, False)
        )
        totals = [_count(trailer, 1, "items", _number(items), findings)]
        if self._is_funded:
            totals += [
                _sum(trailer, 2, "sum of items", items, "total", findings),
                _count(trailer, 3, "fundings", _number(fundings), findings),
                _sum(trailer, 4, "sum of fundings", fundings, "total", findings),
            ]
        else:
            totals += [
                _sum(trailer, 2, "sum of credits", items, "credit", findings),
                _sum(trailer, 3, "sum of debits", items, "debit", findings),
            ]
        return [one for one in totals if one is not None]


_AMOUNT = pl.col("amount_minor").cast(pl.Int128)
_IS_PAYOUT = (pl.col("kind") == "payout").alias("is_payout")
_QUERY = Query(
    {
        "count": pl.len(),
        "debits": (_AMOUNT < 0).sum(),
        "total": _AMOUNT.sum(),
        "credit": _AMOUNT.filter(_AMOUNT > 0).sum(),
        "debit": _AMOUNT.filter(_AMOUNT < 0).sum(),
    },
    {"exponent": pl.col("exponent").first()},
)


def _number(groups: Sequence[Mapping[str, Any]]) -> int:
    return sum(int(row["count"]) for row in groups)


def _count(
    trailer: Line, place: int, name: str, computed: int, findings: Findings
) -> ControlTotal | None:
    text = _text(trailer, place)
    if not _COUNT.fullmatch(text):
        _unreadable(trailer, name, text, findings)
        return None
    return check_count(
        findings, name, int(text), computed, byte_offset=trailer.byte_start, hint=_HINT
    )


def _sum(
    trailer: Line,
    place: int,
    name: str,
    groups: Sequence[Mapping[str, Any]],
    which: str,
    findings: Findings,
) -> ControlTotal | None:
    if len(groups) != 1:
        return None
    (found,) = groups
    currency, exponent = found["currency"], int(found["exponent"])
    try:
        declared = parse_minor(_text(trailer, place), currency, exponent=exponent)
    except AmountUnreadable:
        _unreadable(trailer, name, _text(trailer, place), findings)
        return None
    computed = int(found[which])
    # Where there are debits alone, they may stand unsigned.
    counted = found["debits" if which == "debit" else "count"]
    if declared > 0 and counted and found["debits"] == counted and which != "credit":
        computed = -computed
    return check_total(
        findings,
        name,
        declared,
        computed,
        currency=currency,
        exponent=exponent,
        hint=_HINT,
        code="control_total_differs",
        byte_offset=trailer.byte_start,
    )


def _text(trailer: Line, place: int) -> str:
    return trailer.fields[place].strip() if place < len(trailer.fields) else ""


def _unreadable(trailer: Line, name: str, text: str, findings: Findings) -> None:
    findings.refuse(
        "control_total_unreadable",
        line=trailer.line,
        byte_offset=trailer.byte_start,
        record="L",
        field=name,
        found=repr(text) if text else "nothing",
        expected="a number of the records above",
        hint="The file was cut off or changed: fetch it again.",
    )
