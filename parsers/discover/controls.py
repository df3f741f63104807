"""What trailers and summaries of an issuer detail file declare, against what stands before them."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from parsers.outcome import ControlTotal, Findings


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns of one frame that must be equal: declared and computed."""

    what: str
    declared: str
    computed: str


class Controls:
    """Compares columns; every difference refuses the file."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.totals: list[ControlTotal] = []

    def compare(self, frame: pl.DataFrame, name: pl.Expr, pairs: Sequence[Pair]) -> None:
        """Compare some columns of trailers; each comparison is a control total."""
        for row in frame.with_columns(name=name).iter_rows(named=True):
            for one in pairs:
                declared, computed = row[one.declared], row[one.computed] or 0
                agrees = declared == computed
                what = f"{one.what} of {row['name']}"
                self.totals.append(ControlTotal(what, str(declared), str(computed), agrees))
                if not agrees:
                    self._differs(row, what, declared, computed)

    def cross_foot(self, frame: pl.DataFrame, gross: str, net: str, commission: str) -> None:
        """Compare gross with net and commission of every record, whole columns at once."""
        computed = pl.col(net) + pl.col(commission)
        wrong = frame.with_columns(computed=computed).filter(pl.col("computed") != pl.col(gross))
        for row in wrong.head(20).iter_rows(named=True):
            what = f"{gross.removesuffix('_minor').replace('_', ' ')} of record {row['code']}"
            self._differs(row, what, row[gross], row["computed"])

    def _differs(
        self, row: dict[str, object], what: str, declared: object, computed: object
    ) -> None:
        self.findings.differs(
            "control_total_differs",
            declared=declared,
            computed=computed,
            line=row["line"],
            byte_offset=row["byte_start"],
            record=str(row["code"]),
            field=what,
            hint="Fetch the file again; if it stays so, ask the sender.",
        )
