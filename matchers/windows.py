"""Who is alone within reach of whom: candidates inside blocks, without ever listing all pairs.

Lines of two sides stand in blocks (equal key) at a position (a business day, an amount). Two lines
are candidates when their positions differ by no more than the block's width. A block of n and m
lines has n x m candidate pairs; here each line only counts its candidates by binary search, so the
cost is that of sorting, and only the pairs that are unique both ways are ever written down.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reach:
    """`pairs`: `left_row`, `right_row` of lines that have only each other.

    `left_several`, `right_several`: `set`, `row` of lines with more candidates; lines of one `set`
    hang together through their candidates.
    """

    pairs: pl.DataFrame
    left_several: pl.DataFrame
    right_several: pl.DataFrame


def within_reach(
    left: pl.DataFrame, right: pl.DataFrame, key: tuple[str, ...], *, width: pl.Expr
) -> Reach:
    """Find candidates among lines that have `row`, `position` and `key` (no nulls in them).

    `width` is an expression over `key`.
    """
    blocks = (
        left.select(key).unique().join(right.select(key).unique(), on=key, how="semi").sort(key)
    )
    blocks = blocks.with_columns(width=width.cast(pl.Int64)).with_row_index("block")
    ours = left.join(blocks, on=key).sort("row")
    theirs = right.join(blocks, on=key).sort("row")
    if ours.is_empty():
        return _reach(ours, theirs, *(np.empty(0, dtype=np.int64) for _ in range(6)))
    low, high, order = _candidates(ours, theirs)
    back_low, back_high, _ = _candidates(theirs, ours)
    met, met_back = high - low, back_high - back_low
    only = order[np.minimum(low, order.size - 1)]
    alone = (met == 1) & (met_back[only] == 1)
    taken_back = np.zeros(theirs.height, dtype=np.bool_)
    taken_back[only[alone]] = True
    open_left = np.flatnonzero((met > 0) & ~alone)
    open_right = np.flatnonzero((met_back > 0) & ~taken_back)
    sets, right_sets = _sets(low[open_left], high[open_left], order, open_right)
    pair_left = np.flatnonzero(alone)
    return _reach(ours, theirs, pair_left, only[pair_left], open_left, sets, open_right, right_sets)


def _candidates(one: pl.DataFrame, other: pl.DataFrame) -> tuple[Integers, Integers, Integers]:
    """For each line of `one`: the range of its candidates in `other` as ordered by `order`."""
    place, reach = one["position"].to_numpy(), one["width"].to_numpy()
    bounds = np.iinfo(np.int64)
    first = np.where(place >= bounds.min + reach, place - reach, bounds.min)
    last = np.where(place <= bounds.max - reach, place + reach, bounds.max)
    values = np.unique(np.concatenate([other["position"].to_numpy(), first, last]))

    def ranked(frame: pl.DataFrame, positions: Integers) -> Integers:
        # Block and position in one integer: blocks and values both number at most the lines.
        rank = np.searchsorted(values, positions)
        return np.asarray(frame["block"].to_numpy().astype(np.int64) * values.size + rank)

    targets = ranked(other, other["position"].to_numpy())
    order = np.argsort(targets, kind="stable")
    low = np.searchsorted(targets[order], ranked(one, first), side="left")
    high = np.searchsorted(targets[order], ranked(one, last), side="right")
    return low, high, order


def _sets(
    low: Integers, high: Integers, order: Integers, open_right: Integers
) -> tuple[Integers, Integers]:
    """Number the sets of overlapping ranges, and the set of every open right line."""
    by_low = np.argsort(low, kind="stable")
    ends = np.maximum.accumulate(high[by_low]) if low.size else high
    starts_new = np.ones(low.size, dtype=np.bool_)
    starts_new[1:] = low[by_low][1:] >= ends[:-1]
    sets = np.empty(low.size, dtype=np.int64)
    sets[by_low] = np.cumsum(starts_new) - 1
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    first_of_set = low[by_low][starts_new]
    return sets, np.searchsorted(first_of_set, place[open_right], side="right") - 1


def _reach(
    ours: pl.DataFrame,
    theirs: pl.DataFrame,
    pair_left: Integers,
    pair_right: Integers,
    open_left: Integers,
    left_sets: Integers,
    open_right: Integers,
    right_sets: Integers,
) -> Reach:
    def several(frame: pl.DataFrame, rows: Integers, sets: Integers) -> pl.DataFrame:
        return pl.DataFrame({"set": sets, "row": frame["row"].gather(rows)})

    pairs = pl.DataFrame(
        {
            "left_row": ours["row"].gather(pair_left),
            "right_row": theirs["row"].gather(pair_right),
        }
    )
    return Reach(
        pairs, several(ours, open_left, left_sets), several(theirs, open_right, right_sets)
    )
