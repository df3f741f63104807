"""Footers against bodies: totals and balances per section and currency, and numbers of rows.

All of them are warnings: files of one report share its totals, so that a total alone never proves
that this file is incomplete.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from parsers.groups import Groups, Query
from parsers.outcome import ControlTotal, Findings, Statement
from parsers.payouts import Proof
from parsers.paypal_stl.layout import (
    CLOSING,
    CURRENCY,
    FEE_CREDIT,
    FEE_DEBIT,
    GROSS_CREDIT,
    GROSS_DEBIT,
    OPENING,
)
from parsers.paypal_stl.sections import Section, Special
from parsers.report import Report
from parsers.table import Line
from tieout.money import exponents, format_minor

_WHOLE = re.compile(r"[0-9]{1,18}")
_PLACES = {
    "gross credits": GROSS_CREDIT,
    "gross debits": GROSS_DEBIT,
    "fee credits": FEE_CREDIT,
    "fee debits": FEE_DEBIT,
}
_HINT = "Rows may be missing, or stand in another file of the same report; ask PayPal."


_GROSS, _FEE = (pl.col(name).cast(pl.Int128) for name in ("file_gross", "file_fee"))
_BOOKED = pl.col("is_booked")
_SUMS = Query(
    {
        "gross credits": _GROSS.filter((_GROSS > 0) & _BOOKED).sum(),
        "gross debits": _GROSS.filter((_GROSS < 0) & _BOOKED).sum() * -1,
        "fee credits": _FEE.filter((_FEE > 0) & _BOOKED).sum(),
        "fee debits": _FEE.filter((_FEE < 0) & _BOOKED).sum() * -1,
        "entries": pl.len(),
    }
)


class Footers:
    """What the bodies come to, per section and currency, beside what the footers declare.

    Needs section, currency, is_booked, file_gross and file_fee (the file's own signs).
    """

    def __init__(self, special: Special) -> None:
        self._special = special
        self._groups = Groups(("section", "currency"), _SUMS)

    def add(self, report: Report) -> None:
        """Add the rows of a piece."""
        self._groups.add(report.rows)

    def prove(self, findings: Findings) -> Proof:
        """Return statements and controls; warn where a footer is not what its rows come to."""
        if not self._special.is_named:
            _warn_empty(findings)
            return (), ()
        return _check_footers(self._special, self._groups.rows(), findings)


def _warn_empty(findings: Findings) -> None:
    findings.warn(
        "statement_missing",
        byte_offset=0,
        found="a report without a section body",
        expected="at least one CH row",
        hint="Nothing to reconcile in this file.",
    )


def _check_footers(rows: Special, groups: Sequence[Mapping[str, Any]], findings: Findings) -> Proof:
    """Return a statement per section and currency, and every total that the file declares."""
    checks = _Checks(findings)
    by_section: dict[int, dict[str, Mapping[str, int]]] = {}
    whole: dict[str, Counter[str]] = {}
    for one in groups:
        code = str(one["currency"])
        by_section.setdefault(one["section"], {})[code] = one
        whole.setdefault(code, Counter()).update({name: one[name] for name in _SUMS.sums})
    statements = []
    for number, section in enumerate(rows.sections):
        footers = {_text(one, CURRENCY).upper(): one for one in section.footers}
        body = by_section.get(number, {})
        for code in dict.fromkeys([*body, *(one for one in footers if one in exponents())]):
            found = body.get(code, {})
            statements.append(checks.statement(section, code, footers.get(code), found))
        for line in section.counts:
            checks.count("rows of the section (SC)", line, section.height)
    for line in rows.totals:
        code = _text(line, CURRENCY).upper()
        if code in exponents():
            checks.sums("report", code, line, whole.get(code, {}))
    for name, line in rows.counts:
        what = "rows of the report (RC)" if name == "RC" else "rows of the file (FF)"
        checks.count(what, line, sum(one["entries"] for one in groups))
    if not rows.counts:
        checks.no_footer("no RC and no FF row")
    elif "FH" in rows.opened and all(name != "FF" for name, _ in rows.counts):
        checks.no_footer("no FF row for the FH row")
    return tuple(statements), tuple(checks.totals)


class _Checks:
    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.totals: list[ControlTotal] = []

    def statement(
        self, section: Section, code: str, footer: Line | None, found: Mapping[str, int]
    ) -> Statement:
        """Return one currency of one section, compared with its footer."""
        signs = {"gross credits": 1, "gross debits": -1, "fee credits": 1, "fee debits": -1}
        net = sum(sign * found.get(name, 0) for name, sign in signs.items())
        opening = closing = consistent = None
        if footer is not None:
            self.sums("section", code, footer, found)
            opening, closing = _balance(footer, OPENING), _balance(footer, CLOSING)
        elif section.footers:
            # A currency that the account does not hold has no footer: all of it was exchanged.
            name = f"net of {code}, which has no footer"
            self._compare(name, section.footers[-1], _money(0, code), _money(net, code))
        if footer is not None and opening is not None and closing is not None:
            consistent = opening + net == closing
            name = f"closing balance {code}"
            self._compare(name, footer, _money(closing, code), _money(opening + net, code))
        header = section.header
        return Statement(
            account=_text(header, 3) or None,
            reference=None,
            currency=code,
            opening_minor=opening,
            closing_minor=closing,
            net_minor=net,
            entries=found.get("entries", 0),
            consistent=consistent,
            opening_date=_text(header, 1)[:10].replace("/", "-") or None,
            closing_date=_text(header, 2)[:10].replace("/", "-") or None,
        )

    def sums(self, what: str, code: str, line: Line, found: Mapping[str, int]) -> None:
        """Compare the four totals of a footer."""
        for name, place in _PLACES.items():
            text = _text(line, place)
            if _WHOLE.fullmatch(text):
                declared, computed = _money(int(text), code), _money(found.get(name, 0), code)
                self._compare(f"{name} of the {what} {code}", line, declared, computed)

    def count(self, name: str, line: Line, computed: int) -> None:
        """Compare a number of rows."""
        text = _text(line, 1)
        if _WHOLE.fullmatch(text):
            self._compare(name, line, str(int(text)), str(computed))
            return
        self.findings.warn(
            "control_total_blank",
            line=line.line,
            byte_offset=line.byte_start,
            record=line.fields[0],
            field=name,
            found=repr(text) if text else "nothing",
            expected="a number of rows",
            hint="The row may have been cut off; fetch the file again if you doubt it.",
        )

    def no_footer(self, found: str) -> None:
        """Say that nothing tells where the file ends."""
        self.findings.warn(
            "trailer_missing",
            found=found,
            expected="the number of rows of report and file",
            hint="Whether the file is whole cannot be known; fetch it again if you doubt it.",
        )

    def _compare(self, name: str, line: Line, declared: str, computed: str) -> None:
        self.totals.append(ControlTotal(name, declared, computed, declared == computed))
        if declared != computed:
            self.findings.warn(
                "control_total_differs",
                line=line.line,
                byte_offset=line.byte_start,
                record=line.fields[0],
                field=name,
                found=f"declared {declared}, computed {computed}",
                declared=str(declared),
                computed=str(computed),
                expected="equal figures",
                hint=_HINT,
            )


def _text(line: Line | None, place: int) -> str:
    return line.fields[place].strip() if line and place < len(line.fields) else ""


def _money(minor: int, code: str) -> str:
    return format_minor(minor, code, exponent=exponents()[code])


def _balance(line: Line, places: tuple[int, int]) -> int | None:
    mark, text = _text(line, places[0]).upper(), _text(line, places[1])
    if mark not in ("CR", "DR") or not _WHOLE.fullmatch(text):
        return None
    return int(text) if mark == "CR" else -int(text)
