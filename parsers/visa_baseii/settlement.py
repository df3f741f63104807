"""TC 46: what Visa says that it settles (VSS reports as records), to lines.

Only the grand total of VSS-110 and VSS-111 is money that moves, a `payout`. Everything else is
kept unbooked beside it: its parts of subgroup 2, and the details of subgroups 4 and 9, whose first
amount is the line's and whose others stand in the narrative. A day has few of these records, so
they are read one by one.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from parsers.outcome import Findings
from parsers.visa_baseii import layout
from parsers.visa_baseii.controls import Header
from parsers.visa_baseii.records import SHOWN
from parsers.visa_baseii.transactions import Transactions
from tieout.errors import Permanent
from tieout.money import alpha_of, exponent_of, exponents

_IS_SETTLEMENT = np.arange(256) == int(layout.SETTLEMENT)
_DETAILS = {"4": layout.VSS_4_AMOUNTS, "9": layout.VSS_9_AMOUNTS}
_HINT = "Ask the sender for a corrected file."
_SCHEMA = {
    "record_no": pl.Int64(),
    "byte_start": pl.Int64(),
    "byte_length": pl.Int64(),
    "statement_no": pl.Int64(),
    "account": pl.String(),
    "batch_ref": pl.String(),
    "business_date": pl.Date(),
    "booking_date": pl.Date(),
    "value_date": pl.Date(),
    "kind": pl.String(),
    "is_booked": pl.Boolean(),
    "is_reversal": pl.Boolean(),
    "currency": pl.String(),
    "exponent": pl.Int8(),
    "amount_minor": pl.Int64(),
    "narrative": pl.String(),
}
Key = tuple[str, str, str | None, date | None]


class _Unreadable(Permanent):
    """A field of a settlement record that is not what its place must hold."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a settlement record stands, and what its file's header says."""

    line: int
    byte_start: int
    length: int
    number: int
    file_no: int
    header: Header | None


