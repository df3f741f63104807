"""Texts to currencies, exponents, kinds and amounts, a whole column at a time.

What is read from the bytes is the ordinary way to write a value; where a column has others, its
grammar (`parsers.amounts`) judges them. Nothing here knows which value a line needs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.amounts import read_major, read_minor, read_words
from parsers.declared.texts import Texts
from parsers.runs import Mask
from parsers.singles import FEW, amount_shape, minor_of, minor_of_major
from parsers.views import Lookup, numbers
from tieout.frames.settlement import KINDS
from tieout.money import exponents

Exponents = npt.NDArray[np.int8]
UNKNOWN = -1
"""Exponent of a currency that ISO 4217 does not list."""

_A, _LETTERS, _ZERO, _OWN_MAX = 65, 26, 48, 6
_OWN = {str(one): one for one in range(_OWN_MAX + 1)}
_KINDS = (*KINDS, None)
_KIND_NAMES = Lookup.of(_KINDS)
_BY_LETTERS = np.full(_LETTERS**3, UNKNOWN, dtype=np.int8)
for _code, _digits in exponents().items():
    _first, _second, _third = (ord(one) - _A for one in _code)
    _BY_LETTERS[(_first * _LETTERS + _second) * _LETTERS + _third] = _digits


@dataclass(slots=True)
class Minors:
    """Amounts of a column in minor units, 0 where absent; `given` is None where none is absent."""

    values: npt.NDArray[np.int64]
    given: Mask | None

    def column(self) -> pl.Series:
        """Return them as a column, null where absent."""
        if self.given is None:
            return pl.Series(self.values)
        return numbers(self.values, self.given)


@dataclass(frozen=True, slots=True)
class Currencies:
    """Codes of a column in capitals, the decimals that ISO 4217 gives each, and which are codes."""

    codes: pl.Series
    exponents: Exponents
    are_codes: Mask


def read_currencies(texts: Texts) -> Currencies:
    """Return the currencies of a column; small letters mean the same."""
    if texts.are_few:
        return _of_few(texts.few)
    letters = [texts.run.buffer[texts.run.starts + place] - np.uint8(_A) for place in range(3)]
    are_codes = texts.lengths == 3
    for one in letters:
        are_codes &= one < _LETTERS
    if not are_codes.all():
        return _in_capitals(texts.column)
    first, second, third = (one.astype(np.intp) for one in letters)
    found = _BY_LETTERS[(first * _LETTERS + second) * _LETTERS + third]
    return Currencies(texts.column, found, are_codes)


def _of_few(texts: list[str | None]) -> Currencies:
    known = exponents()
    codes = [None if one is None else one.upper() for one in texts]
    found = [UNKNOWN if one is None else known.get(one, UNKNOWN) for one in codes]
    are_codes = [one is not None and _is_code(one) for one in codes]
    return Currencies(
        pl.Series(codes, dtype=pl.String),
        np.array(found, dtype=np.int8),
        np.array(are_codes, dtype=np.bool_),
    )


def _is_code(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def _in_capitals(column: pl.Series) -> Currencies:
    codes = column.str.to_uppercase()
    found = codes.replace_strict(exponents(), default=UNKNOWN, return_dtype=pl.Int8)
    are_codes = codes.str.contains("^[A-Z]{3}$").fill_null(value=False)
    return Currencies(codes, found.fill_null(UNKNOWN).to_numpy().copy(), are_codes.to_numpy())


def own_exponents(texts: Texts, iso: Exponents) -> Exponents:
    """Return the decimals that the sender counts with: one digit of 0 to 6, else those of ISO."""
    if texts.are_few:
        own = [_OWN.get(one or "", UNKNOWN) for one in texts.few]
        known = np.array(own, dtype=np.int8)
        return np.where(known == UNKNOWN, iso, known)
    digits = texts.run.buffer[texts.run.starts] - np.uint8(_ZERO)
    is_own = (texts.lengths == 1) & (digits <= _OWN_MAX)
    found: Exponents = np.where(is_own, digits.astype(np.int8), iso)
    return found


def kind_column(codes: npt.NDArray[np.int64]) -> pl.Series:
    """Return the names of kinds, null for -1."""
    if len(codes) < FEW:
        return pl.Series([_KINDS[code] for code in codes.tolist()], dtype=pl.String)
    return _KIND_NAMES.take(codes)


def read_amounts(
    texts: Texts, exponents: Exponents, *, are_minor: bool, decimal: str, thousands: str
) -> tuple[Minors, Mask]:
    """Return the amounts of a column, and which texts are none.

    Args:
        texts: of amounts.
        exponents: decimals of each one's currency; what is UNKNOWN is judged elsewhere.
        are_minor: whether the texts are whole numbers of minor units.
        decimal: the sender's decimal mark.
        thousands: his mark of thousands, "" for none.
    """
    if texts.are_few:
        values, is_read = _few_amounts(texts.few, exponents, are_minor, decimal, thousands)
    else:
        places = np.zeros(len(texts), dtype=np.int8) if are_minor else exponents
        values, is_read = read_words(texts.run, places, 0 if are_minor else ord(decimal))
    if is_read.all():
        return Minors(values, None), ~is_read
    wrong = texts.is_given & (exponents != UNKNOWN) & ~is_read
    if wrong.any() and not texts.are_few:
        known = pl.Series(exponents).replace(UNKNOWN, None)
        found = (
            read_minor(texts.column)
            if are_minor
            else read_major(texts.column, known, decimal=decimal, thousands=thousands)
        )
        is_read = found.is_not_null().to_numpy()
        values, wrong = found.fill_null(0).to_numpy().copy(), wrong & ~is_read
    values[~is_read] = 0
    return Minors(values, is_read), wrong


def _few_amounts(
    texts: list[str | None],
    exponents: Exponents,
    are_minor: bool,
    decimal: str,
    thousands: str,
) -> tuple[npt.NDArray[np.int64], Mask]:
    if are_minor:
        found = [minor_of(text) for text in texts]
    else:
        shape = amount_shape(decimal, thousands, bare_fraction=False)
        places = [None if one == UNKNOWN else one for one in exponents.tolist()]
        pairs = zip(texts, places, strict=True)
        found = [minor_of_major(text, place, shape) for text, place in pairs]
    values = np.array([one or 0 for one in found], dtype=np.int64)
    return values, np.array([one is not None for one in found], dtype=np.bool_)
