"""Files in, lines of money out: `identify` says what a file is, `parse` reads it.

Pure: bytes and configuration go in, a `ParsedFile` comes out. Nothing here opens a file, reads a
clock or knows a database. Bad input never raises; it comes back refused, with every reason that
was found. Wrong configuration (an unknown format, option or layout key) raises: people must fix it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from parsers.contract import Format, Source
from parsers.errors import Refused
from parsers.outcome import (
    ControlTotal,
    Draft,
    Finding,
    Findings,
    ParsedFile,
    Statement,
)
from parsers.registry import FORMATS
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines, validate_lines

__all__ = [
    "FORMATS",
    "ControlTotal",
    "Finding",
    "ParsedFile",
    "Statement",
    "identify",
    "parse",
]

_NO_OPTIONS: Mapping[str, object] = MappingProxyType({})
_COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "ZIP", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}


def identify(data: bytes) -> str | None:
    """Return the name of the format that the bytes show, or None. File names play no part.

    A delimited file is never identified: what its columns mean stands in a layout.
    """
    return next((name for name, one in FORMATS.items() if one.looks_like(data)), None)


def parse(
    data: bytes,
    *,
    format: str | None = None,
    feed: str = "",
    options: Mapping[str, object] = _NO_OPTIONS,
    layout: Mapping[str, object] | None = None,
    pan_key: bytes = b"unkeyed-fingerprints-for-tests",
) -> ParsedFile:
    """Read one file.

    Args:
        data: the file as received.
        format: name of the format; without it, a layout means `delimited`, else the bytes decide.
        feed: name written into every line.
        options: the format's own switches, for example {"perspective": "issuer"}.
        layout: for `delimited`: what the columns are (docs/formats/delimited.md).
        pan_key: key of the card fingerprints, at least 16 bytes.

    Returns:
        Lines (shape: lines, SettlementLine), statements, control totals and findings; whatever
        the bytes are, an outcome and not an exception.

    Raises:
        UsageError: unknown format, unknown option or bad layout.
    """
    findings = Findings()
    name = format or ("delimited" if layout is not None else identify(data))
    sha256 = hashlib.sha256(data).hexdigest()
    draft = Draft(empty_lines(), records=0)
    if name is None:
        findings.add(_unknown_format(data))
    else:
        chosen = _chosen(name, options)
        source = Source(data, sha256, feed, options, layout, pan_key)
        draft = _read(chosen, source, findings)
        name = chosen.name
    frame = empty_lines() if findings.refused else draft.frame
    return ParsedFile(
        format=name,
        sha256=sha256,
        size=len(data),
        accepted=not findings.refused,
        frame=frame,
        statements=draft.statements,
        control_totals=draft.control_totals,
        findings=findings.as_tuple(),
        records=draft.records,
    )


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


def _read(chosen: Format, source: Source, findings: Findings) -> Draft:
    """Run one format's parser; whatever goes wrong with these bytes becomes a refusal."""
    try:
        draft = chosen.parse(source, findings)
        return draft if findings.refused else replace(draft, frame=validate_lines(draft.frame))
    except Refused as refused:
        findings.add(refused.finding)
    except UsageError:
        raise
    except Exception as defect:  # noqa: BLE001 - the rim: one poisoned file must not stop the day
        findings.refuse(
            "parser_defect",
            found=f"{type(defect).__name__} in our {chosen.name} parser",
            expected="every file to be read or refused with its reason",
            hint="Nothing of the file was used. Please report it with the file, if you may.",
        )
    return Draft(empty_lines(), records=0)


def _unknown_format(data: bytes) -> Finding:
    packed = next((name for magic, name in _COMPRESSED.items() if data.startswith(magic)), None)
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
        expected=", ".join(name for name in FORMATS if name != "delimited"),
        hint="Name the format; for a delimited file, give its layout (docs/formats/delimited.md).",
    )