class SettlementMaker:
    """Makes the lines of settlement records and cross-foots the totals of their reports."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._totals: dict[Key, dict[str, int]] = defaultdict(dict)
        self._shown = 0

    def make(self, found: Transactions, headers: list[Header]) -> list[pl.DataFrame]:
        """Return the lines of the settlement records of a batch."""
        places = found.of_kind(_IS_SETTLEMENT)
        if not len(places):
            return []
        records, second = found.records, found.rows_of(1, _IS_SETTLEMENT)
        rows = []
        for at in places.tolist():
            row, more, file_no = int(found.first[at]), int(second[at]), int(found.file_no[at])
            place = _Place(
                int(records.line[row]),
                int(records.start[row]),
                int(found.length[at]),
                int(found.number[at]),
                file_no,
                headers[file_no] if file_no < len(headers) else None,
            )
            text = records.row(row)
            try:
                values = self._read(text, "" if more < 0 else records.row(more), place)
            except _Unreadable as error:
                self._refuse(place, str(error))
                continue
            if values is not None:
                rows.append(values)
        return [pl.DataFrame(rows, schema=_SCHEMA, orient="row")] if rows else []

    def _read(self, text: str, more: str, place: _Place) -> tuple[object, ...] | None:
        vss = _cut(text, layout.VSS)
        if vss["report_group"] != "V":
            return None
        if vss["subgroup"] == "2":
            return self._read_total(vss, _cut(text, layout.VSS_2), place)
        if vss["subgroup"] in _DETAILS:
            return self._read_detail(vss, _cut(text, layout.VSS_4), more, place)
        self.findings.warn(
            "transaction_unsupported",
            line=place.line,
            byte_offset=place.byte_start,
            record=layout.SETTLEMENT,
            found=f"report group V, subgroup {vss['subgroup']}",
            expected="subgroup 2, 4 or 9",
            hint="The record is counted, but gives no line.",
        )
        return None

    def _read_total(
        self, vss: dict[str, str], field: dict[str, str], place: _Place
    ) -> tuple[object, ...] | None:
        if field["no_data"] == "Y":
            return None
        net = _amount(field["net"], field["net_sign"], "net amount", needs_sign=True)
        self._cross_foot(field, net, place)
        currency = _currency(vss["currency"])
        kind, mode = field["amount_type"], field["mode"]
        is_total = kind == "T" and mode == "9"
        days = _days(vss, place)
        key = (vss["entity"], vss["report"] + vss["suffix"], currency, days[0])
        self._totals[key][kind + mode] = net
        name = "payout" if is_total else "fee" if kind in "FC" else "balance"
        narrative = f"VSS-{vss['report']} {kind}{mode}"
        return _line(vss, place, days, name, currency, net, narrative, is_booked=is_total)

    def _cross_foot(self, field: dict[str, str], net: int, place: _Place) -> None:
        """Warn where credits less debits are not the net of the same record."""
        texts = field["credit"], field["debit"]
        if not all(_is_digits(one) for one in texts):
            if any(one.strip() for one in texts):
                raise _Unreadable(f"credits {texts[0]}, debits {texts[1]}")
            return
        computed = int(texts[0]) - int(texts[1])
        if computed != net:
            self._warn(place, "net of the record", net, computed)

    def _read_detail(
        self, vss: dict[str, str], field: dict[str, str], more: str, place: _Place
    ) -> tuple[object, ...] | None:
        is_fourth = vss["subgroup"] == "4"
        if is_fourth and field["no_data"] == "Y":
            return None
        if not more:
            raise _Unreadable("no TCR 1 with amounts")
        amounts = []
        for first, last in _DETAILS[vss["subgroup"]]:
            text, sign = more[first - 1 : last], more[last : last + 2]
            if text.strip():
                amounts.append(_amount(text, sign, "amount", needs_sign=False))
        if not amounts:
            return None
        # VSS-120 states its first amount in the currency of clearing.
        is_clearing = is_fourth and vss["report"] == "120" and field["clearing_currency"].strip()
        currency = _currency(field["clearing_currency"] if is_clearing else vss["currency"])
        named = [f"VSS-{vss['report']}{vss['suffix'].strip()}"]
        if is_fourth:
            named += [field[name].strip() for name in ("charge_type", "transaction_type", "level")]
        others = [f"{abs(one)}{'DB' if one < 0 else 'CR'}" for one in amounts[1:]]
        narrative = " ".join(one for one in (*named, *others) if one)
        days = _days(vss, place)
        return _line(vss, place, days, "balance", currency, amounts[0], narrative, is_booked=False)

    def finish(self) -> None:
        """Warn where the totals of one report do not add up, as far as it states them."""
        for (entity, report, currency, _), nets in self._totals.items():
            for kind in "IFCT":
                parts = [nets[kind + mode] for mode in "123" if kind + mode in nets]
                self._compare(nets.get(f"{kind}9"), parts, f"{kind}9 of VSS-{report} for {entity}")
            if "I9" in nets:
                parts = [nets[kind + "9"] for kind in "IFC" if kind + "9" in nets]
                self._compare(nets.get("T9"), parts, f"T9 of VSS-{report} {currency} for {entity}")

    def _compare(self, declared: int | None, parts: list[int], name: str) -> None:
        if declared is not None and parts and sum(parts) != declared:
            self._warn(None, name, declared, sum(parts))

    def _warn(self, place: _Place | None, name: str, declared: int, computed: int) -> None:
        self.findings.differs(
            "control_total_differs",
            declared=declared,
            computed=computed,
            severity="warning",
            line=place.line if place else None,
            byte_offset=place.byte_start if place else None,
            record=layout.SETTLEMENT,
            field=name,
            hint="Visa's own reports do not always add up: ask which figure counts.",
        )

    def _refuse(self, place: _Place, found: str) -> None:
        self._shown += 1
        if self._shown <= SHOWN:
            self.findings.refuse(
                "settlement_unreadable",
                line=place.line,
                byte_offset=place.byte_start,
                record=layout.SETTLEMENT,
                found=found,
                expected="15 digits, CR or DB, a currency and a settlement date YYYYDDD",
                hint=_HINT,
            )


def _line(
    vss: dict[str, str],
    place: _Place,
    days: tuple[date, date | None, date | None],
    kind: str,
    currency: str,
    minor: int,
    narrative: str,
    *,
    is_booked: bool,
) -> tuple[object, ...]:
    header = place.header
    account = vss["entity"].strip() or (header.processing_bin if header else None)
    where = (place.number, place.byte_start, place.length, place.file_no)
    reference = header.file_id if header else None
    value = (kind, is_booked, False, currency, exponent_of(currency), minor, narrative)
    return (*where, account, reference, *days, *value)


def _days(vss: dict[str, str], place: _Place) -> tuple[date, date | None, date | None]:
    """Return business date, day of the report and day of settlement."""
    settled, reported = _ordinal_day(vss["settlement_day"]), _ordinal_day(vss["report_day"])
    business = settled or reported or (place.header.day if place.header else None)
    if business is None:
        raise _Unreadable(f"settlement date {vss['settlement_day']}")
    return business, reported, settled


def _amount(text: str, sign: str, what: str, *, needs_sign: bool) -> int:
    is_signed = sign in ("CR", "DB") or not (needs_sign or sign.strip())
    if not _is_digits(text) or not (is_signed or int(text) == 0):
        raise _Unreadable(f"{what} {text}{sign}")
    return -int(text) if sign == "DB" else int(text)


def _currency(text: str) -> str:
    if text in exponents():
        return text
    try:
        return alpha_of(text)
    except Permanent:
        raise _Unreadable(f"currency {text}") from None


def _ordinal_day(text: str) -> date | None:
    """Return the day of YYYYDDD; None when it is none."""
    if not (_is_digits(text) and text.startswith("20")):
        return None
    year, of_year = int(text[:4]), int(text[4:])
    if of_year < 1:
        return None
    found = date(year, 1, 1) + timedelta(days=of_year - 1)
    return found if found.year == year else None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _cut(text: str, fields: dict[str, tuple[int, int]]) -> dict[str, str]:
    return {name: text[first - 1 : last] for name, (first, last) in fields.items()}
