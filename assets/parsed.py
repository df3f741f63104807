"""Parse what landed: each file once, its lines kept by hash, its state written beside it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import polars as pl

from assets.content import Content
from assets.ledger import LEDGER_LAYOUT
from assets.night import Night
from parsers import ParsedFile, Stream
from tieout.config import Feed
from tieout.errors import IntegrityError
from tieout.frames.references import fill_references
from tieout.frames.storage import FrameDraft
from tieout.steps import step
from tieout.store.files import (
    InboundFile,
    files_received_on,
    is_replaced,
    mark_parsed,
    mark_refused,
)

PARSER_REVISION = 4
"""Raise it when a parser reads the same file differently: files are then read again."""


@dataclass(frozen=True)
class ParsedInput:
    """What parsing one file came to."""

    name: str
    state: str  # parsed | refused
    is_intact: bool  # the kept frame holds the lines and sums that the parser reported
    controls_agree: bool  # what the file says about itself, where that refuses nothing (balances)
    lines: int
    detail: str


def parse_dates(night: Night, feed: Feed, dates: Sequence[date]) -> dict[date, list[ParsedInput]]:
    """Parse every file of the feed that was received on `dates`.

    A file that was read by the same rules is not read again; after a change of the feed's format,
    options, layout or references it is.
    """
    inputs: dict[date, list[ParsedInput]] = {}
    for business_date in dates:
        with night.database.reading() as connection:
            files = files_received_on(connection, feed.name, business_date)
        inputs[business_date] = [
            _parse_one(night, feed, file) for file in files if file.state != "restated"
        ]
    return inputs


def _parse_one(night: Night, feed: Feed, file: InboundFile) -> ParsedInput:
    reading = reading_of(feed)
    is_same = file.reading == reading
    is_kept = file.frame_sha256 is not None and night.frames.exists(file.frame_sha256)
    if is_same and is_kept and file.state == "parsed" and file.frame_sha256 is not None:
        return _accepted(night, file.name, file.frame_sha256, file.summary, "parsed before")
    if file.state == "refused" and (is_same or _is_replaced(night, file)):
        return ParsedInput(file.name, file.state, True, True, 0, file.detail)
    stream = Stream(
        night.landing.mapped(file.sha256),
        format=feed.format,
        feed=feed.name,
        options=feed.options,
        layout=LEDGER_LAYOUT if feed.transport == "core" else feed.layout,
        pan_key=night.workspace.pan_key(),
        controls=feed.controls,
    )
    content = Content()
    lines = (fill_references(batch, feed.references) for batch in stream)
    draft = night.frames.draft(content.of(lines))
    step(f"parsed.read:{feed.name}")
    if stream.outcome.accepted:
        says = content.sha256(stream.outcome.statements)
        return _keep(night, feed, file, stream.outcome, draft, says)
    draft.discard()
    if feed.transport == "core":
        raise IntegrityError(
            f"Our own export {file.name} cannot be read: {_reason(stream.outcome)}"
        )
    return _refuse(night, feed, file, stream.outcome)


def _is_replaced(night: Night, file: InboundFile) -> bool:
    """Tell whether a corrected version took the refused file's place: then it stays refused."""
    with night.database.reading() as connection:
        return is_replaced(connection, file)


def reading_of(feed: Feed) -> str:
    """Return the digest of the rules by which a feed's files are read."""
    rules = {
        "parser": PARSER_REVISION,
        "format": feed.format,
        "options": feed.options,
        "layout": LEDGER_LAYOUT if feed.transport == "core" else feed.layout,
        "references": {name: [rule.source, rule.regex] for name, rule in feed.references.items()},
        "controls": feed.controls,
    }
    canonical = json.dumps(rules, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _accepted(
    night: Night, name: str, frame_sha256: str, summary: Mapping[str, Any], detail: str
) -> ParsedInput:
    """Read the kept frame again and hold it against what the parser reported."""
    kept = (
        night.frames.scan(frame_sha256)
        .group_by("currency")
        .agg(pl.len(), pl.col("amount_minor").cast(pl.Int128).sum())
        .collect(engine="streaming")
    )
    lines = int(kept["len"].sum())
    net = {one["currency"]: one["credit_minor"] - one["debit_minor"] for one in summary["totals"]}
    sums = {currency: total for currency, _count, total in kept.iter_rows()}
    is_intact = lines == summary["lines"] and net == sums
    return ParsedInput(name, "parsed", is_intact, summary["controls_agree"], lines, detail)


def _summary(result: ParsedFile) -> dict[str, Any]:
    """Return what the file says about itself, for the pages."""
    document = result.as_json()
    return {
        "lines": sum(total.count for total in result.totals),
        "controls_agree": all(total.agrees for total in result.control_totals),
        "totals": document["totals"],
        "statements": [asdict(one) for one in result.statements],
        "control_totals": document["control_totals"],
        "message_id": result.message_id,
    }


def _keep(
    night: Night,
    feed: Feed,
    file: InboundFile,
    result: ParsedFile,
    draft: FrameDraft,
    content_sha256: str | None,
) -> ParsedInput:
    sha256 = draft.keep()
    step(f"parsed.written:{feed.name}")
    summary = _summary(result)
    with night.database.transaction() as connection:
        mark_parsed(
            connection,
            file,
            result.format or feed.format,
            result.records,
            sha256,
            [asdict(finding) for finding in result.findings],
            content_sha256=content_sha256,
            reading=reading_of(feed),
            summary=summary,
        )
    step(f"parsed.marked:{feed.name}")
    detail = f"{len(result.findings)} findings" if result.findings else "no findings"
    return _accepted(night, file.name, sha256, summary, detail)


def _refuse(night: Night, feed: Feed, file: InboundFile, result: ParsedFile) -> ParsedInput:
    detail = _reason(result)
    with night.database.transaction() as connection:
        mark_refused(
            connection,
            file,
            detail,
            [asdict(finding) for finding in result.findings],
            format=result.format,
            reading=reading_of(feed),
            summary=_summary(result),
        )
    step(f"parsed.refused:{file.feed}")
    return ParsedInput(file.name, "refused", True, True, 0, detail)


def _reason(result: ParsedFile) -> str:
    """Return the first refusal in one sentence."""
    first = result.refusals[0]
    place = f" at byte {first.byte_offset}" if first.byte_offset is not None else ""
    return f"{first.code}{place}: found {first.found}, expected {first.expected}. {first.hint}"
