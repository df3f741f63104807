"""What statements declare about themselves, against what their entries come to."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from parsers.amounts import MINOR_DIGITS_MAX
from parsers.camt.findings import Teller
from parsers.camt.layout import SIDES
from parsers.outcome import ControlTotal, Statement
from tieout.money import AmountUnreadable, exponents, format_minor, parse_minor

_NOTHING = {"entries": 0, "net": 0, "CRDT": 0, "DBIT": 0, "credit": 0, "debit": 0}

_DECLARED = ("net", *(f"{side}/{one}" for side in SIDES for one in ("NbOfNtries", "Sum")))


class Book:
    """The statements of a file; sums come in block by block."""

    def __init__(self, statements: Sequence[dict[str, Any]]) -> None:
        self.rows = statements
        self._sums: dict[int, dict[str, int]] = {}
        self._totals: list[ControlTotal] = []
        self._closings: dict[tuple[str | None, str | None], int | None] = {}

    def add(self, sums: Iterable[dict[str, int]]) -> None:
        """Add what the entries of one block come to: statement_no and those of _NOTHING."""
        for row in sums:
            known = self._sums.setdefault(row["statement_no"], dict(_NOTHING))
            for name in _NOTHING:
                known[name] += row[name]

    def close(self, teller: Teller) -> tuple[tuple[Statement, ...], tuple[ControlTotal, ...]]:
        """Return statements and control totals; what does not agree is told."""
        statements = []
        for number, row in enumerate(self.rows):
            found = self._sums.get(number, _NOTHING)
            statements.append(_statement(row, found))
            self._compare_all(row, found, teller)
            self._follow(row, teller)
        return tuple(statements), tuple(self._totals)

    def _compare_all(self, row: dict[str, Any], found: dict[str, int], teller: Teller) -> None:
        currency = row["currency"]
        if row["opening"] is not None and row["closing"] is not None:
            computed = row["opening"] + found["net"]
            self._compare(row, teller, "closing balance", row["closing"], computed, currency)
        if not any(map(row.get, _DECLARED)):
            return
        all_entries = {
            "TtlNtries": (found["entries"], found["credit"] - found["debit"]),
            "TtlCdtNtries": (found["CRDT"], found["credit"]),
            "TtlDbtNtries": (found["DBIT"], -found["debit"]),
        }
        for side, (count, total) in all_entries.items():
            word = f" {SIDES[side]}" if SIDES[side] else ""
            declared = _count(row[f"{side}/NbOfNtries"])
            if declared is not None:
                self._compare(row, teller, f"entries{word}", declared, count)
            amount = _amount(row[f"{side}/Sum"], currency)
            if amount is not None:
                self._compare(row, teller, f"sum{word}", amount, total, currency)
        net = _amount(row["net"], currency)
        if net is not None:
            net = -net if row["net_side"] == "DBIT" else net
            total = found["credit"] + found["debit"]
            self._compare(row, teller, "net", net, total, currency)

    def _compare(
        self,
        row: dict[str, Any],
        teller: Teller,
        name: str,
        declared: int,
        computed: int,
        currency: str | None = None,
    ) -> None:
        texts = [str(declared), str(computed)]
        if currency in exponents():
            digits = exponents()[currency]
            texts = [format_minor(one, currency, exponent=digits) for one in (declared, computed)]
        full = f"{name} of {row['reference'] or row['account'] or 'statement'}"
        self._totals.append(ControlTotal(full, texts[0], texts[1], declared == computed))
        if declared != computed:
            teller.warn_one(
                row,
                "statement_total_differs",
                field=full,
                declared=texts[0],
                computed=texts[1],
                found=f"declared {texts[0]}, computed {texts[1]}",
                expected="equal figures",
                hint="Entries may be missing, or the bank counts others; ask the bank.",
            )

    def _follow(self, row: dict[str, Any], teller: Teller) -> None:
        """Warn where a statement does not open with the balance that closed the one before."""
        account = (row["account"], row["currency"])
        before = self._closings.get(account)
        if before is not None and row["opening"] not in (None, before):
            teller.warn_one(
                row,
                "statement_gap",
                found=f"opens with {row['opening']} minor units",
                expected=f"{before}, the closing balance before it",
                hint="A statement between both may be missing.",
            )
        self._closings[account] = row["closing"]


def _statement(row: dict[str, Any], found: dict[str, int]) -> Statement:
    opening, closing = row["opening"], row["closing"]
    is_proved = opening is not None and closing is not None
    return Statement(
        account=row["account"],
        reference=row["reference"],
        currency=row["currency"],
        opening_minor=opening,
        closing_minor=closing,
        net_minor=found["net"],
        entries=found["entries"],
        consistent=opening + found["net"] == closing if is_proved else None,
        opening_date=_iso(row["opening_date"]),
        closing_date=_iso(row["closing_date"]),
        sequence=row["sequence"],
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _count(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit()
    return int(text or "") if is_number and len(text or "") <= MINOR_DIGITS_MAX else None


def _amount(text: str | None, currency: str | None) -> int | None:
    if text is None or currency not in exponents():
        return None
    try:
        return parse_minor(text, currency, exponent=exponents()[currency])
    except AmountUnreadable:
        return None
