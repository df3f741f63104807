"""Equal keys, found by one join on fingerprints and proved by the keys themselves.

Joining 64-bit integers costs half of joining references, so lines are joined on a fingerprint. A
fingerprint that occurs twice on a side is cut out first and handled by its real key, which also
bounds the work: no join here makes more pairs than there are lines.
"""

from dataclasses import dataclass

import polars as pl

from matchers.lines import FREE, Prints, Side, of_both

OCCURRENCE = ("business_date", "file_sha256", "record_no", "record_id")
"""The order in which equal lines of a side are counted."""


@dataclass(frozen=True)
class EqualLines:
    """The free lines of two sides by equal key.

    `pairs`: `left_row`, `right_row` of keys that occur once on each side. `repeated`: the lines of
    all keys whose fingerprint occurs twice on a side, in `left` and `right`.
    """

    pairs: pl.DataFrame
    left_repeated: pl.DataFrame
    right_repeated: pl.DataFrame


def prints_of(side: Side, key: tuple[str, ...]) -> Prints:
    """Return the fingerprints of `key` on `side`, worked out once; `lines` may be taken by now.

    Polars' hash is not stable from one version to the next: it serves inside one run and is never
    stored; and two keys may share a hash, so whoever joins on it compares the keys too.
    """
    if key not in side.prints:
        whole = pl.all_horizontal(pl.col(name).is_not_null() for name in key)
        lines = side.free(whole.alias("whole"), print=print_of(key))
        if not lines["whole"].all():
            lines = lines.filter("whole")
        side.prints[key] = Prints(lines.select("row", "print"))
    return side.prints[key]


def print_of(key: tuple[str, ...]) -> pl.Expr:
    """Return the fingerprint of a line's key."""
    parts = [pl.col(name).hash(seed=place) for place, name in enumerate(key)]
    mixed = parts[0]
    for part in parts[1:]:
        mixed = mixed * 0x9E3779B1 + part  # wraps on purpose
    return mixed


def rows_with(side: Side, key: tuple[str, ...], prints: pl.Series) -> pl.Series:
    """Return the free rows whose fingerprint of `key` is among `prints`."""
    lines = prints_of(side, key).lines
    rows = lines["row"].filter(lines["print"].is_in(prints.implode()))
    return rows.filter(pl.Series(side.group[rows.to_numpy()] == FREE))


def equal_lines(left: Side, right: Side, key: tuple[str, ...]) -> EqualLines:
    """Return which free lines of `left` and `right` are equal in `key`; null equals nothing."""
    twice = of_both(lambda side: prints_of(side, key).repeated, left, right)
    repeated = pl.concat(twice).unique()
    ours, theirs = of_both(lambda side: _free_prints(side, key, repeated), left, right)
    pairs = (
        ours.lazy()
        .filter(~pl.col("is_repeated"))
        .join(theirs.lazy().filter(~pl.col("is_repeated")), on="print", how="inner")
        .select(left_row="row", right_row="row_right")
        .collect(engine="streaming")
        .sort("left_row")
    )
    return EqualLines(
        _proved(pairs, left, right, key), _in_full(left, ours, key), _in_full(right, theirs, key)
    )


def _free_prints(side: Side, key: tuple[str, ...], repeated: pl.Series) -> pl.DataFrame:
    """The prints of the lines that are free now, with `is_repeated`."""
    lines = prints_of(side, key).lines
    again = lines["print"].is_in(repeated.implode())
    is_free = pl.Series(side.group[lines["row"].to_numpy()] == FREE)
    return lines.with_columns(is_repeated=again).filter(is_free)


def numbered(lines: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Add `nth` (0-based occurrence of its key) and `count` to lines that have `OCCURRENCE`."""
    return lines.sort(OCCURRENCE).with_columns(
        nth=pl.int_range(pl.len(), dtype=pl.Int64).over(key),
        count=pl.len().cast(pl.Int64).over(key),
    )


def _in_full(side: Side, prints: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    chosen = prints["row"].filter(prints["is_repeated"])
    columns = dict.fromkeys((*key, "amount_minor", *OCCURRENCE))
    return side.at(chosen, *columns).with_columns(chosen.alias("row"))


def _proved(pairs: pl.DataFrame, left: Side, right: Side, key: tuple[str, ...]) -> pl.DataFrame:
    """Keep the pairs whose keys are equal themselves, not only their fingerprints."""
    equal = pl.select(
        pl.all_horizontal(
            pl.lit(left.lines[name]).gather(pairs["left_row"])
            == pl.lit(right.lines[name]).gather(pairs["right_row"])
            for name in key
        ).alias("equal")
    )["equal"]
    return pairs if equal.all() else pairs.filter(equal)
