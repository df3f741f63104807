"""Footers against bodies: totals and balances per section and currency, and numbers of rows.

All of them are warnings: files of one report share its totals, so that a total alone never proves
that this file is incomplete.
"""

import re

import polars as pl

from parsers.outcome import ControlTotal, Findings, Statement
from parsers.paypal_stl.layout import (
    CLOSING,
    CURRENCY,
    FEE_CREDIT,
    FEE_DEBIT,
    GROSS_CREDIT,
    GROSS_DEBIT,
    OPENING,
)
from parsers.paypal_stl.sections import Rows, Section
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


def check_footers(
    rows: Rows, lines: pl.DataFrame, findings: Findings
) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
    """Return a statement per section and currency, and every total that the file declares.

    Args:
        rows: the file by its rows.
        lines: the body; needs section, currency, file_gross and file_fee (the file's own signs).
        findings: where differences are told.
    """
    checks = _Checks(findings)
    by_section: dict[object, dict[str, dict[str, int]]] = {}
    for (place, code), found in _sums(lines, "section", "currency").items():
        by_section.setdefault(place, {})[str(code)] = found
    statements = []
    for number, section in enumerate(rows.sections):
        footers = {_text(one, CURRENCY).upper(): one for one in section.footers}
        body = by_section.get(number, {})
        for code in dict.fromkeys([*body, *(one for one in footers if one in exponents())]):
            found = body.get(code, {})
            statements.append(checks.statement(section, code, footers.get(code), found))
        for line in section.counts:
            checks.count("rows of the section (SC)", line, section.height)
    whole = _sums(lines, "currency")
    for line in rows.totals:
        code = _text(line, CURRENCY).upper()
        if code in exponents():
            checks.sums("report", code, line, whole.get((code,), {}))
    for name, line in rows.counts:
        what = "rows of the report (RC)" if name == "RC" else "rows of the file (FF)"
        checks.count(what, line, lines.height)
    if not rows.counts:
        checks.no_footer()
    return tuple(statements), tuple(checks.totals)


def _sums(lines: pl.DataFrame, *keys: str) -> dict[tuple[object, ...], dict[str, int]]:
    gross, fee = (pl.col(name).cast(pl.Int128) for name in ("file_gross", "file_fee"))
    booked = pl.col("is_booked")
    groups = lines.group_by(*keys, maintain_order=True).agg(
        gross.filter((gross > 0) & booked).sum().alias("gross credits"),
        (gross.filter((gross < 0) & booked).sum() * -1).alias("gross debits"),
        fee.filter((fee > 0) & booked).sum().alias("fee credits"),
        (fee.filter((fee < 0) & booked).sum() * -1).alias("fee debits"),
        pl.len().alias("entries"),
    )
    return {
        tuple(row[key] for key in keys): {name: int(row[name]) for name in (*_PLACES, "entries")}
        for row in groups.iter_rows(named=True)
    }


class _Checks:
    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.totals: list[ControlTotal] = []

    def statement(
        self, section: Section, code: str, footer: Line | None, found: dict[str, int]
    ) -> Statement:
        """Return one currency of one section, compared with its footer."""
        signs = {"gross credits": 1, "gross debits": -1, "fee credits": 1, "fee debits": -1}
        net = sum(sign * found.get(name, 0) for name, sign in signs.items())
        opening = closing = consistent = None
        if footer is not None:
            self.sums("section", code, footer, found)
            opening, closing = _balance(footer, OPENING), _balance(footer, CLOSING)
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

    def sums(self, what: str, code: str, line: Line, found: dict[str, int]) -> None:
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

    def no_footer(self) -> None:
        """Say that nothing tells where the file ends."""
        self.findings.warn(
            "trailer_missing",
            found="no RC and no FF row",
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
