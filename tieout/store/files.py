"""The register of files: which content of which feed arrived when, and what became of it.

Content decides, not names: bytes that were seen before are recorded as one more delivery and change
nothing. A name that comes again with other content is a new version; when an earlier version is in
use, the new one is `restated`: kept, shown, and not used until somebody decides. When all earlier
versions were refused, it is the correction that everybody waits for, and is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update

from tieout.errors import IntegrityError
from tieout.store.tables.files import file_delivery, file_finding, inbound_file

Outcome = Literal["new", "unchanged", "restated"]

FINDINGS_MAX = 1000
"""How many findings of one file are kept: enough to see the pattern, little enough to show."""


@dataclass(frozen=True)
class Arrival:
    """What was read from a sender: name, hash and size of its bytes, the date in its name."""

    feed: str
    name: str
    sha256: str
    size: int
    remote_mtime: int
    file_date: date


@dataclass(frozen=True)
class InboundFile:
    """One registered content of a feed; see the table `inbound_file` for each field."""

    id: int
    feed: str
    name: str
    version: int
    sha256: str
    size: int
    remote_mtime: int
    file_date: date
    received_on: date
    state: str
    format: str | None
    records: int | None
    frame_sha256: str | None
    content_sha256: str | None
    reading: str | None
    summary: Any
    detail: str
    registered_at: datetime


@dataclass(frozen=True)
class Registration:
    """What registering an arrival came to, and the file it is (the earlier one when unchanged)."""

    outcome: Outcome
    file: InboundFile


@dataclass(frozen=True)
class FileFinding:
    """A finding as it was stored."""

    code: str
    severity: str
    line: int | None
    byte_offset: int | None
    record_no: int | None
    record: str | None
    field: str | None
    found: str
    expected: str
    hint: str


_FILE = tuple(field.name for field in fields(InboundFile))
_FINDING = tuple(field.name for field in fields(FileFinding))


def register_file(
    connection: Connection, arrival: Arrival, *, received_on: date, at: datetime
) -> Registration:
    """Record that `arrival` was taken in by the run of `received_on`.

    Raises:
        sqlalchemy.exc.IntegrityError: another process registered the same at this very moment; the
            same call in a new transaction finds it.
    """
    known = find_file_by_sha(connection, arrival.sha256, feed=arrival.feed)
    if known is not None:
        registration = Registration("unchanged", known)
    else:
        registration = _register_content(connection, arrival, received_on, at)
    _record_delivery(connection, arrival, registration, received_on, at)
    return registration


def _register_content(
    connection: Connection, arrival: Arrival, received_on: date, at: datetime
) -> Registration:
    named = (inbound_file.c.feed == arrival.feed) & (inbound_file.c.name == arrival.name)
    earlier = connection.execute(
        select(inbound_file.c.version, inbound_file.c.state).where(named)
    ).all()
    in_use = sorted(row.version for row in earlier if row.state in ("received", "parsed"))
    values = {
        "feed": arrival.feed,
        "name": arrival.name,
        "version": 1 + max((row.version for row in earlier), default=0),
        "sha256": arrival.sha256,
        "size": arrival.size,
        "remote_mtime": arrival.remote_mtime,
        "file_date": arrival.file_date,
        "received_on": received_on,
        "state": "restated" if in_use else "received",
        "detail": f"Version {in_use[0]} of this name is in use." if in_use else "",
        "registered_at": at,
    }
    connection.execute(insert(inbound_file).values(values))
    return Registration(
        "restated" if in_use else "new", get_file(connection, arrival.feed, arrival.sha256)
    )


def _record_delivery(
    connection: Connection,
    arrival: Arrival,
    registration: Registration,
    delivered_on: date,
    at: datetime,
) -> None:
    key = {
        "file_id": registration.file.id,
        "feed": arrival.feed,
        "name": arrival.name,
        "size": arrival.size,
        "remote_mtime": arrival.remote_mtime,
    }
    seen = select(file_delivery.c.id).filter_by(**key)
    if connection.execute(seen).first() is None:
        outcome = {"outcome": registration.outcome, "delivered_on": delivered_on, "seen_at": at}
        connection.execute(insert(file_delivery).values(key | outcome))


def deliveries_seen(connection: Connection, feed: str) -> frozenset[tuple[str, int, int]]:
    """Return (name, size, mtime) of everything of this feed that was read and registered."""
    query = select(file_delivery.c.name, file_delivery.c.size, file_delivery.c.remote_mtime).where(
        file_delivery.c.feed == feed
    )
    return frozenset((row.name, row.size, row.remote_mtime) for row in connection.execute(query))


def files_received_on(connection: Connection, feed: str, received_on: date) -> list[InboundFile]:
    """Return the files of a feed that the run of this date took in, by file date, name, version."""
    return _files(
        connection, (inbound_file.c.feed == feed) & (inbound_file.c.received_on == received_on)
    )


def files_up_to(connection: Connection, feed: str, last: date) -> list[InboundFile]:
    """Return the files of a feed taken in on or before `last`, by file date, name, version."""
    return _files(connection, (inbound_file.c.feed == feed) & (inbound_file.c.received_on <= last))


def names_of_empty_files(connection: Connection, feed: str, last: date) -> list[str]:
    """Return every name under which a file without lines was delivered on or before `last`.

    Files without lines are equal in their bytes: one content stands for many dates.
    """
    query = (
        select(file_delivery.c.name)
        .join(inbound_file, inbound_file.c.id == file_delivery.c.file_id)
        .where(
            file_delivery.c.feed == feed,
            file_delivery.c.delivered_on <= last,
            inbound_file.c.state == "parsed",
            inbound_file.c.records == 0,
        )
    )
    return list(connection.execute(query.distinct()).scalars())


class Received(NamedTuple):
    """As what and when a content of a feed came."""

    name: str
    received_on: date


def received_files(connection: Connection) -> dict[tuple[str, str], Received]:
    """Return each file by its feed and SHA-256: two feeds may send the same bytes."""
    columns = ("feed", "sha256", "name", "received_on")
    rows = connection.execute(select(*(inbound_file.c[name] for name in columns)))
    return {(row.feed, row.sha256): Received(row.name, row.received_on) for row in rows}


def find_file_by_sha(
    connection: Connection, sha256: str, *, feed: str | None = None
) -> InboundFile | None:
    """Return the file with this content, of `feed` or of any (then the first registered)."""
    query = select(inbound_file).where(inbound_file.c.sha256 == sha256)
    if feed is not None:
        query = query.where(inbound_file.c.feed == feed)
    row = connection.execute(query.order_by(inbound_file.c.id).limit(1)).first()
    return None if row is None else _file(row)


def get_file(connection: Connection, feed: str, sha256: str) -> InboundFile:
    """Return the file of `feed` with this content.

    Raises:
        IntegrityError: nothing like it is registered.
    """
    found = find_file_by_sha(connection, sha256, feed=feed)
    if found is None:
        raise IntegrityError(
            f"Feed {feed} has no registered file with SHA-256 {sha256}.",
            hint="Run the business date again; it registers what the sender still has.",
        )
    return found


def mark_parsed(
    connection: Connection,
    file: InboundFile,
    format: str,
    records: int,
    frame_sha256: str,
    findings: Sequence[Mapping[str, Any]] = (),
    *,
    content_sha256: str | None = None,
    reading: str | None = None,
    summary: Mapping[str, Any] | None = None,
) -> None:
    """Record that a file was parsed into the frame with this hash; a second time replaces it.

    `findings` have the keys of FileFinding (`dataclasses.asdict` of a parser's finding has them);
    `content_sha256` is the digest of what it says, `reading` that of the rules it was read by;
    `summary` what the file declares about itself.

    Raises:
        IntegrityError: the file is held as restated.
    """
    values = {
        "state": "parsed",
        "format": format,
        "records": records,
        "frame_sha256": frame_sha256,
        "content_sha256": content_sha256,
        "reading": reading,
        "summary": summary,
        "detail": "",
    }
    _decide(connection, file, values, findings)


def mark_refused(
    connection: Connection,
    file: InboundFile,
    detail: str,
    findings: Sequence[Mapping[str, Any]] = (),
    *,
    format: str | None = None,
    reading: str | None = None,
    summary: Mapping[str, Any] | None = None,
) -> None:
    """Record that a file was refused whole, and why in one sentence (`detail`).

    Raises:
        IntegrityError: the file is held as restated.
    """
    values = {
        "state": "refused",
        "format": format,
        "records": 0,
        "frame_sha256": None,
        "content_sha256": None,
        "reading": reading,
        "summary": summary,
        "detail": detail,
    }
    _decide(connection, file, values, findings)


def is_replaced(connection: Connection, file: InboundFile) -> bool:
    """Tell whether another version of this name is in use, or waits to be read."""
    other = (
        (inbound_file.c.feed == file.feed)
        & (inbound_file.c.name == file.name)
        & (inbound_file.c.id != file.id)
        & inbound_file.c.state.in_(["parsed", "received"])
    )
    return connection.execute(select(inbound_file.c.id).where(other).limit(1)).first() is not None


def findings_of(connection: Connection, file: InboundFile) -> list[FileFinding]:
    """Return what was found wrong with a file, in the parser's order (at most FINDINGS_MAX)."""
    query = select(file_finding).filter_by(file_id=file.id).order_by(file_finding.c.seq)
    return [
        FileFinding(**{name: getattr(row, name) for name in _FINDING})
        for row in connection.execute(query)
    ]


def _decide(
    connection: Connection,
    file: InboundFile,
    values: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]],
) -> None:
    if get_file(connection, file.feed, file.sha256).state == "restated":
        raise IntegrityError(
            f"{file.name} (version {file.version}) of feed {file.feed} is held: {file.detail}",
            hint="It is used only after somebody has decided which version counts.",
        )
    connection.execute(update(inbound_file).where(inbound_file.c.id == file.id).values(values))
    connection.execute(delete(file_finding).where(file_finding.c.file_id == file.id))
    rows = [
        {"file_id": file.id, "seq": seq} | {name: finding.get(name) for name in _FINDING}
        for seq, finding in enumerate(findings[:FINDINGS_MAX], start=1)
    ]
    if rows:
        connection.execute(insert(file_finding), rows)


def _files(connection: Connection, condition: Any) -> list[InboundFile]:
    order = (inbound_file.c.file_date, inbound_file.c.name, inbound_file.c.version)
    query = select(inbound_file).where(condition).order_by(*order)
    return [_file(row) for row in connection.execute(query)]


def _file(row: Row[Any]) -> InboundFile:
    return InboundFile(**{name: getattr(row, name) for name in _FILE})
