"""What a format is to the registry, and what a parser is given: the contract between both.

It stands alone so that formats and registry can both import it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from parsers.outcome import Draft, Findings


@dataclass(frozen=True, slots=True)
class Source:
    """One file as its parser sees it: bytes and what the feed's configuration says about them."""

    data: bytes
    sha256: str
    feed: str
    options: Mapping[str, object]
    layout: Mapping[str, object] | None
    pan_key: bytes


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: how to know it by its bytes, and how to read it.

    `options` names the keys that the feed's [options] may hold for it.
    """

    name: str
    looks_like: Callable[[bytes], bool]
    parse: Callable[[Source, Findings], Draft]
    options: frozenset[str] = frozenset()
