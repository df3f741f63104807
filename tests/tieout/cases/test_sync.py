"""Cases follow the breaks of each date, in whichever order the dates are run."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Row, delete, select

from tieout.cases import spans
from tieout.cases.cause import CauseOfCase
from tieout.cases.sync import CaseChanges, sync_cases
from tieout.store.engine import Database
from tieout.store.tables.cases import case_event, discrepancy_case

AT = datetime(2026, 3, 9, 4, tzinfo=UTC)
DAYS = [date(2026, 3, 2) + timedelta(days) for days in range(5)]
MON, TUE, WED, THU, FRI = DAYS
LINES = "AB"


def cause(line: str) -> CauseOfCase:
    return CauseOfCase("books", line, "ab", "a", "miss_bank", "high", "EUR", 1, MON, "missing")


def sync(
    connection: Connection, day: date, broken: Set[str], until: date | None = None
) -> CaseChanges:
    causes = [cause(line) for line in sorted(broken)]
    return sync_cases(
        connection, causes, lambda gone: {}, business_date=day, run_id="r", at=AT, until=until
    )


def run(
    connection: Connection, first: date, truth: Mapping[date, Set[str]], dates: Set[date]
) -> int:
    """Sync `first` and the later dates that were run, each up to the next; return the changes."""
    ordered = sorted(day for day in dates if day >= first)
    ends: Sequence[date | None] = [*ordered[1:], None]
    changes = [
        sync(connection, day, truth[day], end) for day, end in zip(ordered, ends, strict=True)
    ]
    return sum(change.total for change in changes)


def covered(connection: Connection) -> dict[str, Row[Any]]:
    rows = connection.execute(select(discrepancy_case))
    return {row.cause.removeprefix("books/"): row for row in rows}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    one = Database(f"sqlite:///{tmp_path_factory.mktemp('cases') / 'tieout.db'}")
    one.upgrade()
    yield one
    one.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as tx:
        forget_all(tx)
        yield tx


def forget_all(connection: Connection) -> None:
    connection.execute(delete(case_event))
    connection.execute(delete(discrepancy_case))


class TestAnyOrder:
    """Five dates, each with its own broken lines, run and rerun as chance has it."""

    @settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.lists(st.frozensets(st.sampled_from(LINES)), min_size=5, max_size=5),
        st.lists(st.sampled_from(DAYS), min_size=1, max_size=8),
        st.booleans(),
    )
    def test_a_case_covers_the_dates_its_cause_was_broken_on(
        self,
        database: Database,
        broken: list[frozenset[str]],
        order: list[date],
        cascades: bool,
    ) -> None:
        truth = dict(zip(DAYS, broken, strict=True))
        dates: set[date] = set()
        with database.transaction() as tx:
            forget_all(tx)

            for day in order:
                dates.add(day)
                if cascades:
                    run(tx, day, truth, dates)
                else:  # the later dates came out as they were
                    later = sorted(one for one in dates if one > day)
                    sync(tx, day, truth[day], later[0] if later else None)

            cases = covered(tx)
            for day in dates:
                found = {line for line, row in cases.items() if spans.covers(row, day)}
                assert found == truth[day]
            still_open = {line for line, row in cases.items() if row.state == "open"}
            assert still_open == truth[max(dates)]
            assert [run(tx, day, truth, dates) for day in sorted(dates)] == [0] * len(dates)

    def test_a_gap_between_two_dates_is_kept(self, connection: Connection) -> None:
        truth = {MON: {"A"}, TUE: set[str](), WED: {"A"}}

        for day in (MON, TUE, WED):
            run(connection, day, truth, {one for one in truth if one <= day})

        case = covered(connection)["A"]
        assert (case.state, case.opened_on, case.closed_on) == ("open", MON, None)
        assert case.gaps == [["2026-03-03", "2026-03-04"]]

    def test_a_rerun_in_the_middle_ends_where_the_next_date_begins(
        self, connection: Connection
    ) -> None:
        truth = {MON: {"A"}, TUE: {"A"}, THU: {"A"}}
        for day in truth:
            run(connection, day, truth, {one for one in truth if one <= day})

        sync(connection, TUE, set(), THU)

        case = covered(connection)["A"]
        assert [spans.covers(case, day) for day in DAYS] == [True, False, False, True, True]
        assert case.state == "open"

    def test_an_earlier_date_does_not_turn_back_what_a_case_says(
        self, connection: Connection
    ) -> None:
        late = CauseOfCase("books", "A", "ab", "a", "amt_under", "high", "EUR", 2, MON, "short")
        sync(connection, MON, {"A"})
        sync_cases(connection, [late], lambda gone: {}, business_date=TUE, run_id="r", at=AT)

        again = sync(connection, MON, {"A"}, TUE)

        assert again.total == 0
        assert covered(connection)["A"].reason == "amt_under"

    def test_a_case_that_closes_names_what_closed_it(self, connection: Connection) -> None:
        sync(connection, MON, {"A"})

        sync_cases(
            connection,
            [],
            lambda gone: {row.cause: {"feed": "bank"} for row in gone},
            business_date=TUE,
            run_id="r",
            at=AT,
        )

        case = covered(connection)["A"]
        assert (case.state, case.closed_on, case.closed_by) == ("closed", TUE, {"feed": "bank"})


def row(opened: date, closed: date | None, *gaps: tuple[date, date]) -> Row[Any]:
    """Return what `spans` reads of a case."""
    texts = [[str(begin), str(end)] for begin, end in gaps]
    return cast("Row[Any]", SimpleNamespace(opened_on=opened, closed_on=closed, gaps=texts))


class TestSpans:
    """Half-open spans of dates."""

    def test_gaps_part_a_case_into_spans(self) -> None:
        found = spans.of(row(MON, None, (TUE, WED), (THU, FRI)))

        assert found == [(MON, TUE), (WED, THU), (FRI, None)]

    def test_a_case_that_closed_on_its_first_date_covers_nothing(self) -> None:
        assert spans.of(row(MON, MON)) == []
        assert not spans.covers(row(MON, MON), MON)

    def test_the_last_date_is_not_covered(self) -> None:
        assert [spans.covers(row(TUE, THU), day) for day in DAYS] == [0, 1, 1, 0, 0]

    def test_taking_dates_out_leaves_both_ends(self) -> None:
        assert spans.without([(MON, None)], TUE, THU) == [(MON, TUE), (THU, None)]
        assert spans.without([(MON, WED)], TUE, None) == [(MON, TUE)]
        assert spans.without([(MON, TUE), (THU, FRI)], TUE, THU) == [(MON, TUE), (THU, FRI)]
        assert spans.without([(TUE, WED)], MON, None) == []

    def test_spans_that_touch_are_one(self) -> None:
        columns = spans.columns([(WED, None), (MON, TUE), (TUE, WED)])

        assert columns == {"state": "open", "opened_on": MON, "closed_on": None, "gaps": []}

    def test_columns_and_spans_say_the_same(self) -> None:
        columns = spans.columns([(MON, TUE), (WED, THU)])

        assert columns["state"] == "closed"
        found = cast("Row[Any]", SimpleNamespace(**columns))
        assert spans.of(found) == [(MON, TUE), (WED, THU)]
        assert spans.columns([]) == {"state": "closed", "gaps": []}
