"""The start of the day: one row per business date, and one date feed by feed.

Lines are counted on each leg they take part in, so a clearing line that is compared with our books
and with the advice counts twice. Cases count on the date they were opened on, and at-risk money is
that of cases still open: a date turns green when its last case is closed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select

from tieout.reports.case_list import CurrencyTotal
from tieout.reports.files import FileCount, count_files
from tieout.reports.reasons import ReasonText, describe_reason
from tieout.store.proofs import OF_OTHERS
from tieout.store.tables.cases import discrepancy_case
from tieout.store.tables.runs import business_day, day_total, run_proof

DATES_SHOWN = 14

FILES_LEG = "files"
_IN_BREAK = frozenset({"break", "duplicate"})
_MATCHED = frozenset({"matched", "netted"})

_case = discrepancy_case.c


class Light(StrEnum):
    """How a date stands: in words on the page, never by colour alone."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


@dataclass
class LineCounts:
    """What became of lines, by outcome."""

    by_outcome: Counter[str] = field(default_factory=Counter)

    @property
    def lines(self) -> int:
        """Every line."""
        return self.by_outcome.total()

    @property
    def matched(self) -> int:
        """Matched or netted against their own reversal."""
        return sum(self.by_outcome[outcome] for outcome in _MATCHED)

    @property
    def proposed(self) -> int:
        """Matched by a rule that a person has to confirm."""
        return self.by_outcome["proposed"]

    @property
    def carried(self) -> int:
        """Not due yet: taken into the next date."""
        return self.by_outcome["carried"]

    @property
    def in_break(self) -> int:
        """Due, and without a partner that agrees."""
        return sum(self.by_outcome[outcome] for outcome in _IN_BREAK)

    @property
    def other(self) -> int:
        """Excluded from the leg."""
        return self.lines - self.matched - self.proposed - self.carried - self.in_break


@dataclass
class OpenedCases:
    """The cases that one date opened: all by reason, and what is still open."""

    by_reason: Counter[str] = field(default_factory=Counter)
    open_by_reason: Counter[str] = field(default_factory=Counter)
    at_risk: Counter[str] = field(default_factory=Counter)
    open_high: int = 0

    @property
    def opened(self) -> int:
        """All cases opened on the date."""
        return self.by_reason.total()

    @property
    def still_open(self) -> int:
        """Those of them that nothing has closed."""
        return self.open_by_reason.total()

    def reasons(self) -> list[tuple[ReasonText, int]]:
        """Return each reason with its count of opened cases, most frequent first."""
        ordered = sorted(self.by_reason.items(), key=lambda item: (-item[1], item[0]))
        return [(describe_reason(code), count) for code, count in ordered]

    def add(self, row: Any) -> None:
        """Count one group of cases of the same reason, severity, state and currency."""
        self.by_reason[row.reason] += row.count
        if row.state != "open":
            return
        self.open_by_reason[row.reason] += row.count
        self.open_high += row.count if row.severity == "high" else 0
        if row.currency is not None:
            self.at_risk[row.currency] += int(row.at_risk)


@dataclass(frozen=True)
class DateRow:
    """One business date."""

    business_date: date
    run_id: str
    light: Light
    words: str
    files: FileCount
    counts: LineCounts
    cases: OpenedCases


@dataclass(frozen=True)
class LegRow:
    """One feed on one leg of one business date."""

    leg: str
    counts: LineCounts
    cases: OpenedCases


@dataclass(frozen=True)
class FeedRows:
    """One feed of one business date, with the legs it takes part in."""

    feed: str
    files: FileCount
    legs: tuple[LegRow, ...]


@dataclass(frozen=True)
class Overview:
    """The page: dates newest first, their currencies, and where the next page begins."""

    dates: tuple[DateRow, ...]
    currencies: tuple[str, ...]
    older_before: date | None


