"""OFX to lines and statements: entries are cut out by their tags, values by one expression each."""

import re

import numpy as np

from parsers.contract import Source
from parsers.errors import Refused
from parsers.lines import build_lines
from parsers.ofx.entries import read_entries, read_lines
from parsers.ofx.heads import read_heads
from parsers.ofx.layout import VERSIONS
from parsers.ofx.statements import close_statements
from parsers.ofx.tags import Tags, blanked, last, read_tags
from parsers.outcome import Draft, Finding, Findings
from tieout.errors import UsageError
from tieout.frames.settlement import empty_lines
from tieout.money import exponents

_HEAD = re.compile(rb"OFXHEADER|<OFX>", re.IGNORECASE)
_END = re.compile(rb"</OFX\s*+>", re.IGNORECASE)
_VERSION = re.compile(rb"\bVERSION\s*[:=>]\s*\"?([0-9A-Za-z.]+)")
_TIGHT = re.compile(rb"NEWFILEUID:[^\r\n]*\r?\n[ \t]*<", re.IGNORECASE)
ERRORS_SHOWN = 20


def looks_like(data: bytes) -> bool:
    """Tell whether an OFX header or its outermost tag stands near the start of the file."""
    head = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip()
    return head[:1] in (b"O", b"o", b"<", b"D", b"V") and _HEAD.search(head) is not None


def parse(source: Source, findings: Findings) -> Draft:
    """Return the lines of an OFX file.

    Raises:
        Refused: the file was cut off, or is in no encoding that is read.
        UsageError: option `currency` is no currency.
    """
    assumed = source.options.get("currency")
    if assumed is not None and assumed not in exponents():
        raise UsageError(f"Option currency = {assumed!r} is no currency.", hint="For example EUR.")
    data = blanked(source.data)
    _check_header(data, findings)
    _check_whole(data)
    tags = read_tags(data)
    _check_status(data, tags, findings)
    heads = read_heads(tags, None if assumed is None else str(assumed))
    entries = read_entries(data, tags, heads, findings)
    if findings.refused:
        return Draft(empty_lines(), len(entries))
    closed = close_statements(heads, entries, findings)
    if not closed:
        _warn_empty(findings)
    frame = build_lines(read_lines(entries), sha256=source.sha256, feed=source.feed)
    return Draft(frame, len(entries), closed)


def _check_whole(data: bytes) -> None:
    if _END.search(data) is None:
        raise Refused(
            Finding(
                "file_cut_off",
                "refusal",
                line=data.count(b"\n") + 1,
                byte_offset=len(data),
                found="a file without </OFX>",
                expected="</OFX> at its end",
                hint="The file was cut off on the way: fetch it again.",
            )
        )


def _check_header(data: bytes, findings: Findings) -> None:
    head = data[:2048]
    version = _VERSION.search(re.sub(rb"<\?xml[^>]*\?>", b"", head))
    text = version[1].decode("ascii", "replace") if version else None
    if text is None or not re.match(VERSIONS, text):
        findings.warn(
            "version_unknown",
            byte_offset=version.start(1) if version and b"<?xml" not in head else 0,
            record="header",
            field="VERSION",
            found=text or "no version",
            expected="1.0.2 to 2.2, written 102 to 220",
            hint="Read by its tags all the same.",
        )
    tight = _TIGHT.search(head)
    if tight:
        findings.warn(
            "header_unseparated",
            line=data.count(b"\n", 0, tight.end()) + 1,
            byte_offset=tight.end() - 1,
            record="header",
            found="<OFX> in the line after the header",
            expected="an empty line between both",
            hint="Nothing is lost.",
        )


def _check_status(data: bytes, tags: Tags, findings: Findings) -> None:
    """Warn about the codes with which the bank answers that something went wrong."""
    code, severity = tags.named("CODE"), np.flatnonzero(tags.named("SEVERITY"))
    if not severity.size:
        return
    failed = [one for one in severity.tolist() if (tags.value(one) or "").upper() == "ERROR"]
    if not failed:
        return
    place = last(code)[failed]
    is_next = np.array(failed) - place <= len(("CODE", "/CODE"))
    for one in place[(place >= 0) & is_next][:ERRORS_SHOWN].tolist():
        start = int(tags.starts[one])
        findings.warn(
            "status_error",
            line=data.count(b"\n", 0, start) + 1,
            byte_offset=start,
            record="STATUS",
            field="CODE",
            found=f"error {tags.value(one)}",
            expected="code 0",
            hint="The bank answered with an error: entries may be missing.",
        )


def _warn_empty(findings: Findings) -> None:
    findings.warn(
        "statement_missing",
        byte_offset=0,
        found="a file without any statement",
        expected="at least one STMTRS, CCSTMTRS or INVSTMTRS",
        hint="Nothing to reconcile in this file; ask the bank if you expected some.",
    )
