"""T140 reports to lines: what was cleared, by function, and what the day settles."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import polars as pl

from parsers.contract import Source
from parsers.lines import build_lines
from parsers.mastercard_t140 import layout
from parsers.mastercard_t140.controls import Controls
from parsers.mastercard_t140.pages import Pages, Row, read_pages
from parsers.outcome import Draft, Findings, Statement
from parsers.records import TextLine
from tieout.frames.settlement import empty_lines
from tieout.money import exponent_of

_SHOWN = 20
_KINDS = [(re.compile(shape), kind) for shape, kind in layout.KINDS]
_SCHEMA = {
    "record_no": pl.Int64(),
    "byte_start": pl.Int64(),
    "byte_length": pl.Int64(),
    "kind": pl.String(),
    "is_booked": pl.Boolean(),
    "is_reversal": pl.Boolean(),
    "account": pl.String(),
    "currency": pl.String(),
    "exponent": pl.Int8(),
    "amount_minor": pl.Int64(),
    "fee_minor": pl.Int64(),
    "batch_ref": pl.String(),
    "business_date": pl.Date(),
    "booking_date": pl.Date(),
    "narrative": pl.String(),
}


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of a T140 file."""
    pages = read_pages(source.data)
    if not pages.heads or pages.spoilt:
        spoilt = pages.spoilt[0] if pages.spoilt else None
        findings.refuse(
            "page_missing",
            line=spoilt.line if spoilt else None,
            byte_offset=spoilt.byte_start if spoilt else 0,
            found=spoilt.text.strip() if spoilt else "no head of a page",
            expected="1IP727010-AA, 1IP727020-AA or 1IP728010-AA in the first column",
            hint="Is this a T140 report, with its carriage control column?",
        )
        return Draft(empty_lines(), records=0)
    for report, line in pages.odd[:_SHOWN]:
        _report(findings.warn, report, line, "row_unknown", line.text.strip())
    _check_rows(pages, findings)
    controls = Controls(findings)
    if not findings.refused:
        controls.check_subtotals(pages.of(layout.DETAIL, layout.SUBTOTAL))
        controls.check_totals(pages.of(layout.FILE, layout.CYCLE, layout.TOTAL))
        controls.check_day(pages.of(layout.TOTAL), pages.of(layout.DAY))
    _warn_pages(pages, findings)
    rows = pages.of(layout.DETAIL, layout.FILE, layout.DAY)
    records = len(rows) + len(pages.of(layout.CYCLE))
    if not records:
        _warn_empty(pages, findings)
    totals = tuple(controls.totals)
    if findings.refused or not rows:
        return Draft(empty_lines(), records, (), totals)
    lines = [_line(number, row) for number, row in enumerate(rows, 1)]
    frame = pl.DataFrame(lines, schema=_SCHEMA, orient="row")
    frame = build_lines(frame, sha256=source.sha256, feed=source.feed)
    return Draft(frame, records, _statements(rows), totals)


def _line(number: int, row: Row) -> tuple[Any, ...]:
    """Return one line in the order of _SCHEMA."""
    kind, is_booked, is_reversal, narrative = _meaning(row)
    file_id = row.texts.get("file_id") or row.heads.get("file_id")
    return (
        number,
        row.at.byte_start,
        row.at.byte_length,
        kind,
        is_booked,
        is_reversal,
        row.heads.get("member"),
        row.currency,
        exponent_of(row.currency),
        row.minor,
        row.fee_minor if row.fee_currency == row.currency else None,
        None if file_id is None else file_id.replace("/", ""),
        row.day,
        row.day,
        narrative,
    )


def _meaning(row: Row) -> tuple[str, bool, bool, str]:
    """Return kind, whether it is booked, whether it is a reversal, and the narrative of a row."""
    texts = row.texts
    if row.shape == layout.DAY:
        return "payout", True, False, "CLEARING DAY TOTAL"
    if row.shape == layout.FILE:
        what = f"NET OF FILE {row.heads.get('level', '')} {texts['service']}"
        return "balance", False, False, " ".join(what.split())
    return _cleared(*(texts[name] or "" for name in ("function", "process", "side", "ird")))


@lru_cache(maxsize=256)
def _cleared(function: str, process: str, side: str, ird: str) -> tuple[str, bool, bool, str]:
    """Return the same of a row of what was cleared; a day has few different ones."""
    what = f"{function} {process.strip()}"
    kind = next((kind for shape, kind in _KINDS if shape.search(what)), "adjustment")
    is_reversal = side == "RVSL"
    if is_reversal and kind == "sale":
        kind = "reversal"
    return kind, True, is_reversal, " ".join(f"{what} {side} {ird}".split())


def _check_rows(pages: Pages, findings: Findings) -> None:
    bad = [row for row in pages.rows if not row.is_usable]
    for row in bad[:_SHOWN]:
        texts, day = row.texts, row.heads.get("day")
        found = f"{texts['amount']} {texts['mark']} {row.currency}, day {day}"
        _report(findings.refuse, row.report, row.at, "row_unreadable", found)


def _report(add: Any, report: str | None, line: TextLine, code: str, found: str) -> None:
    add(
        code,
        line=line.line,
        byte_offset=line.byte_start,
        record=report,
        found=found,
        expected="an amount with the decimals of its currency, DR or CR, and the page's date",
        hint="Compare the page with the printed report; report its shape if it is genuine.",
    )


def _warn_pages(pages: Pages, findings: Findings) -> None:
    """Say which pages are not read, and that the report may have been cut off."""
    unread = [one for one in pages.heads if one[0] not in layout.REPORTS]
    for report, line in unread[:_SHOWN]:
        findings.warn(
            "type_unknown",
            line=line.line,
            byte_offset=line.byte_start,
            record=report,
            found=f"a page of {report}",
            expected=", ".join(layout.REPORTS),
            hint="Its rows are in no line. Report its shape if it holds money.",
        )
    if not pages.has_end:
        findings.warn(
            "end_mark_missing",
            byte_offset=pages.heads[-1][1].byte_start,
            found="a last page without the end of the report",
            expected=layout.END,
            hint="An extract has none; a whole report may have been cut off.",
        )


def _warn_empty(pages: Pages, findings: Findings) -> None:
    findings.warn(
        "no_data",
        byte_offset=0,
        found=f"{pages.pages_without_data} pages that say {layout.NO_DATA}",
        expected="rows with amounts",
        hint="Nothing was cleared in this cycle, or the report is cut: compare with the next one.",
    )


def _statements(rows: Sequence[Row]) -> tuple[Statement, ...]:
    """Return one statement per member and currency: the sum of what was cleared."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.heads.get("member", ""), row.currency), []).append(row)
    return tuple(
        Statement(
            account=account or None,
            reference=None,
            currency=currency,
            opening_minor=None,
            closing_minor=next((one.minor for one in mine if one.shape == layout.DAY), None),
            net_minor=sum(one.minor or 0 for one in mine if one.shape == layout.DETAIL),
            entries=sum(one.shape == layout.DETAIL for one in mine),
            consistent=None,
        )
        for (account, currency), mine in sorted(groups.items())
    )
