"""Text of amounts to minor units, a whole column at a time, exactly.

A grammar decides what an amount is before anything is converted, because casts accept more than
senders mean (`1e3`, `+1`, `1.`): ASCII digits, a minus sign only in front, a digit on both sides of
the mark. The point is moved in the text: no float, no rounding. What is no amount, or has a
fraction that its currency lacks, becomes null; the caller refuses it.

Nearly all amounts have at most the decimals of their currency and no separators. Those are read as
words (`parsers.runs`); the others by a regular expression, which is the grammar in full. A column
of a few amounts is read one by one (`parsers.singles`).
"""

import re

import numpy as np
import numpy.typing as npt
import polars as pl

from parsers.lookups import looked_up
from parsers.runs import Mask, Run, Words, are_digits, numbers, run_of
from parsers.singles import FEW, amount_shape, minor_of, minor_of_major
from tieout.money import MINOR_MAX, exponents

MINOR_DIGITS_MAX = 18
_WORD_DIGITS_MAX = 15
_WORD_BYTES = 8
_MINUS = ord("-")
_EIGHT, _LAST = np.uint64(8), np.uint64(56)
_ALL, _ZEROS = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0x3030303030303030)

Minors = npt.NDArray[np.int64]


def exponent_column(currency: str) -> pl.Expr:
    """Return the ISO exponent of each row's currency; null where ISO does not list the code."""
    return looked_up(pl.col(currency), exponents(), pl.Int8())


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
    text: pl.Expr,
    exponent: pl.Expr,
    *,
    decimal: str = ".",
    thousands: str = "",
    bare_fraction: bool = False,
) -> pl.Expr:
    """Return Int64 minor units of amounts written in major units; null where it is not exact.

    Args:
        text: column of text.
        exponent: digits after the point, per row.
        decimal: the sender's decimal mark.
        thousands: the sender's separator of thousands, "" for none.
        bare_fraction: whether .11 stands for 0.11 with this sender.
    """
    return pl.map_batches(
        [text, exponent.cast(pl.Int8)],
        lambda columns: read_major(
            *columns, decimal=decimal, thousands=thousands, bare_fraction=bare_fraction
        ),
        return_dtype=pl.Int64,
    )


def minor_text(text: pl.Expr) -> pl.Expr:
    """Return Int64 minor units of amounts written in minor units; null where they are not."""
    return text.map_batches(read_minor, return_dtype=pl.Int64)


def read_major(
    texts: pl.Series,
    exponents: pl.Series,
    *,
    decimal: str = ".",
    thousands: str = "",
    bare_fraction: bool = False,
) -> pl.Series:
    """Return what `major_to_minor` says of a column of texts and one of exponents."""
    texts, exponents = _same_length(texts.cast(pl.String), exponents)
    if len(texts) < FEW:
        shape = amount_shape(decimal, thousands, bare_fraction=bare_fraction)
        pairs = zip(texts.to_list(), exponents.to_list(), strict=True)
        return pl.Series(texts.name, [minor_of_major(*one, shape) for one in pairs], dtype=pl.Int64)
    places = exponents.fill_null(-1).to_numpy()

    def by_grammar(odd: pl.DataFrame) -> pl.Expr:
        text = pl.col("text")
        if bare_fraction:
            text = text.str.replace(rf"^(-?){re.escape(decimal)}", f"${{1}}0{decimal}")
        return _major_by_grammar(text, pl.col("exponent"), decimal, thousands)

    values, is_read = read_words(run_of(texts), places, ord(decimal))
    return _with_odd_ones(texts, exponents, values, is_read, by_grammar)


def read_minor(texts: pl.Series) -> pl.Series:
    """Return what `minor_text` says of a column of texts."""
    texts = texts.cast(pl.String)
    if len(texts) < FEW:
        return pl.Series(texts.name, [minor_of(one) for one in texts.to_list()], dtype=pl.Int64)
    nothing = pl.Series([0], dtype=pl.Int8).new_from_index(0, len(texts))
    values, is_read = read_words(run_of(texts), nothing.to_numpy(), 0)
    return _with_odd_ones(texts, nothing, values, is_read, lambda _: _minor_by_grammar())


