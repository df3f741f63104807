"""Polars contracts that cross a folder border: one line of money, and what became of it."""

from tieout.frames.results import BreakFrame, MatchFrame, MemberFrame, OutcomeFrame
from tieout.frames.settlement import KINDS, SettlementLine, empty_lines, validate_lines

__all__ = [
    "KINDS",
    "BreakFrame",
    "MatchFrame",
    "MemberFrame",
    "OutcomeFrame",
    "SettlementLine",
    "empty_lines",
    "validate_lines",
]
