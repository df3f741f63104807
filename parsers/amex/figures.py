"""Texts of American Express records to typed columns, the same for all of its formats.

Afterwards every record with money has what `Money` names, whatever it was written like.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from parsers.amex import layout
from parsers.amex.cuts import Texts
from parsers.lookups import look_up
from parsers.outcome import Findings
from parsers.records import whole_number
from parsers.singles import FEW, whole_of
from parsers.statements import Place
from parsers.text_records import Records
from parsers.views import Mask, Offsets
from tieout.money import exponents

AMOUNTS = ("gross", "net", "discount", "service_fee", "tax", "adjustments", "opening", "sent")
PARTS_OF_FEES = ("asset_billing", "commission", "asset_tax")
_SHOWN = 20
_EPOCH_DAY = 719_163

PAYMENT, SUBMISSION, CHARGE, CHARGEBACK, ADJUSTMENT, FEE = range(6)
_ROLES = {
    code: ("payment", "submission", "charge", "chargeback", "adjustment", "fee").index(role)
    for code, role in layout.ROLES.items()
}

_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Figure:
    """Whole numbers of records; 0 where they are not known, and whether a text stands there."""

    values: Offsets
    known: Mask
    stated: Mask

    def where(self, mask: Mask) -> "Figure":
        """Return the figures where `mask` holds, and nothing elsewhere."""
        return Figure(np.where(mask, self.values, 0), self.known & mask, self.stated & mask)

    def otherwise(self, other: "Figure") -> "Figure":
        """Return these figures, and where they are not known the other ones."""
        values = np.where(self.known, self.values, other.values)
        return Figure(values, self.known | other.known, self.stated | other.stated)


class Columns:
    """The records with money of one piece: their texts, and where they stand."""

    def __init__(self, records: Records, rows: Offsets, texts: Texts) -> None:
        self.records, self.rows, self.texts = records, rows, texts
        self.roles = look_up(self._codes(), _ROLES, pl.Int64()).to_numpy()
        self._nothing = pl.Series("", [None], dtype=pl.String).new_from_index(0, len(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def _codes(self) -> pl.Series:
        record = self.records.record
        return record if len(self.rows) == len(record) else record.gather(self.rows)

    def place(self, at: int) -> Place:
        """Return where a record stands."""
        return self.records.place(int(self.rows[at]))

    def number(self, at: int) -> int:
        """Return which record of the file it is, from 1."""
        return self.records.before + int(self.rows[at]) + 1

    def text(self, name: str) -> pl.Series:
        """Return a field; null where it is blank, or the record has none."""
        return self.texts.get(name, self._nothing)

    def numbers(self, name: str, read: Callable[[pl.Series], pl.Series]) -> Figure:
        """Return a field as whole numbers."""
        texts = self.texts.get(name)
        if texts is None or texts.null_count() == len(texts):
            nothing = np.zeros(len(self), dtype=np.bool_)
            return Figure(np.zeros(len(self), dtype=np.int64), nothing, nothing)
        return figure(read(texts), stated=known(texts))

    def days(self, name: str, order: Callable[[pl.Series], pl.Series]) -> Figure:
        """Return a field as days since 1970."""
        return self.numbers(name, lambda texts: order(texts).cast(pl.Int32).cast(pl.Int64))


def figure(numbers: pl.Series, stated: Mask | None = None) -> Figure:
    """Return a column of whole numbers as figures."""
    if not numbers.null_count():
        every = np.ones(len(numbers), dtype=np.bool_)
        return Figure(numbers.to_numpy(), every, every if stated is None else stated)
    are_known = known(numbers)
    return Figure(
        numbers.fill_null(0).to_numpy(), are_known, are_known if stated is None else stated
    )


def known(values: pl.Series) -> Mask:
    """Tell which values are not null."""
    if not values.null_count():
        return np.ones(len(values), dtype=np.bool_)
    return values.is_not_null().to_numpy()


def equal(one: pl.Series, other: pl.Series) -> Mask:
    """Tell which texts are there and the same."""
    if len(one) in (one.null_count(), other.null_count()):
        return np.zeros(len(one), dtype=np.bool_)
    found = one == other
    return (found.fill_null(value=False) if found.null_count() else found).to_numpy()


def says(texts: pl.Series, word: str) -> Mask:
    """Tell which texts are there and are this word."""
    if texts.null_count() == len(texts):
        return np.zeros(len(texts), dtype=np.bool_)
    found = texts == word
    return (found.fill_null(value=False) if found.null_count() else found).to_numpy()


@dataclass(slots=True)
class Money:
    """Records with money, typed; what is deducted is positive when charged."""

    columns: Columns
    amounts: dict[str, Figure]
    currency: pl.Series
    exponent: pl.Series
    payment: pl.Series
    value_date: Figure
    booking_date: Figure
    is_booked: Mask
    charges: Offsets

    @property
    def gross(self) -> Figure:
        """What was sold or taken back."""
        return self.amounts["gross"]

    @property
    def net(self) -> Figure:
        """What is paid of it, as declared."""
        return self.amounts["net"]

    def keys(self, rows: Offsets) -> pl.Series:
        """Return what ties charges to their submission (`submission_keys`)."""
        return submission_keys(self.columns, self.payment, self.booking_date, rows)


def keys_of(*columns: pl.Series) -> pl.Series:
    """Return one text for the texts of each row: equal where all of them are, null being one."""
    if len(columns[0]) < FEW:
        rows = zip(*(one.to_list() for one in columns), strict=True)
        keys = [_BETWEEN.join(text or "" for text in row) for row in rows]
        return pl.Series("key", keys, dtype=pl.String)
    named = {f"{place}": one for place, one in enumerate(columns)}
    parts = (pl.col(name).fill_null("") for name in named)
    return pl.DataFrame(named).select(pl.concat_str(*parts, separator=_BETWEEN)).to_series()


def submission_keys(columns: Columns, payment: pl.Series, days: Figure, rows: Offsets) -> pl.Series:
    """Return payment, merchant and day of some records: what ties charges to their submission."""
    numbers = pl.Series(np.where(days.known, days.values, -1)[rows]).cast(pl.String)
    texts = (payment, columns.text("merchant_id"))
    return keys_of(*(one.gather(rows) for one in texts), numbers)


class Complaints:
    """What is wrong with the records of a file, by kind: the first few of each are told.

    They are told at the end, so that it makes no difference in how many pieces a file was read.
    """

    def __init__(self) -> None:
        self.told: dict[str, list[dict[str, object]]] = {}

    def refuse(self, columns: Columns, wrong: Mask, field: str, found: pl.Series) -> None:
        """Refuse the records where `wrong` holds."""
        for at in np.flatnonzero(wrong)[:_SHOWN].tolist():
            place = columns.place(at)
            self._tell(
                field,
                code="record_unreadable",
                line=place.line,
                byte_offset=place.byte_start,
                record=place.record,
                record_no=columns.number(at),
                field=field.replace("_", " "),
                found=found[at] or "nothing",
                expected="an amount, a currency or a day as docs/formats/amex.md says",
                hint="Ask American Express for a corrected file.",
            )

    def refuse_currencies(self, columns: Columns, currency: pl.Series, exponent: pl.Series) -> None:
        """Refuse records in a currency that ISO 4217 does not list."""
        if not exponent.null_count():
            return
        for at in exponent.is_null().arg_true()[:_SHOWN].to_list():
            place = columns.place(at)
            self._tell(
                "currency_unknown",
                code="currency_unknown",
                line=place.line,
                byte_offset=place.byte_start,
                record=place.record,
                found=currency[at] or "nothing",
                expected="a code of ISO 4217",
                hint="Ask American Express for a corrected file.",
            )

    def _tell(self, kind: str, **finding: object) -> None:
        told = self.told.setdefault(kind, [])
        if len(told) < _SHOWN:
            told.append(finding)

    def tell(self, findings: Findings) -> None:
        """Add them to the findings."""
        for kind in sorted(self.told, key=_order):
            for one in self.told[kind]:
                findings.refuse(**one)  # type: ignore[arg-type]


_ORDER = (*AMOUNTS, *PARTS_OF_FEES, "payment_date", "date", "gross_amount", "amount", "net_amount")


def _order(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def read_amounts(
    columns: Columns, read: Callable[[pl.Series], pl.Series], complaints: Complaints
) -> dict[str, Figure]:
    """Return the amounts of the records in minor units; refuse what is no amount."""
    names = [*AMOUNTS, *(one for one in PARTS_OF_FEES if one in columns.texts)]
    amounts = {name: columns.numbers(name, read) for name in names}
    for name, one in amounts.items():
        bad = one.stated & ~one.known
        if bad.any():
            complaints.refuse(columns, bad, name, columns.text(name))
    return amounts


def sum_of(amounts: dict[str, Figure], *names: str) -> Offsets:
    """Return the sum of some amounts; what is not stated is nothing."""
    first, *others = (amounts[one].values for one in names if one in amounts)
    for one in others:
        first = first + one
    return first


def exponents_of(currency: pl.Series) -> pl.Series:
    """Return the decimals of each currency; null where ISO 4217 does not list it."""
    return look_up(currency, exponents(), pl.Int8())


def leading_sign(texts: pl.Series) -> pl.Series:
    """Return minor units of a sign or blank and up to 18 digits (GRRCN)."""
    if len(texts) < FEW:
        values = [_signed(one) for one in texts.to_list()]
        return pl.Series(texts.name, values, dtype=pl.Int64)
    text = pl.col(texts.name)
    magnitude = whole_number(text.str.strip_chars_start(" +-"))
    sign = pl.when(text.str.starts_with("-")).then(-1).otherwise(1)
    value = pl.when(text.str.contains(r"^[ +-]?[0-9]+$")).then(magnitude * sign)
    return texts.to_frame().select(value.alias(texts.name)).to_series()


def _signed(text: str | None) -> int | None:
    if not text:
        return None
    number = whole_of(text[1:] if text[0] in "+- " else text)
    return -number if number is not None and text[0] == "-" else number


def ordinal_days(texts: pl.Series) -> pl.Series:
    """Return Date of YYYYDDD; null where it is none."""
    if len(texts) < FEW:
        values = [_ordinal(one) for one in texts.to_list()]
        return pl.Series(texts.name, values, dtype=pl.Int32).cast(pl.Date)
    text = pl.col(texts.name)
    digits = pl.when(text.str.contains("^[12][0-9]{6}$")).then(text.cast(pl.Int32, strict=False))
    year, of_year = digits // 1000, digits % 1000
    day = pl.date(year, 1, 1) + pl.duration(days=of_year - 1)
    right = pl.when((of_year >= 1) & (day.dt.year() == year)).then(day)
    return texts.to_frame().select(right.alias(texts.name)).to_series()


def _ordinal(text: str | None) -> int | None:
    number = whole_of(text)
    if text is None or number is None or len(text) != 7 or text[0] not in "12":
        return None
    year, of_year = divmod(number, 1000)
    days = date(year, 1, 1).toordinal() + of_year - 1
    is_right = of_year >= 1 and date.fromordinal(days).year == year
    return days - _EPOCH_DAY if is_right else None
