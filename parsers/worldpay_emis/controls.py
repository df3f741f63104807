"""The totals of file, company and outlet headers against the transactions below them.

A number that differs is a refusal: records are missing. A sum that differs is a warning: sums run
over values of several currencies, and which of them count is not published.
"""

from typing import Any

import polars as pl

from parsers.outcome import ControlTotal, Findings, Statement
from parsers.payouts import batch_statement
from parsers.worldpay_emis.layout import COUNT_WIDTH, SUM_WIDTH, TOTALS, TOTALS_AT

_LEVELS = {"00": "file_no", "05": "company_no", "10": "outlet_no"}
_WHAT = {"00": "file", "05": "company", "10": "outlet"}
_BELOW = {"00": ("05", "companies"), "05": ("10", "outlets")}
_HINT = "Records may be missing, or a header counts others; ask Worldpay."


def prove_totals(
    lines: pl.DataFrame, rows: pl.DataFrame, findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    """Return a statement per outlet and currency, and every total that a header declares.

    Args:
        lines: all records; needs text, code, byte_start and the numbers of the levels.
        rows: the transactions; needs status, amount_minor, currency and those numbers.
        findings: where differences are told.
    """
    totals: list[ControlTotal] = []
    for code, level in _LEVELS.items():
        sums, numbers = _sums(rows, level), _numbers(lines, code)
        for header in lines.filter(pl.col("code") == code).iter_rows(named=True):
            found = sums.get(header[level], {})
            totals += _compare(header, found, findings)
            if code in _BELOW:
                totals.append(_compare_number(header, numbers, findings))
    return _statements(rows), tuple(totals)


def _sums(rows: pl.DataFrame, level: str) -> dict[int, dict[str, int]]:
    amount = pl.col("amount_minor").cast(pl.Int128)
    chosen = {
        name: (pl.col("status") == status) & (amount >= 0 if sign > 0 else amount < 0)
        for name, status, sign in TOTALS
    }
    groups = rows.group_by(level, maintain_order=True).agg(
        *(amount.filter(mask).abs().sum().alias(name) for name, mask in chosen.items()),
        *(mask.sum().alias(f"number of {name}") for name, mask in chosen.items()),
    )
    return {one[level]: one for one in groups.iter_rows(named=True)}


def _compare(
    header: dict[str, Any], found: dict[str, int], findings: Findings
) -> list[ControlTotal]:
    text, code = header["text"], header["code"]
    names = [name for name, _, _ in TOTALS]
    widths = [(name, SUM_WIDTH) for name in names]
    widths += [(f"number of {name}", COUNT_WIDTH) for name in names]
    place, totals = TOTALS_AT[code] - 1, []
    for name, width in widths:
        declared = text[place : place + width]
        place += width
        what = f"{name} of {_WHAT[code]} {text[10:23].strip()}"
        totals.append(_total(what, declared, found.get(name, 0), header, findings))
    # What is zero on both sides says nothing; leave those out.
    return [one for one in totals if (one.declared, one.computed) != ("0", "0")]


def _numbers(lines: pl.DataFrame, code: str) -> dict[int, int]:
    """Return how many headers of the next level stand below each header of this one."""
    if code not in _BELOW:
        return {}
    level = _LEVELS[code]
    below = lines.filter(pl.col("code") == _BELOW[code][0])
    counts = below.group_by(level, maintain_order=True).len()
    return {int(number): int(count) for number, count in counts.iter_rows()}


def _compare_number(
    header: dict[str, Any], numbers: dict[int, int], findings: Findings
) -> ControlTotal:
    code, text = header["code"], header["text"]
    name = f"{_BELOW[code][1]} of {_WHAT[code]} {text[10:23].strip()}"
    return _total(name, text[23:30], numbers.get(header[_LEVELS[code]], 0), header, findings)


def _total(
    name: str, text: str, computed: int, header: dict[str, Any], findings: Findings
) -> ControlTotal:
    declared = str(int(text)) if text.isascii() and text.isdigit() else repr(text)
    total = ControlTotal(name, declared, str(computed), declared == str(computed))
    if not total.agrees:
        is_number = name.startswith(("number", "companies", "outlets"))
        findings.differs(
            "control_total_differs",
            declared=declared,
            computed=computed,
            severity="refusal" if is_number else "warning",
            line=header["line"],
            byte_offset=header["byte_start"],
            record=header["code"],
            field=name,
            hint=_HINT,
        )
    return total


def _statements(rows: pl.DataFrame) -> tuple[Statement, ...]:
    keys = ("outlet_no", "account", "merchant_id", "batch_ref", "currency")
    groups = rows.group_by(keys, maintain_order=True).agg(
        pl.col("amount_minor").filter("is_booked").cast(pl.Int128).sum().alias("net"),
        pl.len().alias("entries"),
    )
    return tuple(
        batch_statement(row | {"account": row["merchant_id"]})
        for row in groups.iter_rows(named=True)
    )
