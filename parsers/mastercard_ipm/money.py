"""Amounts, currencies and fees of a chunk of messages."""

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.mastercard_ipm.elements import Records
from parsers.mastercard_ipm.layout import EXPONENTS, FEE_OCCURRENCES
from parsers.mastercard_ipm.text import Mask, Offsets
from parsers.views import Lookup
from tieout.money import alpha_of, currencies, exponents

_UNKNOWN = 1000
_EXPONENT_MAX = 6


def currency_numbers(records: Records, element: int) -> Offsets:
    """Return ISO numbers of a currency element; 1000 where it names no currency."""
    found = records.number(element, 3)
    return np.where(_is_known()[found], found, _UNKNOWN)


def currency_codes(numbers: Offsets) -> pl.Series:
    """Return ISO codes of ISO numbers, null for 1000."""
    return _codes().take(numbers)


def is_known(numbers: Offsets) -> Mask:
    """Return which of `currency_numbers` are currencies."""
    known: Mask = numbers != _UNKNOWN
    return known


def declared_exponents(records: Records, numbers: Offsets) -> Offsets:
    """Return ISO exponents, overruled by PDS0148, which repeats currency (3) and exponent (1)."""
    digits = _exponents()[numbers].astype(np.int64)
    longest = int(records.private_length(EXPONENTS).max(initial=0))
    for place in range(0, longest, 4):
        stated = records.text.number(records.private_at(EXPONENTS, place, 4), 4)
        exponent = stated % 10
        mine = (stated // 10 == numbers) & (stated >= 0) & (exponent <= _EXPONENT_MAX)
        digits = np.where(mine, exponent, digits)
    return digits


def fees(records: Records, numbers: Offsets) -> tuple[Offsets, Offsets, Mask]:
    """Return unsigned (all fees, interchange) in the line's currency from PDS0146 and 0147.

    Third: which messages state a fee in neither currency of their amount.
    """
    total = np.zeros(records.count, dtype=np.int64)
    interchange = total.copy()
    foreign = np.zeros(records.count, dtype=np.bool_)
    for tag, (size, digits) in FEE_OCCURRENCES.items():
        lengths = records.private_length(tag)
        for place in range(0, int(lengths.max(initial=0)), size):
            rows = np.flatnonzero(lengths >= place + size)
            at = records.private_at(tag, place, size)[rows]
            values, is_known = _occurrence(records, at, digits, numbers[rows])
            total[rows] += values
            is_interchange = records.text.number(at, 2) == 0
            interchange[rows] += np.where(is_interchange, values, 0)
            foreign[rows] |= ~is_known
    return total, interchange, foreign


def _occurrence(
    records: Records, at: Offsets, digits: int, numbers: Offsets
) -> tuple[Offsets, Mask]:
    """Return one fee's amount in the line's currency, and whether it states it so."""
    number = records.text.number
    second = at + 9 + digits
    own = number(at + 6, 3) == numbers
    settled = ~own & (number(second, 3) == numbers)
    value = np.where(own, number(at + 9, digits), 0)
    if settled.any():
        value = np.where(settled, number(second + 3, digits), value)
    return np.maximum(value, 0), (own | settled) & (value >= 0)


@cache
def _names() -> tuple[str | None, ...]:
    names: list[str | None] = [None] * (_UNKNOWN + 1)
    for one in currencies().values():
        names[int(one.numeric)] = alpha_of(one.numeric)
    return tuple(names)


@cache
def _codes() -> Lookup:
    return Lookup.of(_names())


@cache
def _is_known() -> Mask:
    # The last place is for no number (-1), which is not known.
    return _codes().is_known


@cache
def _exponents() -> npt.NDArray[np.int8]:
    by_code = exponents()
    return np.array([by_code[one] if one else 0 for one in _names()], dtype=np.int8)
