"""What a processor pays out, beside the rows that it pays: statements and controls per batch.

Shared by the processor formats. A payout whose rows do not add up to it is a warning: rows may
stand in the report of another day, and their money must be reconciled all the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import polars as pl

from parsers.contract import Batches, Source
from parsers.groups import Groups, Query
from parsers.lines import build_lines
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from parsers.report import Report, check_total, read_pieces
from parsers.table import Table
from tieout.frames.settlement import LINE_SCHEMA, empty_lines

Proof = tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]
"""What a report says of its batches, and the controls in it."""

KEYS = ("account", "batch_ref", "currency")
_HINT = "Rows of the payout are missing, or stand in the report of another day."


class Sums(Protocol):
    """What is added up over the pieces of a report, and said of it at its end."""

    def add(self, report: Report) -> None:
        """Add the rows of a piece; give them their `statement_no`."""

    def prove(self, findings: Findings) -> Proof:
        """Return statements and controls; tell `findings` of what differs."""


def stream(
    source: Source,
    findings: Findings,
    tables: Iterable[Table],
    read: Callable[[Report], None],
    sums: Sums,
) -> Batches:
    """Yield the lines of a report, piece by piece.

    Args:
        source: the report.
        findings: what is wrong with its shape and, where that is right, with its values.
        tables: its rows; they end before the last where the shape is wrong.
        read: fills the columns of a line, from the texts of a piece.
        sums: what its rows come to.
    """
    values = Findings(findings.decided)
    report, records, is_read = None, 0, False
    for table in tables:
        records, is_read = records + table.cells.height, table.is_last
        if table.cells.is_empty():
            continue
        if report is None:
            report = Report(table.cells, values)
        else:
            report.turn(table.cells)
        read(report)
        if not values.refused:
            sums.add(report)
            yield lines_of(report, source)
    if not is_read:  # a report whose shape is wrong has no rows
        return Draft(empty_lines(), records=0)
    if report is not None:
        report.complaints.in_order()
    statements, totals = ((), ()) if values.refused else sums.prove(values)
    findings.extend(values)
    return Draft(empty_lines(), records, statements, totals)


def stream_table(
    source: Source,
    findings: Findings,
    needed: Sequence[str],
    read: Callable[[Report], None],
    sums: Sums,
) -> Batches:
    """Yield the lines of a report whose first row names its columns; `needed` must be there."""
    draft = yield from stream(source, findings, read_pieces(source, needed, findings), read, sums)
    warn_at_end(draft, source, findings)
    return draft


def lines_of(report: Report, source: Source) -> pl.DataFrame:
    """Return the rows of a report as lines."""
    columns = [name for name in report.rows.columns if name in LINE_SCHEMA]
    return build_lines(report.rows.select(columns), sha256=source.sha256, feed=source.feed)


def draft_of(
    report: Report,
    source: Source,
    *,
    records: int | None = None,
    statements: tuple[Statement, ...] = (),
    totals: tuple[ControlTotal, ...] = (),
) -> Draft:
    """Return the rows of a report as lines; `records` where the file has more of them."""
    frame = lines_of(report, source)
    if frame.is_empty():
        warn_no_rows(report.findings)
    return Draft(frame, frame.height if records is None else records, statements, totals)


def warn_no_rows(findings: Findings) -> None:
    """Say that a report has no row of money: an empty day, or a report that was cut off."""
    findings.warn(
        "no_data",
        byte_offset=0,
        found="a report without a row below its names",
        expected="at least one row",
        hint="Nothing to reconcile in this file; ask the sender whether the day was empty.",
    )


_PAID = pl.col("kind") == "payout"
_BOOKED = pl.col("is_booked")
_NET = pl.coalesce("net_minor", "amount_minor").cast(pl.Int128)
_SUMS = Query(
    {
        "net": _NET.filter(~_PAID & _BOOKED).sum(),
        "paid": _NET.filter(_PAID & _BOOKED).sum(),
        "payouts": (_PAID & _BOOKED).sum(),
        "itemised": (~_PAID & _BOOKED).sum(),
        "entries": (~_PAID).sum(),
    },
    {
        "paid_at": pl.col("byte_start").filter(_PAID).first(),
        "exponent": pl.col("exponent").first(),
    },
)
_STATED = pl.col("net_minor").cast(pl.Int128)
_ALL = Query({"net": _STATED.sum(), "entries": pl.len()})
_UNPAID = Query({"net": _STATED.filter(~_PAID).sum(), "entries": (~_PAID).sum()})


class Payouts:
    """One statement per account, batch and currency; a control where its payout is there.

    Needs account, batch_ref, currency, exponent, kind, is_booked and amounts (a payout's net is
    what reaches us). The statement's net is that of the booked rows which the payout pays.
    """

    def __init__(self, keys: Sequence[str] = KEYS) -> None:
        self._groups = Groups(keys, _SUMS)

    def add(self, report: Report) -> None:
        """Add the rows of a piece; give them their `statement_no`."""
        report.add(self._groups.add(report.rows))

    def prove(self, findings: Findings) -> Proof:
        """Return statements and controls; warn where a payout is not what its rows come to."""
        statements, totals = [], []
        for row in self._groups.rows():
            is_compared = row["batch_ref"] is not None and row["payouts"] and row["itemised"]
            agrees = row["net"] == row["paid"] if is_compared else None
            statements.append(batch_statement(row, agrees=agrees))
            if is_compared:
                totals.append(
                    check_total(
                        findings,
                        f"payout {row['batch_ref']} {row['currency']}",
                        row["paid"],
                        row["net"],
                        currency=row["currency"],
                        exponent=row["exponent"],
                        byte_offset=row["paid_at"],
                        hint=_HINT,
                    )
                )
        return tuple(statements), tuple(totals)


class Periods:
    """One statement per account, batch and currency: what its rows come to, payouts or not.

    Nothing in the report says whether that is right. Needs net_minor of every row.
    """

    def __init__(self, *, with_payouts: bool) -> None:
        self._groups = Groups(KEYS, _ALL if with_payouts else _UNPAID)

    def add(self, report: Report) -> None:
        """Add the rows of a piece; give them their `statement_no`."""
        report.add(self._groups.add(report.rows))

    def prove(self, _findings: Findings) -> Proof:
        """Return the statements."""
        return tuple(batch_statement(row) for row in self._groups.rows()), ()


def warn_at_end(draft: Draft, source: Source, findings: Findings) -> None:
    """Say of a report without a trailer that it has no row, or no line end after the last.

    The line end that is not there is the only trace of a cut in the last field.
    """
    if findings.refused:
        return
    if not draft.records:
        warn_no_rows(findings)
        return
    size = len(source.raw)
    if source.raw[size - 1 : size] not in (b"\n", b"\r"):
        findings.warn(
            "end_mark_missing",
            byte_offset=size,
            found="a last row without a line end",
            expected="a line end after every row, as the sender writes them",
            hint="The last field may have been cut off: compare it, or fetch the file again.",
        )


def prove_payouts(report: Report, findings: Findings) -> Proof:
    """Return what `Payouts` says of a report that is read at once."""
    payouts = Payouts()
    payouts.add(report)
    return payouts.prove(findings)


def batch_statement(row: Mapping[str, Any], *, agrees: bool | None = None) -> Statement:
    """Return the statement of a batch or period, which a processor opens and closes with nothing.

    Args:
        row: account (if there is one), batch_ref, currency, net (minor units) and entries.
        agrees: whether its rows come to what was paid for them; None where nothing says so.
    """
    return Statement(
        account=row.get("account"),
        reference=row["batch_ref"],
        currency=row["currency"],
        opening_minor=None,
        closing_minor=None,
        net_minor=row["net"],
        entries=row["entries"],
        consistent=agrees,
    )


def check_count(
    findings: Findings, name: str, declared: int, computed: int, *, byte_offset: int, hint: str
) -> ControlTotal:
    """Return the control of a number of rows; where both differ, warn."""
    total = ControlTotal(name, str(declared), str(computed), declared == computed)
    if not total.agrees:
        findings.differs(
            "control_total_differs",
            declared=declared,
            computed=computed,
            severity="warning",
            byte_offset=byte_offset,
            field=name,
            hint=hint,
        )
    return total
