"""How findings about elements are told: with line and byte, and not more of them than are kept."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from parsers.camt.document import Document
from parsers.outcome import FINDINGS_MAX, Findings
from tieout.money import AmountUnreadable, UnknownCurrency, exponent_of, parse_minor

SIDES = ("CRDT", "DBIT")

Heads = Sequence[dict[str, Any]]
"""The statements of a file: account, currency, day, and what else each says of itself."""


class Teller:
    """Tells findings about rows that have a column `place`, their byte in the document."""

    def __init__(self, document: Document, findings: Findings) -> None:
        self.document = document
        self.findings = findings

    def shown(self, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
        """Yield the rows that a finding may be made of; those beyond the limit are counted."""
        yield from rows.head(FINDINGS_MAX).iter_rows(named=True)
        self.findings.more += max(rows.height - FINDINGS_MAX, 0)

    def warn(self, rows: pl.DataFrame, code: str, **texts: str) -> None:
        """Warn about each of `rows` in the same words."""
        for row in self.shown(rows):
            self.warn_one(row, code, **texts)

    def refuse(self, rows: pl.DataFrame, code: str, **texts: str) -> None:
        """Refuse the file for each of `rows` in the same words."""
        for row in self.shown(rows):
            self._refuse_one(row, code, **texts)

    def warn_one(self, row: dict[str, Any], code: str, **texts: str) -> None:
        """Warn about one row; its column `record` names the element."""
        self.findings.warn(code, **self._where(row), **texts)

    def amounts(self, rows: pl.DataFrame) -> None:
        """Refuse amounts that are missing or unreadable, and indicators that mean nothing.

        Args:
            rows: columns place, record, is_there, amount_text, currency, amount_minor, indicator.
        """
        readable = pl.col("amount_minor").is_not_null()
        missing = rows.filter(~pl.col("is_there"))
        self.refuse(missing, "amount_missing", found="no amount", expected="an element Amt")
        for row in self.shown(rows.filter(pl.col("is_there") & ~readable)):
            text, code = row["amount_text"] or "", row["currency"] or ""
            expected = _why_unreadable(text, code)
            found = f"{text!r} {code}"
            self._refuse_one(row, "amount_unreadable", found=found, expected=expected)
        self.warn(
            rows.filter(readable & pl.col("indicator").is_null()),
            "indicator_missing",
            field="CdtDbtInd",
            found="no credit or debit indicator",
            expected="CRDT or DBIT",
            hint="Taken as CRDT.",
        )
        for row in self.shown(rows.filter(readable & ~pl.col("indicator").is_in(SIDES))):
            found = f"CdtDbtInd {row['indicator']!r}"
            self._refuse_one(row, "indicator_unknown", found=found, expected="CRDT or DBIT")

    def _refuse_one(self, row: dict[str, Any], code: str, **texts: str) -> None:
        hint = "Ask the bank for a corrected file."
        self.findings.refuse(code, **self._where(row), hint=hint, **texts)

    def _where(self, row: dict[str, Any]) -> dict[str, Any]:
        place = row["place"]
        return {
            "line": self.document.places.line(place),
            "byte_offset": int(self.document.received(np.array([place]))[0]),
            "record": row["record"],
        }


def _why_unreadable(text: str, code: str) -> str:
    try:
        parse_minor(text, code, exponent=exponent_of(code))
    except (AmountUnreadable, UnknownCurrency) as error:
        return error.message
    return "an amount of at most 18 digits"
