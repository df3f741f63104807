"""Charges of issuer detail files to typed columns; what is wrong with records of any kind."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from parsers.amounts import read_major
from parsers.discover import layout
from parsers.fields import Fields, compact_day, compact_days, cut_texts
from parsers.outcome import Findings
from parsers.singles import amount_shape, minor_of_major, whole_of
from parsers.statements import Place
from parsers.text_records import Records
from parsers.views import Mask, Offsets
from tieout.money import exponents

OWN = ("gross", "net", "commission")
SETTLED = tuple(f"settled_{one}" for one in OWN)
_SHOWN = 20
_SHAPE = amount_shape(".", "", bare_fraction=False)


@dataclass(slots=True)
class Complaints:
    """What is wrong with the records, told in the order of the file when all of it was seen.

    A file whose figures cannot be read is not held against its totals.
    """

    unreadable: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    contradictions: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def refuse(self, place: Place, code: str, name: str, found: str | None) -> None:
        """Note a field that cannot be read."""
        finding: dict[str, object] = {
            "code": code,
            "found": found or "nothing",
            "expected": "what the field tables in docs/formats/discover.md say",
            "hint": "Ask the sender for a corrected file.",
        }
        self._note(self.unreadable, place, name.replace("_", " "), finding)

    def differs(self, place: Place, what: str, declared: int, computed: int) -> None:
        """Note a total that the records contradict."""
        finding = {
            "code": "control_total_differs",
            "declared": declared,
            "computed": computed,
            "hint": "Fetch the file again; if it stays so, ask the sender.",
        }
        self._note(self.contradictions, place, what, finding)

    def _note(
        self,
        kept: list[tuple[int, dict[str, object]]],
        place: Place,
        name: str,
        finding: dict[str, object],
    ) -> None:
        kind = (str(finding["code"]), name)
        self._seen[kind] = self._seen.get(kind, 0) + 1
        if self._seen[kind] <= _SHOWN:
            where = {"line": place.line, "byte_offset": place.byte_start, "record": place.record}
            kept.append((place.byte_start, {**finding, **where, "field": name}))

    def tell(self, findings: Findings) -> None:
        """Add them to the findings."""
        for _, one in sorted(self.unreadable, key=lambda pair: pair[0]):
            findings.refuse(**one)  # type: ignore[arg-type]
        if not self.unreadable:
            for _, one in sorted(self.contradictions, key=lambda pair: pair[0]):
                findings.differs(**one)  # type: ignore[arg-type]


def read_fields(records: Records, row: int, fields: Fields) -> dict[str, str]:
    """Return the fields of one record, without blanks around them."""
    return {name: text.strip() for name, text in records.fields(row, fields).items()}


class Figures:
    """The figures of one trailer or summary; what cannot be read is refused, and 0."""

    def __init__(self, place: Place, texts: dict[str, str], complaints: Complaints) -> None:
        self.place, self.texts, self.complaints = place, texts, complaints
        self._unknown: set[str] = set()

    def count(self, name: str) -> int:
        """Return a number of records."""
        value = whole_of(self.texts[name])
        if value is None:
            self.complaints.refuse(self.place, "control_total_unreadable", name, self.texts[name])
        return value or 0

    def money(self, name: str, currency: str) -> int:
        """Return an amount in minor units; a fraction that its currency lacks is refused.

        A minus may stand before the zeros that fill the field up.
        """
        exponent = exponents().get(currency)
        if exponent is None:
            column = "settlement_currency" if name.startswith("settled") else "currency"
            if column not in self._unknown:
                self.complaints.refuse(self.place, "currency_unknown", column, currency)
            self._unknown.add(column)
            return 0
        value = minor_of_major(self.texts[name], exponent, _SHAPE)
        if value is None:
            self.complaints.refuse(self.place, "amount_unreadable", name, self.texts[name])
        return value or 0

    def day(self, name: str) -> str:
        """Return a date as ISO 8601 writes it."""
        value = compact_day(self.texts[name], "Ymd")
        if value is None:
            self.complaints.refuse(self.place, "date_unreadable", name, self.texts[name])
        return "" if value is None else value.isoformat()


@dataclass(frozen=True, slots=True)
class Charges:
    """The charges of a piece, in the order of the file.

    Attributes:
        rows: which records they are.
        texts: their fields, null where blank.
        amounts: name → minor units, in the currency of the recap or of its settlement.
        days: name → dates.
    """

    records: Records
    rows: Offsets
    texts: dict[str, pl.Series]
    amounts: dict[str, Offsets]
    days: dict[str, pl.Series]


def read_charges(
    records: Records, rows: Offsets, own: pl.Series, settled: pl.Series, complaints: Complaints
) -> Charges:
    """Return the charges of a piece.

    Args:
        records: the piece.
        rows: which of them are charges.
        own: decimals of the currency of each one's recap, null where ISO 4217 has none such.
        settled: the same of the settlement currency.
        complaints: takes what cannot be read, and charges that contradict themselves.
    """
    texts = cut_texts(records.text.gather(rows), layout.CHARGE_FIELDS)
    amounts = {}
    for names, digits in ((OWN, own), (SETTLED, settled)):
        for name in names:
            minor = read_major(texts[name], digits)
            if minor.null_count():
                wrong = (minor.is_null() & digits.is_not_null()).to_numpy()
                _refuse(records, rows, wrong, ("amount_unreadable", name), texts, complaints)
                minor = minor.fill_null(0)
            amounts[name] = minor.to_numpy()
        _cross_foot(records, rows, [amounts[one] for one in names], names[0], complaints)
    days = {}
    for name in ("charge_day", "settlement_day"):
        days[name] = compact_days(texts[name], "Ymd")
        if days[name].null_count():
            wrong = days[name].is_null().to_numpy()
            _refuse(records, rows, wrong, ("date_unreadable", name), texts, complaints)
    return Charges(records, rows, texts, amounts, days)


def _refuse(
    records: Records,
    rows: Offsets,
    wrong: Mask,
    what: tuple[str, str],
    texts: dict[str, pl.Series],
    complaints: Complaints,
) -> None:
    code, name = what
    for at in np.flatnonzero(wrong)[:_SHOWN].tolist():
        complaints.refuse(records.place(int(rows[at])), code, name, texts[name][at])


def _cross_foot(
    records: Records, rows: Offsets, parts: Sequence[Offsets], name: str, complaints: Complaints
) -> None:
    """Hold the gross of every charge against its net and commission."""
    gross, net, commission = parts
    for at in np.flatnonzero(net + commission != gross)[:_SHOWN].tolist():
        place = records.place(int(rows[at]))
        what = f"{name.replace('_', ' ')} of record {place.record}"
        complaints.differs(place, what, int(gross[at]), int(net[at] + commission[at]))
