"""Equal keys, found by one join on fingerprints and proved by the keys themselves.

Joining 64-bit integers costs half of joining references, so lines are joined on a fingerprint. A
fingerprint that occurs twice on a side is cut out first and handled by its real key, which also
bounds the work: no join here makes more pairs than there are lines.
"""

from dataclasses import dataclass

import polars as pl

from matchers.lines import Side

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


def equal_lines(left: Side, right: Side, key: tuple[str, ...]) -> EqualLines:
    """Return which free lines of `left` and `right` are equal in `key`; null equals nothing."""
    ours, theirs = _printed(left, key), _printed(right, key)
    repeated = pl.concat([repeats(ours["print"]), repeats(theirs["print"])]).unique()
    if repeated.is_empty():
        once_left, once_right = ours, theirs
    else:
        once_left = ours.filter(~pl.col("print").is_in(repeated.implode()))
        once_right = theirs.filter(~pl.col("print").is_in(repeated.implode()))
    pairs = (
        once_left.lazy()
        .join(once_right.lazy(), on="print", how="inner")
        .select(left_row="row", right_row="row_right")
        .collect(engine="streaming")
        .sort("left_row")
    )
    return EqualLines(
        _proved(pairs, left, right, key),
        _in_full(left, ours, repeated, key),
        _in_full(right, theirs, repeated, key),
    )


def repeats(prints: pl.Series) -> pl.Series:
    """Return the values that occur more than once. Sorting is twice as quick as `is_duplicated`."""
    ordered = prints.sort()
    return ordered.filter(ordered == ordered.shift()).unique(maintain_order=True)


def numbered(lines: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """Add `nth` (0-based occurrence of its key) and `count` to lines that have `OCCURRENCE`."""
    return lines.sort(OCCURRENCE).with_columns(
        nth=pl.int_range(pl.len(), dtype=pl.Int64).over(key),
        count=pl.len().cast(pl.Int64).over(key),
    )


def _printed(side: Side, key: tuple[str, ...]) -> pl.DataFrame:
    prints = side.fingerprints(key)
    index = pl.int_range(prints.len(), dtype=pl.UInt32, eager=True)
    return pl.DataFrame({"row": index, "print": prints}).filter(side.is_free & prints.is_not_null())


def _in_full(
    side: Side, printed: pl.DataFrame, repeated: pl.Series, key: tuple[str, ...]
) -> pl.DataFrame:
    chosen = printed.filter(pl.col("print").is_in(repeated.implode()))["row"]
    columns = dict.fromkeys((*key, "amount_minor", *OCCURRENCE))
    return side.at(chosen, *columns).with_columns(chosen.alias("row"))


def _proved(pairs: pl.DataFrame, left: Side, right: Side, key: tuple[str, ...]) -> pl.DataFrame:
    """Keep the pairs whose keys are equal themselves, not only their fingerprints."""
    equal = pl.Series([True]).new_from_index(0, pairs.height)
    for name in key:
        ours = left.lines[name].gather(pairs["left_row"])
        equal &= ours == right.lines[name].gather(pairs["right_row"])
    return pairs if equal.all() else pairs.filter(equal)
