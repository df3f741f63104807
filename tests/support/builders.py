"""Rows of runs, files and cases for tests of what people see, stating only what matters.

`seed_month` fills a workspace with a month of an imaginary acquirer: twenty business dates, 200
cases of every reason in four currencies, and files whose bytes the cases point into: a text file,
an EBCDIC one with card numbers in clear, a bank statement with hostile text.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from tieout.calendars import calendar_named
from tieout.config import Workspace, load_workspace
from tieout.frames.identity import case_id_of
from tieout.frames.reasons import BreakReason
from tieout.references import Arn
from tieout.store.engine import Database
from tieout.store.tables.cases import case_event, discrepancy_case
from tieout.store.tables.files import inbound_file
from tieout.store.tables.runs import business_day, day_total, run_proof
from tieout.transfer.landing import LocalLandingStore

HOSTILE = "=HYPERLINK(\"http://x\")<script>alert('x')</script> & Søn ‮evil"
PAN = "4111111111111111"
CURRENCIES = ("EUR", "USD", "JPY", "KWD")
DATES = calendar_named("XECB").business_days(date(2026, 5, 4), date(2026, 5, 29))
LEGS = ("core_clearing", "clearing_advice", "advice_bank")
FEEDS = ("core", "clearing", "advice", "bank")


def workspace_in(home: Path, *, database_url: str = "sqlite:///data/tieout.db") -> Workspace:
    """A workspace with default settings."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "tieout.toml").write_text(
        f'[workspace]\nname = "Test <acquirer>"\n[database]\nurl = "{database_url}"\n', "utf-8"
    )
    return load_workspace(home)


@dataclass(frozen=True)
class LandedRecord:
    """One record of a landed file, as a case's line points to it."""

    feed: str
    file_name: str
    sha256: str
    record_no: int
    byte_start: int
    byte_length: int

    def as_line(self, side: str, **fields: Any) -> dict[str, Any]:
        """The line of a case that this record is."""
        return {
            "side": side,
            "record_id": f"{self.sha256[:16]}-{self.record_no:07d}",
            "feed": self.feed,
            "file_sha256": self.sha256,
            "file_name": self.file_name,
            "record_no": self.record_no,
            "byte_start": self.byte_start,
            "byte_length": self.byte_length,
            **fields,
        }


def insert_day(
    connection: Connection, day: date, *, run_id: str = "run-1", holds: bool = True
) -> None:
    """A committed business date with one proof."""
    at = datetime.combine(day, time(22, 30), tzinfo=UTC)
    connection.execute(
        insert(business_day).values(
            business_date=day, first_run_id=run_id, last_run_id=run_id, committed_at=at
        )
    )
    connection.execute(
        insert(run_proof).values(
            fence=1,
            business_date=day,
            leg=LEGS[0],
            name="conservation",
            currency="EUR",
            count_in=10,
            count_out=10 if holds else 9,
            sum_in_minor=100,
            sum_out_minor=100,
            holds=holds,
            detail="",
            proof="conservation",
            reconciliation="cards",
        )
    )


def insert_total(
    connection: Connection, day: date, *, leg: str, feed: str, outcome: str, lines: int
) -> None:
    """How many lines of one feed came to one outcome on one leg."""
    connection.execute(
        insert(day_total).values(
            business_date=day,
            reconciliation="cards",
            leg=leg,
            side="left",
            feed=feed,
            currency="EUR",
            outcome=outcome,
            reason="miss_scheme" if outcome == "break" else "",
            line_count=lines,
            amount_minor=lines * 100,
        )
    )


