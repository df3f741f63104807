"""Amounts as banks write them in OFX: with a point or a comma, with or without a plus sign."""

import re

import numpy as np
import polars as pl

from parsers.amounts import read_major
from parsers.views import Mask, Offsets
from tieout.money import AmountUnreadable, parse_minor

_COMMA_LAST = re.compile(r"\.[0-9]{3},[0-9]+$")
_POINT_LAST = re.compile(r",[0-9]{3}\.[0-9]+$")


def read_amounts(texts: pl.Series, exponents: Offsets) -> tuple[Offsets, Mask]:
    """Return minor units, and which amounts are readable; an exponent of -1 is not known."""
    known = pl.Series(exponents, dtype=pl.Int8)
    if (exponents < 0).any():
        known = known.set(pl.Series(exponents < 0), None)
    minor = read_major(texts, known)
    values, readable = minor.fill_null(0).to_numpy(), minor.is_not_null().to_numpy()
    odd = np.flatnonzero(~readable & (exponents >= 0))
    if odd.size:
        values, readable = values.copy(), readable.copy()
        found = [read_amount(texts[one], int(exponents[one])) for one in odd.tolist()]
        values[odd] = [one or 0 for one in found]
        readable[odd] = [one is not None for one in found]
    return values, readable


def read_amount(text: str | None, exponent: int) -> int | None:
    """Return minor units of one amount: a comma is a decimal mark, the last of two marks is it."""
    plain = (text or "").strip().removeprefix("+")
    if _COMMA_LAST.search(plain):
        plain = plain.replace(".", "")
    elif _POINT_LAST.search(plain):
        plain = plain.replace(",", "")
    plain = re.sub(r"^(-?)\.(?=[0-9])", r"\g<1>0.", plain.replace(",", ".", 1)).removesuffix(".")
    if plain.startswith("+"):
        return None
    try:
        return parse_minor(plain, "", exponent=exponent)
    except AmountUnreadable:
        return None
