"""The sentence that tells a person why: which fields are equal, both values, the limit used."""

from collections.abc import Iterable

import polars as pl

from tieout.money import exponent_of

SENTENCE = pl.Categorical(pl.Categories("sentence", "matchers", pl.UInt32))
"""Sentences as groups hold them: of a million matches, nearly all are told in the same few."""


def money_text(minor: pl.Expr, currency: pl.Expr, currencies: Iterable[str]) -> pl.Expr:
    """Return `minor` in major units with the currency behind it: `-1250.00 EUR`.

    `currencies` are the codes that occur; each has its own number of decimal digits. A code that
    ISO 4217 does not know is shown with two.
    """
    shown = pl.lit("")
    for digits, codes in _by_exponent(currencies).items():
        text = _scaled(minor, digits)
        shown = pl.when(currency.is_in(codes)).then(text).otherwise(shown)
    return pl.concat_str(shown, pl.lit(" "), currency)


def key_words(key: Iterable[str]) -> str:
    """Return the columns of a key as words: `scheme_ref, kind and currency`."""
    names = list(key)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def lag_text(lag: pl.Expr, limit: int | None) -> pl.Expr:
    """Return how many business days lie between the two lines, in words."""
    days = lag.abs()
    unit = pl.when(days == 1).then(pl.lit(" business day ")).otherwise(pl.lit(" business days "))
    side = pl.when(lag < 0).then(pl.lit("before")).otherwise(pl.lit("after"))
    allowed = "" if limit is None else f" (limit {limit})"
    gap = pl.concat_str(
        pl.lit("right "), days.cast(pl.String), unit, side, pl.lit(" left" + allowed)
    )
    return pl.when(lag == 0).then(pl.lit("same business day")).otherwise(gap)


def _by_exponent(currencies: Iterable[str]) -> dict[int, list[str]]:
    by_digits: dict[int, list[str]] = {}
    for code in sorted(set(currencies)):
        by_digits.setdefault(_exponent(code), []).append(code)
    return by_digits


def _exponent(code: str) -> int:
    try:
        return exponent_of(code)
    except ValueError:
        return 2


def _scaled(minor: pl.Expr, digits: int) -> pl.Expr:
    sign = pl.when(minor < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    text = minor.cast(pl.Int128).abs().cast(pl.String)
    if digits == 0:
        return pl.concat_str(sign, text)
    padded = text.str.pad_start(digits + 1, "0")
    return pl.concat_str(sign, padded.str.head(-digits), pl.lit("."), padded.str.tail(digits))
