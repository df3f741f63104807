"""Movements to lines, the totals to a payout; every total is compared with its movements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from parsers.blocks import Blocks, check_names, names_in, read_blocks
from parsers.contract import Batches, Source
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
from parsers.klarna_settlement.totals import OWN, PAYOUT, Words, read_payout
from parsers.outcome import Draft, Findings
from parsers.payouts import Payouts, lines_of, warn_no_rows
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


def parse(source: Source, findings: Findings) -> Batches:
    """Yield the lines of a settlement report."""
    blocks = read_blocks(source.data, findings)
    if blocks is None:
        return Draft(empty_lines(), records=0)
    head = blocks.row_of_names(FIRST_COLUMN)
    if head is None:
        return Draft(empty_lines(), records=0)
    names = blocks.line(head)
    own = next((one for one in CURRENCIES if one in names_in(names)), CURRENCIES[0])
    if not check_names(names, (*NEEDED, own), findings):
        return Draft(empty_lines(), records=0)
    is_movement = np.arange(len(blocks)) > head
    if not blocks.check_widths(is_movement, names_in(names), "movement"):
        return Draft(empty_lines(), int(is_movement.sum()))
    movements = _Movements(blocks, head, source.batch_bytes)
    return (yield from _report(movements, _totals_row(blocks, head), source, findings))


def _report(
    movements: "_Movements", above: pl.DataFrame | None, source: Source, findings: Findings
) -> Batches:
    """Yield the payout and its movements."""
    survey = movements.survey(above, findings)
    if findings.refused:
        return Draft(empty_lines(), movements.count)
    payout = None
    if above is not None and SETTLEMENT in above.columns:
        payout = read_payout(above, survey.first, survey.last_day, findings)
        if findings.refused:
            return Draft(empty_lines(), movements.count)
    payouts, sums = Payouts(), Words()
    if payout is not None:
        yield _lines(payout.select(PAYOUT), payouts, source)
    for rows in movements.rows(survey, above):
        sums.add(rows)
        paid_on = None if payout is None else payout["value_date"][0]
        paid = pl.Series("value_date", [paid_on], dtype=pl.Date).new_from_index(0, rows.height)
        yield _lines(rows.with_columns(paid), payouts, source)
    totals = () if payout is None else sums.check_totals(payout, findings)
    statements, proved = payouts.prove(findings)
    records = movements.count + (payout is not None)
    if not records:
        warn_no_rows(findings)
    return Draft(empty_lines(), records, statements, (*totals, *proved))


def _lines(rows: pl.DataFrame, payouts: Payouts, source: Source) -> pl.DataFrame:
    report = Report(rows, Findings())
    payouts.add(report)
    return lines_of(report, source)


@dataclass(frozen=True)
class _Survey:
    """What has to be known of all movements before one is written.

    Attributes:
        first: currency, account and batch of the first one; empty without any.
        last_day: of them all.
        is_turned: whether the report does not sign what is taken.
        only: the movements themselves, where they fit into one run.
    """

    first: Mapping[str, str | None]
    last_day: date | None
    is_turned: bool
    only: pl.DataFrame | None


class _Movements:
    """The movements of a report, read in runs: once where there is one, else twice."""

    def __init__(self, blocks: Blocks, head: int, size: int) -> None:
        self._blocks, self._head = blocks, head
        self._names = names_in(blocks.line(head))
        self._parts = [part for part in blocks.parts(size) if part.stop > head + 1]
        self.count = len(blocks) - head - 1

    def survey(self, above: pl.DataFrame | None, findings: Findings) -> _Survey:
        """Return what is to be known; refuse what cannot be read."""
        first: dict[str, str | None] = {}
        last_day: date | None = None
        taken, rows = 0, None
        for rows in self._read(above, findings):
            if findings.refused or rows.is_empty():
                continue
            first = first or {name: rows[name][0] for name in OWN}
            newest, debits = rows.select(_NEWEST, _TAKEN).row(0)
            last_day = newest if last_day is None else max(last_day, newest)
            taken += debits or 0
        only = rows if len(self._parts) == 1 else None
        return _Survey(first, last_day, taken > 0, only)

    def rows(self, survey: _Survey, above: pl.DataFrame | None) -> Iterator[pl.DataFrame]:
        """Yield the movements with all columns of a line."""
        signed = (_TURNED if survey.is_turned else pl.col("written")).alias("amount_minor")
        every = [survey.only] if survey.only is not None else self._read(above, Findings())
        for rows in every:
            if not rows.is_empty():
                yield rows.with_columns(signed).with_columns(_LINE)

    def _read(self, above: pl.DataFrame | None, findings: Findings) -> Iterator[pl.DataFrame]:
        report = None
        for part in self._parts:
            mask = np.zeros(len(self._blocks), dtype=np.bool_)
            mask[max(part.start, self._head + 1) : part.stop] = True
            cells = self._blocks.table(mask, self._names, "movement")
            if report is None:
                report = Report(cells, findings)
            else:
                report.turn(cells)
            _read(report, above)
            yield report.rows
        if report is not None:
            report.complaints.in_order()


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


_IS_DEBIT = pl.col("word").is_in(DEBITS)
_NEWEST = pl.col("business_date").max()
_TAKEN = pl.col("written").filter(_IS_DEBIT).cast(pl.Int128).sum()
_TURNED = pl.when(_IS_DEBIT).then(-pl.col("written")).otherwise("written")
_LINE = (
    pl.col("amount_minor").alias("net_minor"),
    pl.col("currency:exponent").alias("exponent"),
    pl.lit(value=True).alias("is_booked"),
    pl.col("word").is_in(REVERSALS).alias("is_reversal"),
    pl.col("business_date").alias("booking_date"),
)