def insert_case(
    connection: Connection,
    key: str,
    *,
    opened_on: date,
    reason: str = "miss_scheme",
    leg: str = "core_clearing",
    feed: str = "core",
    currency: str | None = "EUR",
    at_risk_minor: int = 1250,
    closed_on: date | None = None,
    business_date: date | None = None,
    lines: Sequence[Mapping[str, Any]] = (),
    closed_by: Mapping[str, Any] | None = None,
    explanation: str = "Not found under its reference.",
    run_id: str = "run-1",
) -> str:
    """A case and its history; returns its number."""
    cause = f"cards/{leg}:{key}"
    case_id = case_id_of(cause)
    connection.execute(
        insert(discrepancy_case).values(
            case_id=case_id,
            cause=cause,
            reconciliation="cards",
            leg=leg,
            feed=feed,
            reason=reason,
            severity=BreakReason(reason).severity.value,
            currency=currency,
            at_risk_minor=at_risk_minor,
            state="open" if closed_on is None else "closed",
            business_date=business_date or opened_on,
            opened_on=opened_on,
            closed_on=closed_on,
            explanation=explanation,
            lines=list(lines),
            closed_by=closed_by,
            gaps=[],
            described_on=opened_on,
            version=1 if closed_on is None else 2,
        )
    )
    events: list[tuple[str, date, dict[str, Any]]] = [
        ("opened", opened_on, {"reason": reason, "explanation": explanation})
    ]
    if closed_on is not None:
        events.append(("closed", closed_on, {"reason": reason, "closed_by": closed_by}))
    _insert_events(connection, case_id, events, run_id)
    return case_id


def _insert_events(
    connection: Connection,
    case_id: str,
    events: Sequence[tuple[str, date, dict[str, Any]]],
    run_id: str,
) -> None:
    for seq, (kind, day, detail) in enumerate(events, start=1):
        connection.execute(
            insert(case_event).values(
                case_id=case_id,
                seq=seq,
                kind=kind,
                business_date=day,
                run_id=run_id,
                actor="system",
                detail=detail,
                recorded_at=datetime.combine(day, time(22, 30), tzinfo=UTC),
            )
        )


def insert_file(
    connection: Connection,
    landing: LocalLandingStore,
    data: bytes,
    *,
    feed: str,
    name: str,
    day: date,
    state: str = "parsed",
    detail: str = "",
    summary: Mapping[str, Any] | None = None,
) -> str:
    """A landed and registered file; returns its SHA-256."""
    sha256 = landing.put(data)
    at = datetime.combine(day, time(20, 5), tzinfo=UTC)
    connection.execute(
        insert(inbound_file).values(
            feed=feed,
            name=name,
            version=1,
            sha256=sha256,
            size=len(data),
            remote_mtime=int(at.timestamp()),
            file_date=day,
            received_on=day,
            state=state,
            format={"core": "delimited", "clearing": "mastercard_ipm"}.get(feed, "mt940"),
            records=data.count(b"\n") if state == "parsed" else 0,
            summary=summary,
            detail=detail,
            registered_at=at,
        )
    )
    return sha256


def core_file(day: date, count: int) -> tuple[bytes, list[tuple[int, int]]]:
    """Our own export, and where its records stand."""
    rows = [f"{day},{_arn(day, n)},{1000 + n}.50,EUR\n".encode() for n in range(count)]
    return _joined(b"business_date,arn,amount,currency\n", rows)


def clearing_file(day: date, count: int) -> tuple[bytes, list[tuple[int, int]]]:
    """EBCDIC records with a card number in clear in front of a processing code."""
    rows = [
        b"\x00\x00\x01\x00"
        + f"1240\x00\x80\x00\x0016{PAN}000000{100000 + n:012d}{_arn(day, n)}  MERCHANT 42".encode(
            "cp500"
        )
        for n in range(count)
    ]
    return _joined(b"", rows)


def bank_file(day: date, count: int) -> tuple[bytes, list[tuple[int, int]]]:
    """A statement in text, with hostile text and a card number in a narrative."""
    rows = [
        f":61:{day:%y%m%d}C{n + 1}00,50NTRFPO-{n}\r\n:86:{HOSTILE} card {PAN}\r\n".encode()
        for n in range(count)
    ]
    return _joined(b":20:STATEMENT\r\n", rows)


def _joined(header: bytes, rows: Sequence[bytes]) -> tuple[bytes, list[tuple[int, int]]]:
    places, at = [], len(header)
    for row in rows:
        places.append((at, len(row)))
        at += len(row)
    return header + b"".join(rows), places


def _arn(day: date, number: int) -> str:
    return str(Arn.build(acquirer_bin="540001", on=day, sequence=number))


