"""Break reasons in words, for pages and the command line.

The list itself is `tieout.frames.reasons`. Importing that package loads Polars, which takes longer
than building a page: it is imported when the first reason is asked for, not when the server starts.
"""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class ReasonText:
    """One break reason: its code, its words, and one sentence of what was found."""

    code: str
    words: str
    meaning: str
    severity: str


@cache
def all_reasons() -> dict[str, ReasonText]:
    """Return every break reason by its code, in the order of the list."""
    from tieout.frames.reasons import BreakReason

    return {
        reason.value: ReasonText(reason.value, reason.words, reason.meaning, reason.severity.value)
        for reason in BreakReason
    }


def describe_reason(code: str) -> ReasonText:
    """Return the words of a reason; a code of another version is shown as it is stored."""
    known = all_reasons().get(code)
    return known or ReasonText(code, code.replace("_", " "), "", "medium")
