"""Frames in, matches and breaks out: the matching of one leg, with its proof.

    left, right (open lines)  ──►  match_leg(left, right, leg, as_of=…)  ──►  MatchResult

A pass is one small module (`exact`, `tolerance`, …) that takes groups of lines out of the pool. The
plan (`plan`) says which passes run, in which order; `engine` runs them; `assembly` turns groups of
rows into frames; `proof` checks that no line and no cent was lost. Nothing here reads files, clocks
or databases, and nothing knows which bank a line came from.
"""

from matchers.dates import with_due_dates
from matchers.decisions import DECISIONS, MANUAL
from matchers.engine import MatchResult, match_leg
from matchers.plan import LegPlan, MatchPlan, PlanInvalid, build_plan, load_plan, parse_plan
from matchers.precision import Record
from matchers.proof import LegProof

__all__ = [
    "DECISIONS",
    "MANUAL",
    "LegPlan",
    "LegProof",
    "MatchPlan",
    "MatchResult",
    "PlanInvalid",
    "Record",
    "build_plan",
    "load_plan",
    "match_leg",
    "parse_plan",
    "with_due_dates",
]
