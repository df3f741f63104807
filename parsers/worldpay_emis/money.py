"""The amount that settles, and the one that was paid: values with their own currency and exponent.

A transaction has a value in pounds, and may have a settlement value and a local one, each with a
currency and with the number of its decimals. The settlement value counts; where there is none, the
value in pounds does. Both are brought from their own exponents to those of ISO 4217.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from parsers.outcome import Findings
from parsers.views import Mask, Offsets, digits, trimmed, u64
from parsers.worldpay_emis.layout import HOME, TRANSACTION
from parsers.worldpay_emis.records import Records, refuse_rows
from tieout.money import MINOR_MAX, exponents

_CODE = u64(0xFFFFFF)
_ZERO, _BLANK, _MOST = ord("0"), ord(" "), 6
_POWERS = 10 ** np.arange(_MOST + 1)
_DEFAULT = 2
"""Decimals of a value that does not say how many it has."""


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one currency field, as written; shape of the arrays: (transactions,)."""

    sizes: Offsets
    digits: Offsets
    is_there: Mask
    """Whether both value and currency are written."""
    names: list[str]
    name_of: Offsets

    def exponents(self) -> Offsets:
        """Return the digits of each currency by ISO 4217; -1 for one that ISO does not list."""
        known = exponents()
        return np.array([known.get(one, -1) for one in self.names])[self.name_of]

    def currencies(self, valid: Mask | None = None) -> pl.Series:
        """Return the currency of each transaction, null outside of `valid`."""
        names: list[str | None] = [*self.names]
        places = self.name_of
        if valid is not None:
            names, places = [*names, None], np.where(valid, places, len(names))
        return pl.Series(names, dtype=pl.String)[places]


@dataclass(frozen=True, slots=True)
class Money:
    """What each transaction settles, in minor units and without sign, and what was paid."""

    settled: Values
    exponents: Offsets
    minor: Offsets
    paid: Values
    paid_minor: Offsets
    is_foreign: Mask


def read_money(records: Records, rows: Offsets, findings: Findings) -> Money | None:
    """Return the amounts of the records `rows`; None (and refusals) where one is unreadable."""
    starts = records.starts[rows]
    home, is_home = digits(records.words, *_field(starts, "value"))
    _refuse(findings, "amount_unreadable", records, rows, ~is_home, "value", "11 digits")
    paid = _values(records, rows, "local", findings)
    settled = _or_pounds(_values(records, rows, "settled", findings), home)
    if findings.refused:
        return None
    exponents_, minor = _minor(records, rows, settled, "settled_value", findings)
    is_foreign = paid.is_there
    paid_minor = minor
    if is_foreign.any():
        _, paid_minor = _minor(records, rows, paid, "local_value", findings)
        is_foreign = is_foreign & ~_same_currency(settled, paid)
    if findings.refused:
        return None
    return Money(settled, exponents_, minor, paid, paid_minor, is_foreign)


def _field(starts: Offsets, name: str) -> tuple[Offsets, Offsets]:
    first, last = TRANSACTION[name]
    return starts + (first - 1), np.full(len(starts), last - first + 1)


def _values(records: Records, rows: Offsets, which: str, findings: Findings) -> Values:
    """Return the values of `local` or `settled`; blank ones are absent, odd ones refused."""
    starts, codes = records.starts[rows], records.codes
    places, lengths = trimmed(codes, *_field(starts, f"{which}_value"))
    sizes, are_digits = digits(records.words, places, lengths)
    exponent = codes[starts + TRANSACTION[f"{which}_exponent"][0] - 1].astype(np.int64)
    own = exponent - _ZERO
    is_known = (own >= 0) & (own <= _MOST)
    marks = records.words[starts + TRANSACTION[f"{which}_currency"][0] - 1] & _CODE
    seen, name_of = np.unique(marks, return_inverse=True)
    names = [int(one).to_bytes(3, "little").decode("ascii").strip().upper() for one in seen]
    is_named = np.array([bool(one) for one in names], np.bool_)[name_of]
    is_there = is_named & (lengths > 0)
    wrong = is_there & ~(are_digits & (is_known | (exponent == _BLANK)))
    expected = "digits, and a number of decimals from 0 to 6"
    _refuse(findings, "amount_unreadable", records, rows, wrong, f"{which}_value", expected)
    return Values(sizes, np.where(is_known, own, _DEFAULT), is_there, names, name_of)


def _or_pounds(settled: Values, home: Offsets) -> Values:
    """Return the values that settle: where a settlement value is missing, the one in pounds."""
    if settled.is_there.all():
        return settled
    is_there = settled.is_there
    return Values(
        np.where(is_there, settled.sizes, home),
        np.where(is_there, settled.digits, _DEFAULT),
        np.ones_like(is_there),
        [*settled.names, HOME],
        np.where(is_there, settled.name_of, len(settled.names)),
    )


def _minor(
    records: Records, rows: Offsets, values: Values, field: str, findings: Findings
) -> tuple[Offsets, Offsets]:
    """Return exponents and minor units by ISO 4217; refuse what is not exact there."""
    exponents_ = values.exponents()
    unknown = values.is_there & (exponents_ < 0)
    currency = field.replace("value", "currency")
    expected = "an ISO 4217 code"
    _refuse(findings, "currency_unknown", records, rows, unknown, currency, expected)
    places = np.where(unknown, 0, exponents_ - values.digits)
    up, down = _POWERS[np.maximum(places, 0)], _POWERS[np.maximum(-places, 0)]
    inexact = (values.sizes % down != 0) | (values.sizes > MINOR_MAX // up)
    expected = "an amount that is whole in the minor units of its currency"
    wrong = inexact & values.is_there & ~unknown
    _refuse(findings, "exponent_differs", records, rows, wrong, field, expected)
    return exponents_, values.sizes * up // down


def _same_currency(settled: Values, paid: Values) -> Mask:
    numbers = {name: place for place, name in enumerate(settled.names)}
    of_paid = np.array([numbers.get(one, -1) for one in paid.names])
    # Pounds may stand twice among the names: as a settlement currency, and where there is none.
    of_settled = np.array([numbers[one] for one in settled.names])
    same: Mask = of_paid[paid.name_of] == of_settled[settled.name_of]
    return same


def _refuse(
    findings: Findings,
    code: str,
    records: Records,
    rows: Offsets,
    wrong: Mask,
    field: str,
    expected: str,
) -> None:
    if wrong.any():
        refuse_rows(findings, code, records, rows[wrong], field, TRANSACTION[field], expected)
