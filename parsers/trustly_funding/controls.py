"""The trailer against the records above it.

All of it are warnings: a report may come in several files, and whether its trailer counts the file
or the report is not published.
"""

import re

import polars as pl

from parsers.outcome import ControlTotal, Findings
from parsers.payouts import check_count
from parsers.report import check_total
from parsers.table import Line
from tieout.money import AmountUnreadable, parse_minor

_COUNT = re.compile(r"[0-9]{1,9}")
_HINT = "Records are missing, or stand in another file of the report; ask Trustly."


def check_trailer(
    trailer: Line, items: pl.DataFrame, fundings: pl.DataFrame, findings: Findings
) -> list[ControlTotal]:
    """Return the numbers and sums that an L record declares, beside those of the records.

    P11KFUN: number and sum of items, number and sum of fundings. P11KREC: number of transactions,
    sum of credits, sum of debits. A sum of several currencies is not compared.
    """
    is_funded = fundings.height > 0 or bool(items["is_funded"].any())
    amounts = items["amount_minor"].cast(pl.Int128)
    paid = fundings["amount_minor"] if fundings.height else amounts.clear()
    totals = [_count(trailer, 1, "items", items.height, findings)]
    if is_funded:
        totals += [
            _sum(trailer, 2, "sum of items", items, amounts, findings),
            _count(trailer, 3, "fundings", fundings.height, findings),
            _sum(trailer, 4, "sum of fundings", fundings, paid, findings),
        ]
    else:
        totals += [
            _sum(trailer, 2, "sum of credits", items, amounts.filter(amounts > 0), findings),
            _sum(trailer, 3, "sum of debits", items, amounts.filter(amounts < 0), findings),
        ]
    return [one for one in totals if one is not None]


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
    rows: pl.DataFrame,
    amounts: pl.Series,
    findings: Findings,
) -> ControlTotal | None:
    if rows.is_empty() or rows["currency"].n_unique() != 1:
        return None
    currency, exponent = rows["currency"][0], int(rows["exponent"][0])
    try:
        declared = parse_minor(_text(trailer, place), currency, exponent=exponent)
    except AmountUnreadable:
        _unreadable(trailer, name, _text(trailer, place), findings)
        return None
    return check_total(
        findings,
        name,
        declared,
        _total(amounts, declared),
        currency=currency,
        exponent=exponent,
        hint=_HINT,
        code="control_total_differs",
        byte_offset=trailer.byte_start,
    )


def _total(amounts: pl.Series, declared: int) -> int:
    """Return the sum with the sign that the trailer writes: debits may stand unsigned."""
    total = int(amounts.cast(pl.Int128).sum() or 0)
    return -total if declared > 0 and amounts.len() and bool((amounts < 0).all()) else total


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