def load_overview(
    connection: Connection, *, before: date | None = None, limit: int = DATES_SHOWN
) -> Overview:
    """Return the newest `limit` business dates, or those earlier than `before`."""
    query = select(business_day).order_by(business_day.c.business_date.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(business_day.c.business_date < before)
    found = connection.execute(query).all()
    days = found[:limit]
    dates = [row.business_date for row in days]
    counts = _line_counts(connection, dates)
    cases = _opened_cases(connection, dates)
    files = count_files(connection, dates)
    failed = _failed_proofs(connection, dates)
    rows = tuple(
        _date_row(row, counts[row.business_date], cases[row.business_date], files, failed)
        for row in days
    )
    currencies = sorted({currency for row in rows for currency in row.cases.at_risk})
    return Overview(rows, tuple(currencies), dates[-1] if len(found) > limit else None)


def load_date(connection: Connection, day: date) -> tuple[FeedRows, ...]:
    """Return one business date feed by feed, each with its legs, in the order of their names."""
    legs: dict[tuple[str, str], tuple[LineCounts, OpenedCases]] = {}
    for row in connection.execute(_totals_query([day])):
        counts, _ = legs.setdefault((row.feed, row.leg), (LineCounts(), OpenedCases()))
        counts.by_outcome[row.outcome] += int(row.lines)
    for row in connection.execute(_cases_query([day])):
        _, cases = legs.setdefault((row.feed, row.leg), (LineCounts(), OpenedCases()))
        cases.add(row)
    files = count_files(connection, [day])
    feeds = sorted({feed for feed, _ in legs} | {feed for _, feed in files.by_feed})
    return tuple(
        FeedRows(
            feed,
            files.of(day, feed),
            tuple(
                LegRow(leg, *legs[of_feed, leg]) for of_feed, leg in sorted(legs) if of_feed == feed
            ),
        )
        for feed in feeds
    )


def total_open(connection: Connection) -> tuple[CurrencyTotal, ...]:
    """Return all open cases per currency, whichever date opened them."""
    query = (
        select(_case.currency, func.count(), func.sum(func.abs(_case.at_risk_minor)))
        .where(_case.state == "open")
        .group_by(_case.currency)
        .order_by(func.coalesce(_case.currency, ""))
    )
    return tuple(
        CurrencyTotal(currency, int(count), int(value))
        for currency, count, value in connection.execute(query)
    )


def _totals_query(dates: Sequence[date]) -> Any:
    keys = (day_total.c.business_date, day_total.c.feed, day_total.c.leg, day_total.c.outcome)
    lines = func.sum(day_total.c.line_count).label("lines")
    return select(*keys, lines).where(day_total.c.business_date.in_(dates)).group_by(*keys)


def _cases_query(dates: Sequence[date]) -> Any:
    keys = (
        _case.opened_on,
        _case.feed,
        _case.leg,
        _case.reason,
        _case.severity,
        _case.state,
        _case.currency,
    )
    count = func.count().label("count")
    at_risk = func.sum(func.abs(_case.at_risk_minor)).label("at_risk")
    return select(*keys, count, at_risk).where(_case.opened_on.in_(dates)).group_by(*keys)


def _line_counts(connection: Connection, dates: Sequence[date]) -> Mapping[date, LineCounts]:
    counts: dict[date, LineCounts] = defaultdict(LineCounts)
    for row in connection.execute(_totals_query(dates)):
        counts[row.business_date].by_outcome[row.outcome] += int(row.lines)
    return counts


def _opened_cases(connection: Connection, dates: Sequence[date]) -> Mapping[date, OpenedCases]:
    cases: dict[date, OpenedCases] = defaultdict(OpenedCases)
    for row in connection.execute(_cases_query(dates)):
        cases[row.opened_on].add(row)
    return cases


def _failed_proofs(connection: Connection, dates: Sequence[date]) -> frozenset[date]:
    """Return the dates of which a proof of our own does not hold in the newest run.

    Those about somebody else's figures have a case, which says it.
    """
    proof = run_proof.c
    newest = (
        select(proof.business_date, func.max(proof.fence).label("fence"))
        .where(proof.business_date.in_(dates))
        .group_by(proof.business_date)
        .subquery()
    )
    query = (
        select(proof.business_date)
        .join(
            newest,
            (newest.c.business_date == proof.business_date) & (newest.c.fence == proof.fence),
        )
        .where(proof.holds.is_(False), proof.proof.not_in([one.value for one in OF_OTHERS]))
        .distinct()
    )
    return frozenset(day for (day,) in connection.execute(query))


def _date_row(
    row: Any, counts: LineCounts, cases: OpenedCases, files: Any, failed: Iterable[date]
) -> DateRow:
    day = row.business_date
    of_day = files.of_day(day)
    light, words = judge(cases, of_day, is_proven=day not in failed)
    return DateRow(day, row.last_run_id, light, words, of_day, counts, cases)


def judge(cases: OpenedCases, files: FileCount, *, is_proven: bool) -> tuple[Light, str]:
    """Return the light of a date, and the worst thing about it in words."""
    missing = cases.open_by_reason["file_missing"]
    if not is_proven:
        return Light.RED, "a proof does not close"
    if missing:
        return Light.RED, _plural(missing, "file missing", "files missing")
    if files.refused:
        return Light.RED, _plural(files.refused, "file refused", "files refused")
    if cases.open_high:
        return Light.RED, _plural(cases.open_high, "urgent case open", "urgent cases open")
    if cases.still_open:
        return Light.AMBER, _plural(cases.still_open, "case open", "cases open")
    return Light.GREEN, "all matched or carried"


def _plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
