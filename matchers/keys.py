"""Equal keys, found by one join on fingerprints and proved by a second fingerprint.

Joining 64-bit integers costs half of joining references, so lines are joined on a fingerprint. A
fingerprint that occurs twice on a side is cut out first and handled by its real key, which also
bounds the work: no join here makes more pairs than there are lines.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.lines import FREE, Prints, Side, of_both

OCCURRENCE = ("business_date", "file_sha256", "record_no", "row")
"""The order in which equal lines of a side are counted; rows stand in the order of record_id."""

OCCURRENCE_COLUMNS = OCCURRENCE[:-1]


KEY = ("print", "check")
"""The columns that stand for a key: equal in both, equal in the key."""


@dataclass(frozen=True)
class EqualLines:
    """The free lines of two sides by equal key.

    `pairs`: `left_row`, `right_row` of keys that occur once on each side, in the order of the left
    rows. `repeated`: the lines of all keys whose fingerprint occurs twice on a side, in `left` and
    `right`, each with `KEY` and numbered in the order of `OCCURRENCE`: `nth` (from 0) of `count`.
    """

    pairs: pl.DataFrame
    left_repeated: pl.DataFrame
    right_repeated: pl.DataFrame


_MIX = 0x9E3779B1
_CHECK = 64
"""The seeds of the second hash: no key has so many columns."""

_COMMON = frozenset(["kind", "currency", "amount_minor"])
"""What many lines have in common; the rest of a key names the item."""


def key_prints(key: tuple[str, ...]) -> dict[str, pl.Expr]:
    """Return both fingerprints of a key by the name of their column; no `print` if a part is empty.

    Lines are joined on `print`. Two of many million keys may share it, so `check` is compared, a
    hash of the references alone: two different ones would have to be made for having both equal.
    Polars' hash is not stable from one version to the next: it serves inside one run and is never
    stored.
    """
    whole = pl.all_horizontal(pl.col(*key).is_not_null())
    named = tuple(name for name in key if name not in _COMMON) or key
    return {
        "print": pl.when(whole).then(_hash(key, 0)),
        "check": _hash(named, _CHECK),
    }


def _hash(key: tuple[str, ...], seed: int) -> pl.Expr:
    mixed = pl.col(key[0]).hash(seed=seed)
    for place, name in enumerate(key[1:], start=seed + 1):
        mixed = _mix(mixed, name, place)
    return mixed


def _mix(mixed: pl.Expr, name: str, seed: int) -> pl.Expr:
    return mixed * _MIX + pl.col(name).hash(seed=seed)  # wraps on purpose


def prints_of(side: Side, key: tuple[str, ...]) -> Prints:
    """Return the fingerprints of `key` on `side`, worked out once; `lines` may be taken by now."""
    if key not in side.prints:
        shorter = side.prints.get(key[:-1])
        if shorter is not None and key[-1] == "amount_minor":
            side.prints[key] = _with_amount(side, shorter, len(key) - 1)
        else:
            lines = side.free(**key_prints(key))
            is_whole = lines["print"].null_count() == 0
            side.prints[key] = Prints(lines if is_whole else lines.drop_nulls("print"))
    return side.prints[key]


def _with_amount(side: Side, prints: Prints, place: int) -> Prints:
    rows, amounts = prints.lines["row"], side.lines["amount_minor"]
    own = amounts if rows.len() == amounts.len() else amounts.gather(rows)
    return Prints(
        prints.lines.with_columns(own).select(
            "row",
            "check",
            print=_mix(pl.col("print"), "amount_minor", place),
        )
    )


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
    return EqualLines(
        _pairs(ours[0], theirs[0], left), _numbered(left, ours[1]), _numbered(right, theirs[1])
    )


def _free_prints(
    side: Side, key: tuple[str, ...], repeated: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The prints of the lines that are free now: those not among `repeated`, and those that are."""
    lines = prints_of(side, key).lines
    again = lines["print"].is_in(repeated.implode()).to_numpy()
    is_free = side.group[lines["row"].to_numpy()] == FREE
    return lines.filter(is_free & ~again), lines.filter(is_free & again)


def _pairs(ours: pl.DataFrame, theirs: pl.DataFrame, left: Side) -> pl.DataFrame:
    """The rows of equal keys, in the order of the left rows; no key occurs twice on a side.

    Only the fingerprint and a place are joined: what else is carried costs more than looking it up.
    """
    both = (lines.lazy().select("print").with_row_index("place") for lines in (ours, theirs))
    places = next(both).join(next(both), on="print", how="inner").collect(engine="streaming")
    mine, other = (places[name].to_numpy() for name in ("place", "place_right"))
    is_equal = ours["check"].to_numpy()[mine] == theirs["check"].to_numpy()[other]
    if not is_equal.all():
        mine, other = mine[is_equal], other[is_equal]
    # Each left line has one partner at most: that sorts the pairs without comparing them.
    partner = np.full(left.lines.height, -1, dtype=np.int64)
    partner[ours["row"].to_numpy()[mine]] = theirs["row"].to_numpy()[other]
    rows = np.flatnonzero(partner >= 0)
    return pl.DataFrame(
        {"left_row": rows.astype(np.uint32), "right_row": partner[rows].astype(np.uint32)}
    )


def _numbered(side: Side, lines: pl.DataFrame) -> pl.DataFrame:
    counted = lines.with_columns(side.at(lines["row"], *OCCURRENCE_COLUMNS)).sort(OCCURRENCE)
    return counted.with_columns(
        nth=pl.int_range(pl.len(), dtype=pl.Int64).over(KEY),
        count=pl.len().cast(pl.Int64).over(KEY),
    )
