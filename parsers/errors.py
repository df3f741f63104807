"""How a parser stops: `Refused` carries the one finding that makes going on pointless.

A parser collects what it can in `Findings`; it raises `Refused` only where the rest of the file
cannot be read at all. Neither ever leaves `parsers.parse`: both become refusals of a ParsedFile.
"""

from parsers.outcome import Finding
from tieout.errors import Permanent


class ParseError(Permanent):
    """Base of what goes wrong inside a parser."""


class Refused(ParseError):
    """The file cannot be read further; `finding` says where and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.code}: {finding.found}", hint=finding.hint)
        self.finding = finding
