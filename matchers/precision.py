"""How far a rule is trusted: by what became of its matches, measured and not assumed.

A rule is one pass in one version of a plan. Its precision is the share of its decided matches that
nobody undid; what counts is the lower end of the Wilson interval at 95 %, which is low while little
is decided. A rule whose matches people undo so often that the bound falls below 99.5 % only
proposes from then on. A rule that proposes (class C: no common reference, but unique on both sides)
confirms by itself once 500 decisions put the bound at 99.9 %. Class D never does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import sqrt

import polars as pl

from matchers.decisions import MANUAL, apart_of
from matchers.groups import Groups, LegState

DEMOTED_BELOW = 0.995
PROMOTED_FROM = 0.999
DECISIONS_MIN = 500
_Z = 1.959963984540054  # two-sided 95 % of the normal distribution


@dataclass(frozen=True)
class Record:
    """What became of the matches of one rule: how many stand, how many were undone or rejected."""

    stood: int
    undone: int

    @property
    def lower_bound(self) -> float:
        """The least precision that the record is still compatible with (Wilson, 95 %)."""
        decided = self.stood + self.undone
        if not decided:
            return 0.0
        share, spread = self.stood / decided, _Z * _Z / decided
        middle = share + spread / 2
        half = _Z * sqrt(share * (1 - share) / decided + spread / (4 * decided))
        return (middle - half) / (1 + spread)

    @property
    def is_demoted(self) -> bool:
        """Whether so much was undone that the rule may only propose."""
        return self.undone > 0 and self.lower_bound < DEMOTED_BELOW

    @property
    def is_promoted(self) -> bool:
        """Whether proposals of the rule have been right so often that it may confirm."""
        return self.stood + self.undone >= DECISIONS_MIN and self.lower_bound >= PROMOTED_FROM


def rules_of(
    state: LegState, decisions: pl.DataFrame | None, records: Mapping[str, Record]
) -> Callable[[Groups], Groups] | None:
    """Return what groups go through before they count; None where nothing stands in their way."""
    apart = None if decisions is None else apart_of(state, decisions)
    demoted = {code: record for code, record in records.items() if record.is_demoted}
    promoted = {code for code, record in records.items() if record.is_promoted}
    if apart is None and not demoted and not promoted:
        return None
    told: set[str] = set()

    def rules(found: Groups) -> Groups:
        if found.pass_code == MANUAL:
            return found
        if apart is not None:
            found = apart.of(found)
        if found.outcome == "matched" and found.pass_code in demoted:
            if found.pass_code not in told:
                told.add(found.pass_code)
                state.notes.append(_said(found.pass_code, demoted[found.pass_code]))
            return replace(found, outcome="proposed")
        if found.outcome == "proposed" and found.evidence_class == "C":
            return replace(found, outcome="matched") if found.pass_code in promoted else found
        return found

    return rules


def _said(code: str, record: Record) -> str:
    decided = record.stood + record.undone
    return (
        f"{code} only proposes: {record.undone} of {decided} of its matches were undone, so its "
        f"precision may be as low as {record.lower_bound:.2%}; {DEMOTED_BELOW:.1%} is needed."
    )
