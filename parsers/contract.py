"""What a format is to the registry, and what a parser is given: the contract between both.

It stands alone so that formats and registry can both import it.
"""

import mmap
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import polars as pl

from parsers.outcome import Draft, Findings

Data = bytes | mmap.mmap
"""A file as received. Slices of both are bytes; a file larger than memory comes as a mapping."""

BATCH_BYTES = 16 << 20
"""How much of a file a streaming parser turns into one frame."""

Batches = Generator[pl.DataFrame, None, Draft]
"""Frames in the order of the file, each of bounded size; then the Draft, without lines."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file as its parser sees it: bytes and what the feed's configuration says about them.

    `raw` is what a streaming parser takes slices of, `batch_bytes` (about) at a time; `data` is
    the whole file in memory.
    """

    raw: Data
    sha256: str
    feed: str
    options: Mapping[str, object]
    layout: Mapping[str, object] | None
    pan_key: bytes
    batch_bytes: int = BATCH_BYTES

    @property
    def data(self) -> bytes:
        """Return all bytes."""
        return self.raw if isinstance(self.raw, bytes) else self.raw[:]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: how to know it by its first bytes, and how to read it.

    `parse` returns the whole at once or, for files that may be larger than memory, its batches.
    `options` names the keys that the feed's [options] may hold for it; one that needs a layout
    is never known by its bytes.
    """

    name: str
    looks_like: Callable[[bytes], bool]
    parse: Callable[[Source, Findings], Draft | Batches]
    options: frozenset[str] = frozenset()
    needs_layout: bool = False
