"""Statements of fixed-width bank formats: kept apart, proved to foot, chained to each other.

Shared by the formats whose records carry balances. A statement that does not foot is a finding and
no refusal: banks leave entries out more often than files lose them.
"""

from dataclasses import dataclass
from datetime import date

from parsers.outcome import ControlTotal, Findings, Statement
from tieout.money import exponents, format_minor


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: line from 1, first byte, and the name of the record."""

    line: int
    byte_start: int
    record: str


@dataclass(slots=True)
class Raw:
    """One statement as its records say it; amounts are signed minor units."""

    place: Place
    account: str | None
    currency: str | None
    opening: int | None = None
    closing: int | None = None
    opening_date: date | None = None
    closing_date: date | None = None
    sequence: str | None = None
    reference: str | None = None
    closing_place: Place | None = None


class StatementBook:
    """The statements of one file, in its order."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.statements: list[Statement] = []
        self.totals: list[ControlTotal] = []
        self._last: dict[tuple[str | None, str | None], int | None] = {}

    def add(self, raw: Raw, *, net: int, entries: int) -> None:
        """Add a statement with the sum and the number of its entries; warn where it is odd."""
        consistent = None
        if raw.opening is not None and raw.closing is not None:
            consistent = raw.opening + net == raw.closing
        self.statements.append(
            Statement(
                account=raw.account,
                reference=raw.reference,
                currency=raw.currency,
                opening_minor=raw.opening,
                closing_minor=raw.closing,
                net_minor=net,
                entries=entries,
                consistent=consistent,
                opening_date=raw.opening_date.isoformat() if raw.opening_date else None,
                closing_date=raw.closing_date.isoformat() if raw.closing_date else None,
                sequence=raw.sequence,
            )
        )
        self._check_chain(raw)
        if raw.opening is not None and raw.closing is not None:
            name = f"closing balance of {raw.account} {raw.sequence or ''}".strip()
            self.compare(
                name, raw.closing, raw.opening + net, raw.closing_place or raw.place, raw.currency
            )
        elif raw.closing_place is None:
            self.warn(
                raw.place,
                "closing_missing",
                "a statement without a closing balance",
                "a closing balance",
                "Its entries cannot be proved; check that the file is whole.",
            )

    def compare(
        self, name: str, declared: int, computed: int, place: Place, currency: str | None = None
    ) -> None:
        """Add a control total, in money where a currency is given; warn where both differ."""
        texts = [str(declared), str(computed)]
        if currency in exponents():
            digits = exponents()[currency]
            texts = [format_minor(one, currency, exponent=digits) for one in (declared, computed)]
        self.totals.append(ControlTotal(name, texts[0], texts[1], declared == computed))
        if declared != computed:
            self.findings.differs(
                "statement_total_differs",
                declared=texts[0],
                computed=texts[1],
                severity="warning",
                line=place.line,
                byte_offset=place.byte_start,
                record=place.record,
                field=name,
                hint="Entries may be missing, or the bank counts others; ask the bank.",
            )

    def warn(
        self,
        place: Place,
        code: str,
        found: str,
        expected: str,
        hint: str,
        *,
        field: str | None = None,
    ) -> None:
        """Add a warning at a record."""
        self.findings.warn(
            code,
            line=place.line,
            byte_offset=place.byte_start,
            record=place.record,
            field=field,
            found=found,
            expected=expected,
            hint=hint,
        )

    def _check_chain(self, raw: Raw) -> None:
        key = (raw.account, raw.currency)
        before = self._last.get(key)
        if before is not None and raw.opening is not None and before != raw.opening:
            self.warn(
                raw.place,
                "statement_gap",
                f"opens with {raw.opening} minor units",
                f"{before}, the closing balance before it",
                "A statement between both may be missing.",
            )
        self._last[key] = raw.closing


def refuse_cut(findings: Findings, size: int, expected: str) -> None:
    """Refuse a file whose last record is not there."""
    findings.refuse(
        "file_cut_off",
        byte_offset=size,
        found="a file without its last record",
        expected=expected,
        hint="The file was cut off on the way: fetch it again.",
    )
