"""Which business dates a case covers: half-open spans, kept as first, last and the gaps between.

A run decides its own date, up to the next date that was run: what that one says of itself stands.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import Row

Span = tuple[date, date | None]
"""From the first date up to, but not including, the second; None: still open."""


def covers(row: Row[Any], business_date: date) -> bool:
    """Tell whether the case was open on a business date."""
    return any(
        begin <= business_date and (end is None or business_date < end) for begin, end in of(row)
    )


def of(row: Row[Any]) -> list[Span]:
    """Return the spans of a case, in order."""
    edges: list[date | None] = [row.opened_on]
    for closed, reopened in row.gaps:
        edges += [date.fromisoformat(closed), date.fromisoformat(reopened)]
    edges.append(row.closed_on)
    spans = zip(edges[::2], edges[1::2], strict=True)
    return [(begin, end) for begin, end in spans if begin is not None and begin != end]


def without(spans: Sequence[Span], first: date, until: date | None) -> list[Span]:
    """Take the dates from `first` up to `until` out of `spans`."""
    left: list[Span] = []
    for begin, end in spans:
        if begin < first:
            left.append((begin, min(end or date.max, first)))
        if until is not None and (end is None or end > until):
            left.append((max(begin, until), end))
    return left


def columns(spans: Sequence[Span]) -> dict[str, Any]:
    """Return state, opened_on, closed_on and gaps of a case that covers `spans`.

    Without any span the case is closed and says nothing about dates.
    """
    merged: list[Span] = []
    for begin, end in sorted(spans, key=lambda span: span[0]):
        if merged and merged[-1][1] == begin:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    if not merged:
        return {"state": "closed", "gaps": []}
    return {
        "state": "open" if merged[-1][1] is None else "closed",
        "opened_on": merged[0][0],
        "closed_on": merged[-1][1],
        "gaps": [[str(one[1]), str(two[0])] for one, two in pairwise(merged)],
    }
