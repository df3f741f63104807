"""Lines of text to reports: what each page says about itself, and the rows of figures on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from parsers.outcome import Findings
from parsers.visa_ep747 import layout
from tieout.errors import Permanent
from tieout.money import alpha_of, currency_of, parse_minor

_HINT = "Ask the sender for the report in its original form."
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row of figures in minor units, `net` with CR positive; where it stands in the file."""

    key: str
    count: int | None
    credit: int
    debit: int
    net: int
    line: int
    byte_start: int
    byte_length: int


@dataclass(slots=True)
class Report:
    """One report, over all of its pages."""

    name: str
    line: int
    byte_start: int
    fields: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    section: str = ""
    is_empty: bool = False
    is_ended: bool = False
    is_refused: bool = False

    @property
    def currency(self) -> str | None:
        """The settlement currency as an alphabetic code; None where it is unknown."""
        text = self.fields.get("currency", "")
        try:
            return alpha_of(text) if text.isascii() and text.isdigit() else currency_of(text).code
        except Permanent:
            return None

    def day(self, name: str) -> date | None:
        """Return a date written DDMMMYY; None where there is none."""
        text = self.fields.get(name, "")
        if len(text) != 7 or not (text[:2] + text[5:]).isdecimal() or not text.isascii():
            return None
        try:
            return date(2000 + int(text[5:]), layout.MONTHS.get(text[2:5], 0), int(text[:2]))
        except ValueError:
            return None


class ReportReader:
    """Reads the lines of a bundle one after the other."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.reports: list[Report] = []

    def read(self, data: bytes) -> list[Report]:
        """Return the reports of a bundle; refuse reports that do not end."""
        for number, start, text in _lines(data):
            self._read_line(number, start, text)
        for one in self.reports:
            if not one.is_ended:
                self._refuse(one, "page_missing", f"no end of {one.name}", "*** END OF ... ***")
        return self.reports

    def _read_line(self, number: int, start: int, text: str) -> None:
        found = layout.REPORT.search(text) if "REPORT ID:" in text else None
        if found:
            self._open(found[1], number, start)
        if not self.reports or self.reports[-1].is_ended:
            if text.strip() and not found:
                self._warn_outside(number, start, text)
            return
        report = self.reports[-1]
        ended = layout.END.search(text) if "***" in text else None
        if ended:
            report.is_ended = ended[1] == report.name
        elif "***" in text and layout.NO_DATA.search(text):
            report.is_empty = True
        elif text:
            if ":" in text:
                self._read_fields(report, text)
            self._read_figures(report, number, start, text)

    def _read_fields(self, report: Report, text: str) -> None:
        for name, pattern in layout.FIELDS.items():
            value = pattern.search(text)
            if value:
                report.fields.setdefault(name, value[1])

    def _open(self, name: str, number: int, start: int) -> None:
        """Begin a report, or go on with the one whose next page this is."""
        last = self.reports[-1] if self.reports else None
        if last is None or last.is_ended or last.name != name:
            self.reports.append(Report(name, number, start))

    def _read_figures(self, report: Report, number: int, start: int, text: str) -> None:
        label = text.strip()
        if report.name == layout.SUMMARY and label in layout.SECTIONS:
            report.section = layout.SECTIONS[label]
            return
        found = layout.ROW.match(text)
        if found is None:
            return
        key = _key_of(report, " ".join(found[1].split()))
        if key is None:
            return
        currency = report.currency
        if currency is None:
            self._refuse_currency(report)
            return
        row = _row(key, found[2], currency, (number, start, len(text.rstrip())))
        if row is None:
            self._refuse(report, "total_unreadable", label, "credit, debit and total, CR or DB")
        elif key in report.rows:
            self._refuse(report, "record_order", f"{label} twice", "every row of a section once")
        else:
            report.rows[key] = row

    def _refuse_currency(self, report: Report) -> None:
        """Refuse, once, a report whose currency is not known when its figures begin."""
        if not report.is_refused:
            found = report.fields.get("currency", "none")
            self._refuse(report, "currency_missing", found, "SETTLEMENT CURRENCY and its code")
            report.is_refused = True

    def _warn_outside(self, number: int, start: int, text: str) -> None:
        self.findings.warn(
            "record_out_of_place",
            line=number,
            byte_offset=start,
            found=text.strip(),
            expected="REPORT ID: VSS-...",
            hint="The line belongs to no report and was not read.",
        )

    def _refuse(self, report: Report, code: str, found: str, expected: str) -> None:
        self.findings.refuse(
            code,
            line=report.line,
            byte_offset=report.byte_start,
            record=report.name,
            found=found,
            expected=expected,
            hint=_HINT,
        )


def _key_of(report: Report, label: str) -> str | None:
    """Return the name of a row that is read; None for all others."""
    if report.name == layout.RECAP:
        return label if label == layout.RECAP_NET else None
    if report.name != layout.SUMMARY:
        return None
    if label in layout.MODES:
        return report.section + layout.MODES[label] if report.section else None
    return layout.TOTALS.get(label)


def _row(key: str, figures: str, currency: str, place: tuple[int, int, int]) -> Row | None:
    """Return the figures of a row; None where they are not what the report prints.

    Three amounts, a count before them in some sections, and CR or DB at the end unless the total
    is nothing; the last line of a VSS-115 has the total alone.
    """
    tokens = figures.replace(" CR", "CR").replace(" DB", "DB").split()
    values = [_amount(one, currency) for one in tokens]
    if any(one is None for one in values[-3:]) or not values:
        return None
    if values[-1] and not tokens[-1].endswith(("CR", "DB")):
        return None
    if key == layout.RECAP_NET:
        return Row(key, None, 0, 0, values[-1] or 0, *place)
    count: int | None = None
    if len(values) == 4:
        digits = tokens[0].replace(",", "")
        if not (digits.isdecimal() and digits.isascii()):
            return None
        count, values = int(digits), values[1:]
    if len(values) != 3:
        return None
    credit, debit, net = (one or 0 for one in values)
    return Row(key, count, abs(credit), abs(debit), net, *place)


def _amount(text: str, currency: str) -> int | None:
    """Return minor units of a printed amount, CR positive; None where it is none."""
    found = layout.AMOUNT.fullmatch(text)
    if found is None:
        return None
    try:
        minor = parse_minor(found[1].replace(",", "") + (found[2] or ""), currency)
    except Permanent:
        return None
    return -minor if found[3] == "DB" else minor


def _lines(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield number, first byte and text of each line; form feeds are blanks."""
    start = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        yield number, start, str(line, "latin-1").replace("\f", " ").rstrip("\r\x1a ")
        start += len(line) + 1
