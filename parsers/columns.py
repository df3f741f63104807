"""What is done to every text of a report's column: blanks off, words changed, gaps filled.

A column of few texts is gone through in Python, which is sooner done than a query is begun; of a
long one only the distinct texts are.
"""

from collections.abc import Callable, Sequence

import polars as pl

from parsers.singles import FEW

_BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What Unicode calls white space, and so does Polars."""


def stripped(texts: pl.Series) -> pl.Series:
    """Return the texts without blanks around them, null where nothing is left."""
    if len(texts) < FEW:
        values = texts.to_list()
        plain = [one.strip(_BLANKS) or None if one else None for one in values]
        return texts if plain == values else pl.Series(texts.name, plain, dtype=pl.String)
    plain_texts = texts.str.strip_chars()
    return plain_texts.set(plain_texts == "", None)


def first_filled(columns: Sequence[pl.Series]) -> pl.Series:
    """Return in each row the first text that there is; null where there is none."""
    found, *others = columns
    for column in others:
        if not found.null_count():
            break
        if len(found) < FEW:
            pairs = zip(found.to_list(), column.to_list(), strict=True)
            values = [more if one is None else one for one, more in pairs]
            found = pl.Series(found.name, values, dtype=pl.String)
        else:
            found = found.zip_with(found.is_not_null(), column)
    return found


def each_as(
    texts: pl.Series,
    say: Callable[[str], object],
    dtype: pl.DataType,
    *,
    absent: str | None = None,
) -> pl.Series:
    """Return what `say` makes of each text, and of `absent` where there is none.

    Not for a long column of texts that are all different.
    """
    values = (texts if len(texts) < FEW else texts.unique()).to_list()
    heard = (absent if one is None else one for one in values)
    said = [None if one is None else say(one) for one in heard]
    if len(texts) < FEW:
        return pl.Series(texts.name, said, dtype=dtype)
    return texts.replace_strict(values, said, return_dtype=dtype)


def nothing(height: int) -> pl.Series:
    """Return a column of no texts."""
    return pl.Series([None], dtype=pl.String).new_from_index(0, height)