def _same_length(texts: pl.Series, exponents: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return both at the length of the longer one: a literal comes as a single value."""
    height = max(len(texts), len(exponents)) if len(texts) and len(exponents) else 0
    texts, exponents = (
        one if len(one) == height else one.new_from_index(0, height) if height else one.clear()
        for one in (texts, exponents)
    )
    return texts, exponents


def _with_odd_ones(
    texts: pl.Series, exponents: pl.Series, values: Minors, is_read: Mask, by_grammar: object
) -> pl.Series:
    """Return the values, those that are no words by the grammar; null stays null."""
    found = pl.Series(texts.name, values)
    if is_read.all():
        return found
    read = pl.Series(is_read)
    frame = pl.DataFrame({"found": found, "read": read, "text": texts, "exponent": exponents})
    frame = frame.with_columns(pl.when("read").then("found").alias("found"))
    odd = ~read & texts.is_not_null() & exponents.is_not_null()
    if odd.any():
        rows = frame.with_row_index("row").filter(odd)
        more = rows.select("row", by_grammar(rows).alias("more"))  # type: ignore[operator]
        frame = (
            frame.with_row_index("row")
            .join(more, on="row", how="left", maintain_order="left")
            .with_columns(pl.coalesce("found", "more").alias("found"))
        )
    return frame["found"].alias(texts.name)


def read_words(run: Run, exponents: npt.NDArray[np.int8], mark: int) -> tuple[Minors, Mask]:
    """Return the amounts of 1 to 15 digits, with at most the decimals of their currency.

    Args:
        run: texts of amounts.
        exponents: decimals of each one's currency, -1 where unknown.
        mark: code of the decimal mark.

    Returns:
        Minor units, and which texts were read; of the others the grammar has to judge.
    """
    values = np.zeros(len(run.starts), dtype=np.int64)
    is_read = np.zeros(len(run.starts), dtype=np.bool_)
    for part in run.slices():
        starts, ends, places = run.starts[part], run.ends[part], exponents[part].astype(np.int64)
        if len(places) and (places == places[0]).all():
            places = places[:1]
        is_negative = (run.buffer[starts] == _MINUS) & (ends > starts)
        size = ends - starts - is_negative
        decimals = _decimals(run, ends, size, places, mark)
        has_mark = decimals > 0
        digits = size - has_mark
        # What the text has too few decimals is added here, and must find room.
        missing = places - decimals
        right = (digits > 0) & (digits <= np.minimum(17 - missing, _WORD_DIGITS_MAX))
        value, are_read = _digits(run, ends, digits, decimals, has_mark)
        is_read[part] = right & are_read & (places >= 0)
        np.negative(value, out=value, where=is_negative)
        if missing.any():
            value *= 10 ** np.maximum(missing, 0)
        values[part] = value
    return values, is_read


def _decimals(run: Run, ends: Minors, size: Minors, places: Minors, mark: int) -> Minors:
    """Return how many digits follow the mark, at most `places`; 0 where there is no mark."""
    is_there = (places > 0) & (size > places + 1) & (run.buffer[ends - 1 - places] == mark)
    decimals = np.where(is_there, places, 0)
    fewer = 0 if is_there.all() else int(places.max(initial=0))
    for place in range(1, fewer):
        is_there = (decimals == 0) & (place < places) & (size > place + 1)
        decimals[is_there & (run.buffer[ends - 1 - place] == mark)] = place
    return decimals


def _digits(
    run: Run, ends: Minors, digits: Minors, places: Minors, has_mark: Mask
) -> tuple[Minors, Mask]:
    """Return what the last `digits` digits before `ends` say, the mark left out, and if they do."""
    low, high = run.words(ends - 8), None
    if has_mark.any():
        high = run.words(ends - 16)
        closed = _without_mark(low, high, places)
        low = closed if has_mark.all() else np.where(has_mark, closed, low)
    if digits.max(initial=0) <= _WORD_BYTES:
        low = _from_digit(low, digits)
        return numbers(low), are_digits(low)
    if high is None:
        high = run.words(ends - 16)
    high = np.where(has_mark, high << _EIGHT, high)
    low, high = _from_digit(low, digits), _from_digit(high, digits - _WORD_BYTES)
    return numbers(high) * 10**_WORD_BYTES + numbers(low), are_digits(low) & are_digits(high)


def _without_mark(low: Words, high: Words, places: Minors) -> Words:
    """Close the gap: what stands before the mark moves one byte up, over it."""
    below = _EIGHT * (_EIGHT - np.clip(places, 1, 7).astype(np.uint64))
    whole = (low & (_ALL >> (np.uint64(72) - below))) << _EIGHT
    closed: Words = (low & (_ALL << below)) | whole | (high >> _LAST)
    return closed


def _from_digit(words: Words, digits: Minors) -> Words:
    """Return the words with everything before their last `digits` bytes as zeros."""
    shift = _EIGHT * (_WORD_BYTES - np.clip(digits, 1, _WORD_BYTES)).astype(np.uint64)
    mask = _ALL << shift
    if digits.min(initial=1) < 1:
        mask = np.where(digits > 0, mask, np.uint64(0))
    found: Words = (words & mask) | (_ZEROS & ~mask)
    return found


def _major_by_grammar(text: pl.Expr, exponent: pl.Expr, decimal: str, thousands: str) -> pl.Expr:
    parts = text.str.extract_groups(amount_pattern(decimal, thousands)).struct
    sign, whole = parts.field("1"), parts.field("2")
    fraction = parts.field("3").fill_null("")
    if thousands:
        whole = whole.str.replace_all(thousands, "", literal=True)
    kept = pl.concat_str(fraction, pl.lit("0" * 6)).str.slice(0, exponent)
    surplus = fraction.str.slice(exponent).str.strip_chars("0")
    return _to_int(sign, pl.concat_str(whole, kept), is_exact=surplus == "")


def _minor_by_grammar() -> pl.Expr:
    parts = pl.col("text").str.extract_groups(r"^(-?)([0-9]+)$").struct
    return _to_int(parts.field("1"), parts.field("2"), is_exact=pl.lit(True))


def _to_int(sign: pl.Expr, digits: pl.Expr, *, is_exact: pl.Expr) -> pl.Expr:
    significant = digits.str.strip_chars_start("0")
    fits = significant.str.len_bytes() <= MINOR_DIGITS_MAX
    value = pl.when(significant == "").then(pl.lit("0")).otherwise(significant)
    magnitude = value.cast(pl.Int64, strict=False)
    signed = pl.when(sign == "-").then(-magnitude).otherwise(magnitude)
    return pl.when(is_exact & fits & (magnitude <= MINOR_MAX)).then(signed)
