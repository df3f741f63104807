"""Cross-footing of T140 pages: printed totals against the rows that they total."""

from collections import defaultdict
from collections.abc import Iterable

from parsers.mastercard_t140 import layout
from parsers.mastercard_t140.pages import Row
from parsers.outcome import ControlTotal, Findings, Severity

_HINT = "Pages may be missing: fetch the report again, or compare it with the printed one."


class Controls:
    """Compares totals; that of the day refuses the file, the others are warnings."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.totals: list[ControlTotal] = []

    def check_subtotals(self, rows: Iterable[Row]) -> None:
        """Compare each BUSINESS SERVICE ID SUBTOTAL with the rows of its currency before it.

        Rows that no subtotal follows have lost it: their page was cut off.

        Args:
            rows: details and subtotals, in the order of the file.
        """
        mine: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.shape == layout.DETAIL:
                mine[row.currency].append(row)
                continue
            details = mine.pop(row.currency, [])
            name = f"service {row.heads.get('service')} of {row.heads.get('file_id')}"
            counts = sum(one.count or 0 for one in details)
            self._compare(row, f"count of {name}", row.count, counts)
            self._compare(row, f"amount of {name}", row.minor, _sum(details))
            fees = sum(one.fee_minor or 0 for one in details)
            if row.fee_minor is not None or (fees and _same_fee_currency(details)):
                self._compare(row, f"fees of {name}", row.fee_minor, fees)
        for left in mine.values():
            name = f"amount of service {left[-1].heads.get('service')} without its subtotal"
            self._compare(left[-1], name, None, _sum(left))

    def check_totals(self, rows: Iterable[Row]) -> None:
        """Compare each TOTAL of a 728010 page with the rows since the one before it.

        Args:
            rows: nets of files and of cycles, and totals, in the order of the file.
        """
        mine: list[Row] = []
        for row in rows:
            if row.shape != layout.TOTAL:
                mine.append(row)
                continue
            title, level = row.heads.get("title"), row.heads.get("level")
            self._compare(row, f"net of {title} {level} {row.currency}", row.minor, _sum(mine))
            mine = []

    def check_day(self, totals: Iterable[Row], days: Iterable[Row]) -> None:
        """Compare the day's total with the last cycle summary of every service level."""
        last = {
            (
                *(one.heads.get(name) for name in ("member", "brand", "level")),
                one.currency,
                one.day,
            ): one
            for one in totals
            if "SUMMARY" in one.heads.get("title", "")
        }
        for row in days:
            mine = [
                one for one in last.values() if one.currency == row.currency and one.day == row.day
            ]
            if mine:
                name = f"clearing day total {row.currency}"
                self._compare(row, name, row.minor, _sum(mine), severity="refusal")

    def _compare(
        self,
        row: Row,
        name: str,
        declared: int | None,
        computed: int,
        *,
        severity: Severity = "warning",
    ) -> None:
        agrees = declared == computed
        stated = "nothing" if declared is None else str(declared)
        self.totals.append(ControlTotal(name, stated, str(computed), agrees))
        if not agrees:
            self.findings.differs(
                "control_total_differs",
                declared=stated,
                computed=computed,
                severity=severity,
                line=row.at.line,
                byte_offset=row.at.byte_start,
                record=row.report,
                field=name,
                hint=_HINT,
            )


def _sum(rows: Iterable[Row]) -> int:
    return sum(one.minor or 0 for one in rows)


def _same_fee_currency(rows: Iterable[Row]) -> bool:
    """Tell whether the fees have one currency: only then can a subtotal state them."""
    return len({one.fee_currency for one in rows}) == 1
