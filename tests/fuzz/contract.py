"""What holds for any bytes whatever: an outcome, in bounded time, that shows no card number.

`check` is what the fuzzer runs and what replays its findings.
"""

import time
from collections.abc import Mapping

import polars as pl

from parsers import ParsedFile, Stream, parse
from parsers.cards import hide_cards, holds_card
from parsers.codes import CODES
from parsers.outcome import FINDINGS_MAX, Finding
from tests.fuzz.seeds import layouts

SECONDS_FIXED = 1.0
"""Allowance for what does not depend on the size: imports, first calls, a busy machine."""
SECONDS_PER_MIB = 1.0
_KEYS = ("account", "merchant_id", "scheme_ref", "psp_ref", "merchant_ref", "batch_ref")


class ContractBroken(AssertionError):
    """A format broke the contract of `parsers.parse` on some bytes."""


def check(name: str, data: bytes) -> ParsedFile:
    """Hold one input against the contract.

    Args:
        name: the format. One that needs a layout takes it by the first byte.
        data: the input; for such a format without its first byte, the file.

    Raises:
        ContractBroken: says which rule was broken.
        Exception: whatever escaped `parse`, which is a breach as well.
    """
    data, layout = split_layout(name, data)
    limit = SECONDS_FIXED + SECONDS_PER_MIB * len(data) / (1 << 20)
    parsed, took = _timed(name, data, layout)
    if took > limit:  # what the first file of a machine compiles is no matter of these bytes
        parsed, took = _timed(name, data, layout)
    _require(took <= limit, f"{took:.2f} s for {len(data)} bytes")
    _check_outcome(parsed)
    _check_places(parsed)
    _check_cards(parsed)
    if len(data) % 32 == 0:
        _check_batches(name, data, layout, parsed)
    return parsed


def _timed(name: str, data: bytes, layout: Mapping[str, object] | None) -> tuple[ParsedFile, float]:
    begun = time.process_time()
    parsed = parse(data, format=name, layout=layout)
    return parsed, time.process_time() - begun


def split_layout(name: str, data: bytes) -> tuple[bytes, Mapping[str, object] | None]:
    """Return the file and the layout that an input stands for."""
    known = layouts(name)
    if not known:
        return data, None
    return data[1:], known[data[0] % len(known) if data else 0]


def _check_outcome(parsed: ParsedFile) -> None:
    codes = {one.code for one in parsed.findings}
    _require("parser_defect" not in codes, "a defect of the parser")
    _require(codes <= set(CODES), f"codes that are not listed: {codes - set(CODES)}")
    _require(parsed.accepted == (not parsed.refusals), "accepted with a refusal, or neither")
    _require(parsed.accepted or parsed.frame.is_empty(), "lines of a refused file")


def _check_places(parsed: ParsedFile) -> None:
    for one in parsed.findings:
        place = one.byte_offset
        _require(place is None or 0 <= place <= parsed.size, f"{one.code} at byte {place}")
    if parsed.frame.is_empty():
        return
    ends = parsed.frame["byte_start"] + parsed.frame["byte_length"]
    _require(bool((ends <= parsed.size).all()), "a line that ends behind the file")


def _check_cards(parsed: ParsedFile) -> None:
    for one in parsed.findings:
        _require(not _leaks(one), f"a card number in {one.code}")
    for statement in parsed.statements:
        for text in (statement.account, statement.reference):
            _require(text is None or hide_cards(text) == text, "a card number in a statement")
    for column in _KEYS if parsed.frame.height else ():
        for text in parsed.frame[column].head(20).to_list():
            _require(text is None or hide_cards(text) == text, f"a card number in {column}")


def _leaks(one: Finding) -> bool:
    strict = [text for text in (one.found, one.record) if text]
    others = [text for text in (one.expected, one.field, one.hint) if text]
    return any(map(holds_card, strict)) or any(hide_cards(text) != text for text in others)


def _check_batches(
    name: str, data: bytes, layout: Mapping[str, object] | None, parsed: ParsedFile
) -> None:
    """Read the file again in small batches: the same verdict, and the same of what is accepted.

    How far a refused file is read, and in which order of checks findings come, is nobody's concern.
    """
    stream = Stream(data, format=name, layout=layout, batch_bytes=max(len(data) // 3, 64))
    batches = list(stream)
    found = stream.outcome
    _require(found.accepted == parsed.accepted, "another verdict in small batches")
    if parsed.accepted:
        same = pl.concat(batches).equals(parsed.frame) if batches else parsed.frame.is_empty()
        _require(same, "other lines in small batches")
        _require(found.statements == parsed.statements, "other statements in small batches")
        _require(found.control_totals == parsed.control_totals, "other totals in small batches")
        _require(
            len(found.findings) > FINDINGS_MAX or set(found.findings) == set(parsed.findings),
            "other findings in small batches",
        )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ContractBroken(what)
