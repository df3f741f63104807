"""Fields of fixed-width records: texts, signs in a character, implied decimals, days of six digits.

Columns in, columns out. A short column is read value by value (`parsers.singles` says why), a long
one by one query; both say the same.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from parsers.lookups import look_up
from parsers.records import read_whole
from parsers.singles import FEW, whole_of
from tieout.money import MINOR_MAX

Fields = Mapping[str, tuple[int, int]]
"""Name → (first, last) position in a record, from 1."""

OVERPUNCHED = {one: (digit, 1) for digit, one in enumerate("{ABCDEFGHI")} | {
    one: (digit, -1) for digit, one in enumerate("}JKLMNOPQR")
}
"""Last character of an amount → its digit and its sign."""

_DIGITS = {one: f"{digit}" for one, (digit, _) in OVERPUNCHED.items()}
_FACTORS = {one: factor for one, (_, factor) in OVERPUNCHED.items()}
_PLACES_MAX = 9
_PIVOT = 70
_EPOCH_DAY = 719_163
# What Polars takes for a blank; Python's own strip() would also take the separators 1C to 1F.
_BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def stripped(text: str) -> str:
    """Return a text without blanks around it, as Polars does."""
    return text.strip(_BLANKS)


def is_blank(text: str) -> bool:
    """Tell whether a text is nothing but blanks."""
    return not text.strip(_BLANKS)


def cut_texts(texts: pl.Series, fields: Fields) -> dict[str, pl.Series]:
    """Return the fields of records, each without blanks around it; null where nothing is left."""
    if len(texts) < FEW:
        rows = texts.to_list()
        return {
            name: pl.Series(
                name,
                [(one and one[first - 1 : last].strip(_BLANKS)) or None for one in rows],
                dtype=pl.String,
            )
            for name, (first, last) in fields.items()
        }
    text = pl.col(texts.name)
    parts = {
        name: text.str.slice(first - 1, last - first + 1).str.strip_chars()
        for name, (first, last) in fields.items()
    }
    kept = [pl.when(part != "").then(part).alias(name) for name, part in parts.items()]
    return texts.to_frame().select(kept).to_dict()


def cut_raw(texts: pl.Series, first: int, last: int) -> pl.Series:
    """Return one field of records, with the blanks in it."""
    if len(texts) < FEW:
        values = [one and one[first - 1 : last] for one in texts.to_list()]
        return pl.Series(texts.name, values, dtype=pl.String)
    return texts.str.slice(first - 1, last - first + 1)


def significant(texts: pl.Series) -> pl.Series:
    """Return texts without the zeros that fill them up, then without blanks; null for nothing."""
    if len(texts) < FEW:
        values = [(one and one.lstrip("0").strip(_BLANKS)) or None for one in texts.to_list()]
        return pl.Series(texts.name, values, dtype=pl.String)
    stripped = pl.col(texts.name).str.strip_chars_start("0").str.strip_chars()
    return texts.to_frame().select(pl.when(stripped != "").then(stripped)).to_series()


def join_texts(*columns: pl.Series, separator: str = " ") -> pl.Series:
    """Return the texts of each row in one, runs of blanks as one blank; null for nothing."""
    name = columns[0].name
    if len(columns[0]) < FEW:
        rows = zip(*(one.to_list() for one in columns), strict=True)
        joined = (separator.join(filter(None, row)) for row in rows)
        return pl.Series(name, [_one_spaced(one) or None for one in joined], dtype=pl.String)
    named = {f"{place}": one for place, one in enumerate(columns)}
    text = pl.concat_str(pl.col(*named), separator=separator, ignore_nulls=True)
    spaced = pl.when(text != "").then(text.str.replace_all(" +", " "))
    return pl.DataFrame(named).select(spaced.alias(name)).to_series()


def _one_spaced(text: str) -> str:
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def signed_number(signs: pl.Series, digits: pl.Series, factors: Mapping[str, int]) -> pl.Series:
    """Return Int64 of 1 to 18 digits and a sign beside them; null where one cannot be read."""
    return read_whole(digits) * look_up(signs, factors, pl.Int64())


def overpunched(texts: pl.Series) -> pl.Series:
    """Return Int64 of digits whose last one carries the sign, at most 18; null for others."""
    if len(texts) < FEW:
        values = [overpunched_of(one) for one in texts.to_list()]
        return pl.Series(texts.name, values, dtype=pl.Int64)
    last = texts.str.slice(-1)
    digits, factors = look_up(last, _DIGITS, pl.String()), look_up(last, _FACTORS, pl.Int64())
    return read_whole(texts.str.head(-1) + digits) * factors


def overpunched_of(text: str | None) -> int | None:
    """Return what `overpunched` says of one text."""
    found = OVERPUNCHED.get(text[-1:]) if text else None
    if found is None or text is None:
        return None
    number = whole_of(f"{text[:-1]}{found[0]}")
    return None if number is None else number * found[1]


def implied_minor(numbers: pl.Series, decimals: pl.Series | int, exponents: pl.Series) -> pl.Series:
    """Return Int64 minor units of whole numbers whose last `decimals` digits are decimals.

    Null where the currency, with `exponents` decimals, lacks one that is not 0.
    """
    if isinstance(decimals, int):
        decimals = pl.Series([decimals], dtype=pl.Int8).new_from_index(0, len(numbers))
    if len(numbers) < FEW:
        rows = zip(numbers.to_list(), decimals.to_list(), exponents.to_list(), strict=True)
        return pl.Series(numbers.name, [minor_of_implied(*row) for row in rows], dtype=pl.Int64)
    number, places = pl.col("number"), pl.col("exponent") - pl.col("decimals")
    fewer, more = _power(places), _power(-places)
    minor = number // more * fewer
    fits = (number % more == 0) & ((number // more).abs() <= MINOR_MAX // fewer)
    columns = {"number": numbers, "decimals": decimals, "exponent": exponents.cast(pl.Int8)}
    return pl.DataFrame(columns).select(pl.when(fits).then(minor).cast(pl.Int64)).to_series()


def minor_of_implied(number: int | None, decimals: int | None, exponent: int | None) -> int | None:
    """Return what `implied_minor` says of one number."""
    if number is None or decimals is None or exponent is None:
        return None
    if decimals > exponent:
        minor, lost = divmod(number, 10 ** (decimals - exponent))
    else:
        minor, lost = number * 10 ** (exponent - decimals), 0
    return None if lost or abs(minor) > MINOR_MAX else minor


def _power(places: pl.Expr) -> pl.Expr:
    clipped = places.clip(0, _PLACES_MAX).cast(pl.UInt32)
    return pl.lit(10, dtype=pl.Int64).pow(clipped)


def compact_days(texts: pl.Series, order: str) -> pl.Series:
    """Return Date of six or eight digits; null where they are none, or no day of the calendar.

    Args:
        texts: as they stand in the file.
        order: "dmy", "ymd" or, with a year of four digits from 1000 to 2999, "Ymd". Years 70 to
            99 of two digits are those of 1900.
    """
    if len(texts) < FEW:
        days = [_day_number(one, order) for one in texts.to_list()]
        return pl.Series(texts.name, days, dtype=pl.Int32).cast(pl.Date)
    text = pl.col(texts.name)
    form = "".join(f"%{one}" for one in order)
    shape = "^[12][0-9]{7}$" if "Y" in order else "^[0-9]{6}$"
    day = pl.when(text.str.contains(shape)).then(text).str.to_date(form, strict=False)
    return texts.to_frame().select(day).to_series()


def compact_day(text: str | None, order: str) -> date | None:
    """Return what `compact_days` says of one text."""
    number = _day_number(text, order)
    return None if number is None else date.fromordinal(number + _EPOCH_DAY)


def _day_number(text: str | None, order: str) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    if order == "Ymd":
        if len(text) != 8 or text[0] not in "12":
            return None
        year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    else:
        if len(text) != 6:
            return None
        pairs = (int(text[place : place + 2]) for place in (0, 2, 4))
        day, month, year = pairs if order == "dmy" else reversed(tuple(pairs))
        year += 1900 if year >= _PIVOT else 2000
    try:
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