def seed_month(database: Database, workspace: Workspace) -> list[str]:
    """Twenty business dates and 200 cases; returns the numbers of the cases in order of making.

    Every fifth case is closed. The last date has a missing file and the one before a refused one
    (red), the third last nothing that is open (green), the fourth last nothing urgent (amber).
    """
    landing = LocalLandingStore(workspace.landing_path)
    with database.transaction() as connection:
        records: dict[tuple[date, str], list[LandedRecord]] = {}
        for day in DATES:
            insert_day(connection, day, run_id=f"run-{day:%m%d}")
            records |= _seed_files(connection, landing, day)
            _seed_totals(connection, day)
        quiet = DATES[-3]
        days = [day for day in DATES[1:-1] if day != quiet]
        made = [_seed_case(connection, n, days[n % len(days)], records) for n in range(199)]
        made.append(
            insert_case(
                connection,
                "missing:bank",
                opened_on=DATES[-1],
                reason="file_missing",
                leg="files",
                feed="bank",
                currency=None,
                at_risk_minor=0,
                lines=[{"side": "file", "feed": "bank"}],
                explanation="No file of feed bank has arrived.",
            )
        )
    return made


def _seed_files(
    connection: Connection, landing: LocalLandingStore, day: date
) -> dict[tuple[date, str], list[LandedRecord]]:
    found: dict[tuple[date, str], list[LandedRecord]] = {}
    makers = (("core", core_file), ("clearing", clearing_file), ("bank", bank_file))
    for feed, make in makers:
        data, places = make(day, 14)
        is_refused = feed == "bank" and day == DATES[-2]
        name = f"{feed}_{day:%Y%m%d}.dat"
        sha256 = insert_file(
            connection,
            landing,
            data,
            feed=feed,
            name=name,
            day=day,
            state="refused" if is_refused else "parsed",
            detail="Control total differs: declared 14, found 13." if is_refused else "",
            summary={
                "control_totals": [
                    {
                        "name": "records",
                        "declared": "14",
                        "computed": "13" if is_refused else "14",
                        "agrees": not is_refused,
                    }
                ],
                "statements": [],
            },
        )
        found[day, feed] = [
            LandedRecord(feed, name, sha256, number, *place)
            for number, place in enumerate(places, start=1)
        ]
    return found


def _seed_totals(connection: Connection, day: date) -> None:
    broken = 0 if day == DATES[-3] else 9
    for leg, feeds in zip(LEGS, itertools.pairwise(FEEDS), strict=True):
        for feed in feeds:
            for outcome, lines in (("matched", 12_345), ("carried", 210), ("break", broken)):
                insert_total(connection, day, leg=leg, feed=feed, outcome=outcome, lines=lines)


def _seed_case(
    connection: Connection,
    number: int,
    day: date,
    records: Mapping[tuple[date, str], Sequence[LandedRecord]],
) -> str:
    reasons = [reason for reason in BreakReason if not reason.startswith("file_")]
    reason = BreakReason.AMT_UNDER if day == DATES[-4] else reasons[number % len(reasons)]
    currency = CURRENCIES[number % 4]
    closed_on = DATES[-1] if number % 5 == 0 else None
    ours = records[day, "core"][number % 14]
    theirs = records[day, "clearing"][number % 14]
    shared = {"kind": "sale", "currency": currency, "scheme_ref": _arn(day, number)}
    lines = [
        ours.as_line("left", amount_minor=10_000 + number, business_date=day.isoformat(), **shared),
        theirs.as_line(
            "right",
            amount_minor=10_000 - number,
            business_date=DATES[DATES.index(day) + 1].isoformat(),
            pan_masked="411111******1111",
            narrative=HOSTILE,
            **shared,
        ),
    ]
    if reason.startswith("miss_"):
        lines = lines[:1]
    if reason.startswith("dup_"):
        lines.append(records[day, "bank"][0].as_line("right", amount_minor=1, **shared))
    closing = {k: v for k, v in theirs.as_line("right").items() if k != "side"}
    return insert_case(
        connection,
        f"{number}",
        opened_on=day,
        reason=reason,
        leg=LEGS[number % 3],
        feed=FEEDS[number % 3],
        currency=currency,
        at_risk_minor=(-1) ** number * (1_234_567 - 6_000 * number),
        closed_on=closed_on,
        lines=lines,
        closed_by=closing if closed_on else None,
        explanation=f"{HOSTILE}: {shared['scheme_ref']} shows 100.00, expected 101.00.",
    )
