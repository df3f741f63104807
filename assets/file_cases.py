"""Cases about whole files: missing, refused, sent twice, restated, or with a hole before them.

A file is expected on every business day of its feed's calendar that a run has covered. A missing
one is a single case; the lines that wait for it stay carried.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from assets.continuity import Gap, find_gaps
from assets.lines import empty_file_dates
from assets.night import Night
from tieout.cases.cause import CauseOfCase
from tieout.config import Feed
from tieout.frames.reasons import BreakReason
from tieout.store.files import InboundFile, files_up_to
from tieout.store.runs import committed_dates

FILES_LEG = "files"
_STATEMENT = ("account", "currency", "reference", "sequence", "opening_date", "closing_date")
"""What makes two statements the same one, whatever stands in them."""


def file_causes(night: Night, connection: Connection, business_date: date) -> list[CauseOfCase]:
    """Return what is wrong with files on `business_date`, from the register alone."""
    run_dates = [day for day in committed_dates(connection) if day <= business_date]
    causes: list[CauseOfCase] = []
    for name, feed in sorted(night.workspace.feeds.items()):
        files = files_up_to(connection, name, business_date)
        replaced = {file.name for file in files if file.state == "parsed"}
        troubled = [file for file in files if file.state != "refused" or file.name not in replaced]
        causes += [cause for file in troubled if (cause := _trouble(feed, file)) is not None]
        missing: list[date] = []
        if feed.is_expected and feed.transport != "core":
            arrived = {file.file_date for file in files if file.state in ("parsed", "refused")}
            arrived |= empty_file_dates(night, connection, name, business_date)
            calendar = night.workspace.get_calendar(feed.calendar)
            due = [day for day in run_dates if calendar.is_business_day(day)]
            missing = [day for day in due if day not in arrived]
            causes += [_missing(feed, day) for day in missing]
        explained = [*missing, *(file.file_date for file in troubled if file.state == "refused")]
        copies = list(_copies(files))
        causes += [_again(feed, file, first) for file, first in copies]
        messages = list(_messages(files, known=[file for file, _ in copies]))
        causes += [_other(feed, file, first) for file, first in messages]
        follow = without_repeats(files)
        causes += [_gap(feed, gap) for gap in find_gaps(follow, explained=explained)]
    return causes


def without_repeats(files: Sequence[InboundFile]) -> list[InboundFile]:
    """Leave out messages that came before: the same statements again leave no hole before them."""
    copies = [file for file, _ in _copies(files)]
    again = [file for file, _ in _messages(files, known=copies)]
    return [file for file in files if file not in again]


def find_arrivals(connection: Connection, gone: Sequence[Row[Any]]) -> dict[str, dict[str, object]]:
    """Return cause → the file that came, for cases about files that are gone."""
    found: dict[str, dict[str, object]] = {}
    for case in gone:
        if case.leg != FILES_LEG:
            continue
        for file in files_up_to(connection, case.feed, date.max):
            if file.file_date == case.business_date and file.state in ("parsed", "refused"):
                found[case.cause] = {
                    "feed": case.feed,
                    "file_name": file.name,
                    "file_sha256": file.sha256,
                }
    return found


def _missing(feed: Feed, day: date) -> CauseOfCase:
    return file_cause(
        feed,
        BreakReason.FILE_MISSING,
        f"missing:{feed.name}:{day.isoformat()}",
        day,
        f"No file of feed {feed.name} for {day.isoformat()} (pattern {feed.pattern}) has arrived.",
    )


def _trouble(feed: Feed, file: InboundFile) -> CauseOfCase | None:
    if file.state == "refused":
        return file_cause(
            feed,
            BreakReason.FILE_INTEGRITY,
            f"refused:{feed.name}:{file.sha256}",
            file.file_date,
            f"{file.name} was refused whole: {file.detail}",
            file,
        )
    if file.state == "restated":
        return file_cause(
            feed,
            BreakReason.FILE_RESTATED,
            f"restated:{feed.name}:{file.sha256}",
            file.file_date,
            f"{file.name} came again with other content (version {file.version}); "
            "the first version stays in use until somebody decides.",
            file,
        )
    return None


def _copies(files: Sequence[InboundFile]) -> Iterator[tuple[InboundFile, InboundFile]]:
    """Yield each file in use that says what an earlier one says, with that one."""
    first: dict[str, InboundFile] = {}
    for file in sorted(files, key=lambda one: (one.file_date, one.id)):
        if file.state == "parsed" and file.content_sha256 is not None:
            earlier = first.setdefault(file.content_sha256, file)
            if earlier is not file:
                yield file, earlier


def _messages(
    files: Sequence[InboundFile], *, known: Sequence[InboundFile]
) -> Iterator[tuple[InboundFile, InboundFile]]:
    """Yield each file in use that is an earlier one's message in other words, with that one.

    The sender's own name of a message is not enough, because there are banks that give all of them
    the same: it has to be about the same statements, too.
    """
    first: dict[str, InboundFile] = {}
    for file in sorted(files, key=lambda one: (one.file_date, one.id)):
        says = file.summary or {}
        if file.state != "parsed" or file in known or not says.get("message_id"):
            continue
        if not says["lines"]:  # nothing twice is nothing
            continue
        statements = [[one.get(name) for name in _STATEMENT] for one in says["statements"]]
        earlier = first.setdefault(json.dumps([says["message_id"], statements]), file)
        if earlier is not file:
            yield file, earlier


def _other(feed: Feed, file: InboundFile, first: InboundFile) -> CauseOfCase:
    return file_cause(
        feed,
        BreakReason.FILE_RESTATED,
        f"message:{feed.name}:{file.sha256}",
        file.file_date,
        f"{file.name} is the message {file.summary['message_id']} again, which {first.name} was "
        f"({first.file_date.isoformat()}), and says something else. Both are in use, and their "
        "lines are judged one by one; ask the sender which of them counts.",
        file,
    )


def _again(feed: Feed, file: InboundFile, first: InboundFile) -> CauseOfCase:
    return file_cause(
        feed,
        BreakReason.FILE_DUP,
        f"again:{feed.name}:{file.sha256}",
        file.file_date,
        f"{file.name} says line by line what {first.name} said ({first.file_date.isoformat()}), "
        "in other bytes. Its lines are judged one by one: most will be duplicates.",
        file,
    )


def _gap(feed: Feed, gap: Gap) -> CauseOfCase:
    between = f"{gap.account}:{gap.currency}:{gap.closing_minor}:{gap.opening_minor}"
    account = hashlib.sha256(between.encode()).hexdigest()[:16]
    cause = file_cause(
        feed,
        BreakReason.FILE_GAP,
        f"gap:{feed.name}:{account}:{gap.after.file_date.isoformat()}",
        gap.after.file_date,
        gap.explain(),
        gap.after,
    )
    return replace(cause, currency=gap.currency, at_risk_minor=gap.off_minor)


def file_cause(
    feed: Feed,
    reason: BreakReason,
    key: str,
    day: date,
    explanation: str,
    file: InboundFile | None = None,
) -> CauseOfCase:
    """Return a cause about a feed's files; `key` tells it from all others."""
    line: dict[str, object] = {"side": "file", "feed": feed.name}
    if file is not None:
        line |= {"file_name": file.name, "file_sha256": file.sha256}
    return CauseOfCase(
        reconciliation=FILES_LEG,
        break_id=key,
        leg=FILES_LEG,
        feed=feed.name,
        reason=reason.value,
        severity=reason.severity.value,
        currency=None,
        at_risk_minor=0,
        first_seen_date=day,
        explanation=explanation,
        lines=[line],
    )
