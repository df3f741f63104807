"""Files in, lines of money out: `identify` says what a file is, `parse` reads it.

Pure: bytes and configuration go in, a `ParsedFile` comes out. Nothing here opens a file, reads a
clock or knows a database. Bad input never raises; it comes back refused, with every reason that
was found. Wrong configuration (an unknown format, option or layout key) raises: people must fix it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import polars as pl

from parsers.codes import read_controls
from parsers.contract import BATCH_BYTES, Data, Format, Source
from parsers.outcome import (
    ControlTotal,
    Draft,
    Finding,
    Findings,
    ParsedFile,
    Statement,
)
from parsers.reading import outcome, read
from parsers.registry import FORMATS
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines

__all__ = [
    "FORMATS",
    "ControlTotal",
    "Finding",
    "ParsedFile",
    "Statement",
    "Stream",
    "identify",
    "parse",
]

_HEAD_BYTES = 64 << 10
_NO_OPTIONS: Mapping[str, object] = MappingProxyType({})
_NO_CONTROLS: Mapping[str, str] = MappingProxyType({})
_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "ZIP", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}


def identify(data: Data) -> str | None:
    """Return the name of the format that the bytes show, or None. File names play no part.

    A delimited or fixed-width file is never identified: what it means stands in a layout.
    """
    head = data[:_HEAD_BYTES]
    return next((name for name, one in FORMATS.items() if one.looks_like(head)), None)


def parse(
    data: bytes,
    *,
    format: str | None = None,
    feed: str = "",
    options: Mapping[str, object] = _NO_OPTIONS,
    layout: Mapping[str, object] | None = None,
    pan_key: bytes = b"unkeyed-fingerprints-for-tests",
    controls: Mapping[str, str] = _NO_CONTROLS,
) -> ParsedFile:
    """Read one file.

    Args:
        data: the file as received.
        format: name of the format; without it, a layout means `delimited`, else the bytes decide.
        feed: name written into every line.
        options: the format's own switches, for example {"perspective": "issuer"}.
        layout: for `delimited` and `fixed_width`: what the columns are (docs/formats).
        pan_key: key of the card fingerprints, at least 16 bytes.
        controls: what the feed decided, code of a finding → "refuse" or "warn" (parsers/codes.py).

    Returns:
        Lines (shape: lines, SettlementLine), statements, control totals and findings; whatever
        the bytes are, an outcome and not an exception.

    Raises:
        UsageError: unknown format, unknown option, bad layout or bad controls.
    """
    reading = Stream(
        data,
        format=format,
        feed=feed,
        options=options,
        layout=layout,
        pan_key=pan_key,
        controls=controls,
    )
    batches = list(reading)
    parsed = reading.outcome
    return replace(parsed, frame=pl.concat(batches)) if parsed.accepted and batches else parsed


class Stream:
    """One file of any size, read while it is iterated.

    Iterating gives batches (shape: lines, SettlementLine) in the order of the file, in memory
    that the file's size does not bound where its format allows; afterwards `outcome` is what
    `parse` returns, without lines. The batches count only if that is accepted.

    The arguments and errors are those of `parse`; `data` may be a memory mapping, and
    `batch_bytes` says about how much of it makes one batch.
    """

    outcome: ParsedFile

    def __init__(
        self,
        data: Data,
        *,
        format: str | None = None,
        feed: str = "",
        options: Mapping[str, object] = _NO_OPTIONS,
        layout: Mapping[str, object] | None = None,
        pan_key: bytes = b"unkeyed-fingerprints-for-tests",
        controls: Mapping[str, str] = _NO_CONTROLS,
        batch_bytes: int = BATCH_BYTES,
    ) -> None:
        name = format or ("delimited" if layout is not None else identify(data))
        self._format = None if name is None else _chosen(name, options)
        self._decided = read_controls(controls)
        sha256 = hashlib.sha256(data).hexdigest()
        self._source = Source(data, sha256, feed, options, layout, pan_key, batch_bytes)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Read the file from its start."""
        findings = Findings(self._decided)
        if self._format is None:
            findings.add(_unknown_format(self._source.raw))
            nothing = Draft(empty_lines(), records=0)
            self.outcome = outcome(None, self._source, nothing, findings)
            return
        self.outcome = yield from read(self._format, self._source, findings)


def _chosen(name: str, options: Mapping[str, object]) -> Format:
    chosen = FORMATS.get(name.replace("-", "_"))
    if chosen is None:
        raise UsageError(
            f"There is no file format {name!r}.", hint=f"Known formats: {', '.join(FORMATS)}."
        )
    unknown = sorted(set(options) - chosen.options)
    if unknown:
        known = ", ".join(sorted(chosen.options)) or "none"
        raise UsageError(
            f"Format {chosen.name} has no option {unknown[0]!r}.", hint=f"Known options: {known}."
        )
    return chosen


def _unknown_format(data: Data) -> Finding:
    packed = next((name for magic, name in _COMPRESSED.items() if data[:4].startswith(magic)), None)
    if packed:
        return Finding(
            "compressed_file",
            "refusal",
            byte_offset=0,
            found=f"a {packed} archive",
            expected="the file itself",
            hint="Unpack it before it is landed, so that byte ranges point into what you keep.",
        )
    return Finding(
        "format_unknown",
        "refusal",
        byte_offset=0,
        found="an empty file" if not data else f"{len(data)} bytes of no known format",
        expected=", ".join(name for name, one in FORMATS.items() if not one.needs_layout),
        hint="Name the format; for delimited and fixed_width, give a layout (docs/formats).",
    )
