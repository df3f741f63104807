"""Text of amounts to minor units, a whole column at a time, exactly.

A regular expression decides what an amount is before anything is converted, because casts accept
more than senders mean (`1e3`, `+1`, `1.`). The point is moved in the text: no float, no rounding.
What is no amount, or has a fraction that its currency lacks, becomes null; the caller refuses it.
"""

import re

import polars as pl

from tieout.money import MINOR_MAX, exponents

MINOR_DIGITS_MAX = 18


def exponent_column(currency: str) -> pl.Expr:
    """Return the ISO exponent of each row's currency; null where ISO does not list the code."""
    return pl.col(currency).replace_strict(exponents(), default=None, return_dtype=pl.Int8)


def amount_pattern(decimal: str = ".", thousands: str = "") -> str:
    """Return the regular expression of an amount in major units: groups sign, whole, fraction.

    ASCII digits only, minus sign only in front, at least one digit on both sides of the mark;
    thousands separators, where the sender uses them, must stand every three digits or not at all.
    """
    whole = "[0-9]+"
    if thousands:
        whole = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|[0-9]+"
    return rf"^(-?)({whole})(?:{re.escape(decimal)}([0-9]+))?$"


def major_to_minor(
    text: pl.Expr, exponent: pl.Expr, *, decimal: str = ".", thousands: str = ""
) -> pl.Expr:
    """Return Int64 minor units of amounts written in major units; null where it is not exact.

    Args:
        text: column of text.
        exponent: digits after the point, per row.
        decimal: the sender's decimal mark.
        thousands: the sender's separator of thousands, "" for none.
    """
    parts = text.str.extract_groups(amount_pattern(decimal, thousands)).struct
    sign, whole = parts.field("1"), parts.field("2")
    fraction = parts.field("3").fill_null("")
    if thousands:
        whole = whole.str.replace_all(thousands, "", literal=True)
    kept = pl.concat_str(fraction, pl.lit("0" * 6)).str.slice(0, exponent)
    surplus = fraction.str.slice(exponent).str.strip_chars("0")
    return _to_int(sign, pl.concat_str(whole, kept), is_exact=surplus == "")


def minor_text(text: pl.Expr) -> pl.Expr:
    """Return Int64 minor units of amounts written in minor units; null where they are not."""
    parts = text.str.extract_groups(r"^(-?)([0-9]+)$").struct
    return _to_int(parts.field("1"), parts.field("2"), is_exact=pl.lit(True))


def _to_int(sign: pl.Expr, digits: pl.Expr, *, is_exact: pl.Expr) -> pl.Expr:
    significant = digits.str.strip_chars_start("0")
    fits = significant.str.len_bytes() <= MINOR_DIGITS_MAX
    value = pl.when(significant == "").then(pl.lit("0")).otherwise(significant)
    magnitude = value.cast(pl.Int64, strict=False)
    signed = pl.when(sign == "-").then(-magnitude).otherwise(magnitude)
    return pl.when(is_exact & fits & (magnitude <= MINOR_MAX)).then(signed)
