"""VSS reports to lines: what is settled, its parts beside it, everything cross-footed."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines
from parsers.outcome import ControlTotal, Draft, Findings, Statement
from parsers.visa_ep747 import layout
from parsers.visa_ep747.reports import Report, ReportReader, Row
from tieout.frames.settlement import empty_lines
from tieout.money import exponent_of, format_minor

_SCHEMA = {
    "record_no": pl.Int64(),
    "byte_start": pl.Int64(),
    "byte_length": pl.Int64(),
    "statement_no": pl.Int32(),
    "account": pl.String(),
    "batch_ref": pl.String(),
    "business_date": pl.Date(),
    "booking_date": pl.Date(),
    "kind": pl.String(),
    "is_booked": pl.Boolean(),
    "currency": pl.String(),
    "exponent": pl.Int8(),
    "amount_minor": pl.Int64(),
    "narrative": pl.String(),
}
_Identity = tuple[str, str | None, date | None]


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of the settlement summaries of a bundle."""
    reports = ReportReader(findings).read(source.data)
    if not reports:
        findings.refuse(
            "header_missing",
            byte_offset=0,
            found="no head of a report",
            expected="REPORT ID: VSS-110 and the lines below it",
            hint="Is this a bundle of VSS reports, and complete from its first byte?",
        )
    if findings.refused:
        return Draft(empty_lines(), len(reports))
    summaries = [one for one in reports if one.name == layout.SUMMARY and not one.is_empty]
    checks = _Checks(findings)
    statements = [checks.check(one) for one in summaries]
    checks.compare_recaps(summaries, [one for one in reports if one.name == layout.RECAP])
    if findings.refused:
        return Draft(empty_lines(), len(reports), (), tuple(checks.totals))
    rows = list(_lines(summaries))
    if not rows:
        return Draft(empty_lines(), len(reports), tuple(statements), tuple(checks.totals))
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    lines = build_lines(frame, sha256=source.sha256, feed=source.feed)
    return Draft(lines, len(reports), tuple(statements), tuple(checks.totals))


def _identity(report: Report) -> _Identity:
    return report.fields.get("entity", ""), report.currency, _day(report)


def _day(report: Report) -> date | None:
    return report.day("reported_on") or report.day("processed_on")


def _lines(summaries: list[Report]) -> Iterator[tuple[object, ...]]:
    """Yield the lines of the summaries, in the order of _SCHEMA.

    A net is booked where no report of the bundle includes it: the one of the entity that its
    report rolls up to, or of the one that transfers the funds.
    """
    known = {_identity(one) for one in summaries}
    count = 0
    for number, report in enumerate(summaries):
        entity, currency, day = _identity(report)
        above = {report.fields.get("rollup"), report.fields.get("funds")} - {entity, None}
        is_included = any((one, currency, day) in known for one in above)
        for row in report.rows.values():
            count += 1
            is_net = row.key == "T9"
            yield (
                count,
                row.byte_start,
                row.byte_length,
                number,
                entity or None,
                f"{report.name}-{entity}-{day}",
                day,
                report.day("processed_on"),
                "payout" if is_net else "fee" if row.key[0] in "FC" else "balance",
                is_net and not is_included,
                currency,
                exponent_of(currency or ""),
                row.net,
                f"{report.name} {row.key}",
            )


class _Checks:
    """Holds reports against themselves and each other; what differs is a warning."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.totals: list[ControlTotal] = []

    def check(self, report: Report) -> Statement:
        """Return what a summary says, cross-footed; refuse one without date or net."""
        entity, currency, day = _identity(report)
        if day is None or "T9" not in report.rows or currency is None:
            self._refuse_incomplete(report)
        rows = report.rows
        before = len(self.findings.kept)
        for row in rows.values():
            self._compare(report, row, f"{row.key} total", row.net, row.credit - row.debit)
        for kind in "IFCT":
            parts = [rows[kind + mode] for mode in "123" if kind + mode in rows]
            self._foot(report, rows.get(f"{kind}9"), parts)
        for mode in "1239":
            parts = [rows[kind + mode] for kind in "IFC" if kind + mode in rows]
            self._foot(report, rows.get(f"T{mode}"), parts, counts=False)
        net = rows["T9"].net if "T9" in rows else 0
        return Statement(
            account=entity or None,
            reference=f"{report.name}-{entity}-{day}",
            currency=currency,
            opening_minor=None,
            closing_minor=None,
            net_minor=net,
            entries=len(rows),
            consistent=len(self.findings.kept) == before,
            closing_date=day.isoformat() if day else None,
        )

    def _foot(
        self, report: Report, total: Row | None, parts: list[Row], *, counts: bool = True
    ) -> None:
        if total is None or not parts:
            return
        for name in ("credit", "debit", "net"):
            computed = sum(getattr(one, name) for one in parts)
            self._compare(report, total, f"{total.key} {name}", getattr(total, name), computed)
        if counts and total.count is not None:
            computed = sum(one.count or 0 for one in parts)
            self._compare(report, total, f"{total.key} count", total.count, computed, minor=False)

    def _compare(
        self,
        report: Report,
        row: Row,
        what: str,
        declared: int,
        computed: int,
        *,
        minor: bool = True,
    ) -> None:
        currency = report.currency
        texts = [
            format_minor(one, currency) if minor and currency else str(one)
            for one in (declared, computed)
        ]
        name = f"{what} of {report.name} for {report.fields.get('entity', 'nobody')}"
        self.totals.append(ControlTotal(name, texts[0], texts[1], declared == computed))
        if declared != computed:
            self.findings.differs(
                "control_total_differs",
                declared=texts[0],
                computed=texts[1],
                severity="warning",
                line=row.line,
                byte_offset=row.byte_start,
                record=report.name,
                field=name,
                hint="Printed totals are not always right: ask Visa which figure counts.",
            )

    def compare_recaps(self, summaries: list[Report], recaps: list[Report]) -> None:
        """Compare the final net of each VSS-115 with the VSS-110 of the same entity."""
        nets = {_identity(one): one.rows["T9"].net for one in summaries if "T9" in one.rows}
        for one in recaps:
            row, net = one.rows.get(layout.RECAP_NET), nets.get(_identity(one))
            if row is not None and net is not None:
                self._compare(one, row, "final net against VSS-110", row.net, net)

    def _refuse_incomplete(self, report: Report) -> None:
        self.findings.refuse(
            "settlement_unreadable",
            line=report.line,
            byte_offset=report.byte_start,
            record=report.name,
            found=f"rows {', '.join(report.rows) or 'none'}, fields {', '.join(report.fields)}",
            expected="a report date, a settlement currency and a NET SETTLEMENT AMOUNT",
            hint="Ask the sender for the report in its original form.",
        )
