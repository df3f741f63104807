"""How many subsets of some amounts come to a sum: none, exactly one, or several; and which.

A sum that fits proves little: of twenty ordinary amounts, several subsets usually come to the same
total. So solutions are counted, not found: two sets of bits, one for the sums that some subset
reaches and one for those that at least two reach, are shifted by each amount in turn (a Python
integer is the set; bit k stands for the sum k). The count is exact for 0, 1 and "2 or more".

Negative amounts are turned over: choosing a subset with -a is leaving out +a from a target that is
a higher. And a subset of the sum T is the complement of one of (total - T): whichever is smaller is
counted, so looking for the few lines that are missing from a known batch costs little.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Literal

BITS_MAX = 40_000_000
ITEMS_MAX = 500
"""What one question may cost: bits of the longest set, and amounts. More is `budget`, no guess."""


@dataclass(frozen=True)
class Solutions:
    """What was found; `subsets` holds up to the number asked for, each as ascending places."""

    status: Literal["none", "unique", "several", "budget"]
    subsets: tuple[tuple[int, ...], ...] = ()


def solve(amounts: Sequence[int], target: int, *, shown: int = 3) -> Solutions:
    """Count the non-empty subsets of `amounts` that come to `target`.

    Args:
        amounts: signed minor units of one currency, none of them 0 (it would fit into any subset).
        target: signed minor units.
        shown: how many subsets to write down when there are several.

    Raises:
        ValueError: one of the amounts is 0.
    """
    if 0 in amounts:
        raise ValueError("an amount of 0 belongs to every subset and to none")
    if len(amounts) > ITEMS_MAX:
        return Solutions("budget")
    sizes = [abs(one) for one in amounts]
    turned = target - sum(one for one in amounts if one < 0)
    total = sum(sizes)
    if not 0 <= turned <= total:
        return Solutions("none")
    unit = gcd(*sizes, 0) or 1
    if turned % unit:
        return Solutions("none")
    is_complement = turned > total - turned
    goal = (total - turned if is_complement else turned) // unit
    if goal > BITS_MAX:
        return Solutions("budget")
    # What is greater than the goal is in no subset; it keeps its place, as more than the goal.
    sizes = [min(one // unit, goal + 1) for one in sizes]
    # The empty subset comes to 0; it is not an answer, but it is counted with the others.
    wanted = shown + 1 if target == 0 else shown
    if not _count(sizes, goal):
        return Solutions("none")
    chosen = (
        _as_chosen(found, amounts, is_complement=is_complement)
        for found in _subsets(list(enumerate(sizes)), goal, max(wanted, 2))
    )
    subsets = tuple(sorted(one for one in chosen if one))
    if not subsets:
        return Solutions("none")
    return Solutions("unique" if len(subsets) == 1 else "several", subsets[:shown])


def _count(sizes: Sequence[int], goal: int) -> int:
    """How many subsets come to the goal: 0, 1, or 2 for more."""
    mask = (1 << goal + 1) - 1
    once, twice = 1, 0
    for size in sorted(sizes):
        moved = once << size & mask
        twice = (twice | twice << size & mask) | once & moved
        once |= moved
    return (once >> goal & 1) + (twice >> goal & 1)


def _subsets(items: list[tuple[int, int]], goal: int, most: int) -> Iterator[tuple[int, ...]]:
    """Yield up to `most` subsets that come to the goal, as places.

    The items are cut in half; a sum that the first half reaches from below and the second from the
    goal downwards is where a subset is cut, too.
    """
    if goal == 0 and not items:
        yield ()
        return
    if len(items) == 1:
        place, size = items[0]
        if goal in (0, size):
            yield (place,) if goal else ()
        return
    if not items:
        return
    first, second = items[: len(items) // 2], items[len(items) // 2 :]
    cuts = _reached(first, goal) & _left_by(second, goal)
    found = 0
    while cuts and found < most:
        cut = (cuts & -cuts).bit_length() - 1
        cuts &= cuts - 1
        for head in _subsets(first, cut, most - found):
            for tail in _subsets(second, goal - cut, most - found):
                yield head + tail
                found += 1
                if found == most:
                    return


def _reached(items: list[tuple[int, int]], goal: int) -> int:
    mask, sums = (1 << goal + 1) - 1, 1
    for _place, size in items:
        sums |= sums << size & mask
    return sums


def _left_by(items: list[tuple[int, int]], goal: int) -> int:
    sums = 1 << goal
    for _place, size in items:
        sums |= sums >> size
    return sums


def _as_chosen(
    found: tuple[int, ...], amounts: Sequence[int], *, is_complement: bool
) -> tuple[int, ...]:
    """Turn places among the sizes into places among the signed amounts."""
    inside = set(found)
    return tuple(
        place
        for place, amount in enumerate(amounts)
        if (place in inside) ^ is_complement ^ (amount < 0)
    )
