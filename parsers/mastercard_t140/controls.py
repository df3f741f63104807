"""Cross-footing of T140 pages: printed totals against the rows that they total."""

import polars as pl

from parsers.outcome import ControlTotal, Findings

_HINT = "Pages may be missing: fetch the report again, or compare it with the printed one."


class Controls:
    """Compares totals; that of the day refuses the file, the others are warnings."""

    def __init__(self, findings: Findings, *, is_strict: bool) -> None:
        self.findings = findings
        self.is_strict = is_strict
        self.totals: list[ControlTotal] = []

    def check_subtotals(self, details: pl.DataFrame, subtotals: pl.DataFrame) -> None:
        """Compare each BUSINESS SERVICE ID SUBTOTAL with the rows since the one before it."""
        before = 0
        for row in subtotals.iter_rows(named=True):
            mine = details.filter(
                pl.col("line").is_between(before, row["line"])
                & (pl.col("currency") == row["currency"])
            )
            name = f"service {row['service']} of {row['file_id']}"
            self._compare(row, f"count of {name}", row["count"], _sum(mine["count"]))
            self._compare(row, f"amount of {name}", row["amount_minor"], _sum(mine["amount_minor"]))
            if row["fee_minor"] is not None:
                self._compare(row, f"fees of {name}", row["fee_minor"], _sum(mine["fee_minor"]))
            before = row["line"]

    def check_totals(self, files: pl.DataFrame, cycles: pl.DataFrame, totals: pl.DataFrame) -> None:
        """Compare each TOTAL of a 728010 page with the rows since the one before it."""
        columns = ["line", "currency", "amount_minor"]
        rows = pl.concat([files.select(columns), cycles.select(columns)])
        before = 0
        for row in totals.iter_rows(named=True):
            mine = rows.filter(pl.col("line").is_between(before, row["line"]))
            name = f"net of {row['title']} {row['level']} {row['currency']}"
            self._compare(row, name, row["amount_minor"], _sum(mine["amount_minor"]))
            before = row["line"]

    def check_day(self, totals: pl.DataFrame, days: pl.DataFrame) -> None:
        """Compare the day's total with the last cycle summary of every service level."""
        key = ["member", "brand", "level", "currency", "day"]
        summaries = totals.filter(pl.col("title").str.contains("SUMMARY").fill_null(False))
        last = summaries.unique(key, keep="last", maintain_order=True)
        for row in days.iter_rows(named=True):
            mine = last.filter(
                (pl.col("currency") == row["currency"]) & (pl.col("day") == row["day"])
            )
            if mine.height:
                name = f"clearing day total {row['currency']}"
                computed = _sum(mine["amount_minor"])
                self._compare(row, name, row["amount_minor"], computed, is_control=True)

    def _compare(
        self,
        row: dict[str, object],
        name: str,
        declared: object,
        computed: int,
        *,
        is_control: bool = False,
    ) -> None:
        agrees = declared == computed
        self.totals.append(ControlTotal(name, str(declared), str(computed), agrees))
        if agrees:
            return
        add = self.findings.refuse if is_control and self.is_strict else self.findings.warn
        add(
            "control_total_differs",
            line=row["line"],
            byte_offset=row["byte_start"],
            record=row["report"],
            field=name,
            found=f"declared {declared}, computed {computed}",
            declared=str(declared),
            computed=str(computed),
            expected="equal figures",
            hint=_HINT,
        )


def _sum(values: pl.Series) -> int:
    return int(values.cast(pl.Int128).sum() or 0)
