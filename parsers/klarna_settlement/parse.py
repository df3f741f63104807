"""Movements to lines, the totals to a payout; every total is compared with its movements."""

import numpy as np
import polars as pl

from parsers.blocks import Blocks, check_names, names_in, read_blocks
from parsers.contract import Source
from parsers.klarna_settlement.layout import (
    CURRENCIES,
    DATES,
    DEBITS,
    FIRST_COLUMN,
    KINDS,
    MERCHANT,
    NEEDED,
    REFERENCE,
    REVERSALS,
    SETTLEMENT,
)
from parsers.klarna_settlement.totals import check_totals, read_payout
from parsers.outcome import ControlTotal, Draft, Findings
from parsers.payouts import draft_of, prove_payouts
from parsers.report import Report
from tieout.frames.settlement import empty_lines

_HEAD_BYTES = 8192


def looks_like(data: bytes) -> bool:
    """Tell whether one of the first lines names the columns of the movements."""
    for line in data[:_HEAD_BYTES].split(b"\n")[:10]:
        text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        delimiter = max(",;\t", key=text.count)
        names = {one.strip().strip('"') for one in text.strip().split(delimiter)}
        if names.issuperset(NEEDED) and not names.isdisjoint(CURRENCIES):
            return True
    return False


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a settlement report."""
    blocks = read_blocks(source.data, findings)
    if blocks is None:
        return Draft(empty_lines(), records=0)
    head, numbers = blocks.row_of_names(FIRST_COLUMN), np.arange(len(blocks))
    if head is None:
        return Draft(empty_lines(), records=0)
    names = blocks.line(head)
    own = next((one for one in CURRENCIES if one in names_in(names)), CURRENCIES[0])
    if not check_names(names, (*NEEDED, own), findings):
        return Draft(empty_lines(), records=0)
    if not blocks.check_widths(numbers > head, names_in(names), "movement"):
        return Draft(empty_lines(), int((numbers > head).sum()))
    cells = blocks.table(numbers > head, names_in(names), "movement")
    above = _totals_row(blocks, head)
    report = Report(cells, findings)
    _read(report, above)
    if findings.refused:
        return Draft(empty_lines(), cells.height)
    totals: tuple[ControlTotal, ...] = ()
    records = cells.height
    if above is not None and SETTLEMENT in above.columns:
        payout = read_payout(above, report.rows, findings)
        if findings.refused:
            return Draft(empty_lines(), cells.height)
        totals = check_totals(payout, report.rows, findings)
        report.put(value_date=pl.lit(payout["value_date"].first(), dtype=pl.Date))
        columns = [name for name in payout.columns if name in report.rows.columns]
        report.rows = pl.concat([payout.select(columns), report.rows], how="diagonal_relaxed")
        records += 1
    statements, payouts = prove_payouts(report, findings)
    return draft_of(
        report, source, records=records, statements=statements, totals=(*totals, *payouts)
    )


def _totals_row(blocks: Blocks, head: int) -> pl.DataFrame | None:
    """Return the row of totals: the record between both rows of names; None where there is none."""
    if head < 2:
        return None
    mask = np.zeros(len(blocks), dtype=np.bool_)
    mask[head - 1] = True
    return blocks.table(mask, names_in(blocks.line(head - 2)), "totals")


def _above(above: pl.DataFrame | None, names: tuple[str, ...]) -> str | None:
    """Return the first of `names` that the row of totals has."""
    if above is None or above.is_empty():
        return None
    values = [str(above[one][0]).strip() for one in names if one in above.columns]
    return next((one for one in values if one), None)


def _read(report: Report, above: pl.DataFrame | None) -> None:
    report.kind(FIRST_COLUMN, KINDS)
    report.currency("currency", *(one for one in CURRENCIES if one in report.names))
    report.money("written", "amount", needed=True)
    report.day("business_date", *DATES, needed=True)
    if report.findings.refused:
        return
    report.instant("event_at", *DATES)
    reference, merchant = _above(above, REFERENCE), _above(above, MERCHANT)
    report.put(
        _turned(report.rows).alias("amount_minor"),
        account=pl.coalesce(pl.lit(merchant, dtype=pl.String), report.text(*MERCHANT)),
        batch_ref=pl.coalesce(report.text(*REFERENCE), pl.lit(reference, dtype=pl.String)),
        psp_ref=report.text("order_id", "short_order_id"),
        rrn=report.text("capture_id", "refund_id"),
        merchant_ref=report.text("merchant_reference1", "merchant_reference2"),
        narrative=pl.concat_str(
            *(report.text(one) for one in ("type", "detailed_type", "short_order_id")),
            separator=" ",
            ignore_nulls=True,
        ),
    )
    report.put(*_LINE)


def _turned(rows: pl.DataFrame) -> pl.Expr:
    """Return the amounts as written, or turned where the report does not sign what is taken."""
    taken = rows.select(pl.col("written").filter(_IS_DEBIT).cast(pl.Int128).sum()).item()
    return _TURNED if (taken or 0) > 0 else pl.col("written")


_IS_DEBIT = pl.col("word").is_in(DEBITS)
_TURNED = pl.when(_IS_DEBIT).then(-pl.col("written")).otherwise("written")
_LINE = (
    pl.col("amount_minor").alias("net_minor"),
    pl.col("currency:exponent").alias("exponent"),
    pl.lit(value=True).alias("is_booked"),
    pl.col("word").is_in(REVERSALS).alias("is_reversal"),
    pl.col("business_date").alias("booking_date"),
)
