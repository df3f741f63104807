"""The list of cases and one case, on both kinds of database."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.support.builders import DATES, insert_case, insert_day, seed_month, workspace_in
from tieout.calendars import calendar_named
from tieout.cli.output import print_json
from tieout.errors import UsageError
from tieout.reports.as_of import find_as_of
from tieout.reports.case_detail import compare_sides, find_case
from tieout.reports.case_filter import CaseFilter, read_filter
from tieout.reports.case_list import CaseKey, list_cases, total_cases
from tieout.reports.documents import list_document
from tieout.reports.overview import Light, load_date, load_overview
from tieout.store.engine import Database

CALENDAR = calendar_named("XECB")
DAY = date(2026, 5, 4)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    one = Database(database_url)
    one.upgrade()
    yield one
    one.close()


def ids_of(database: Database, wanted: CaseFilter, limit: int = 50) -> list[str]:
    seen: list[str] = []
    key: CaseKey | None = None
    while True:
        with database.reading() as connection:
            page = list_cases(
                connection, wanted, calendar=CALENDAR, as_of=DAY, after=key, limit=limit
            )
        seen += [row.case_id for row in page.rows]
        if page.next_key is None:
            return seen
        key = CaseKey.parse(str(page.next_key))


class TestListOfCases:
    """Order, paging, filters."""

    def test_order_is_state_then_currency_then_value(self, database: Database) -> None:
        with database.transaction() as connection:
            small = insert_case(connection, "a", opened_on=DAY, at_risk_minor=5)
            large = insert_case(connection, "b", opened_on=DAY, at_risk_minor=-900)
            yen = insert_case(connection, "c", opened_on=DAY, currency="JPY", at_risk_minor=9999)
            done = insert_case(connection, "d", opened_on=DAY, at_risk_minor=10**6, closed_on=DAY)
            file = insert_case(
                connection, "e", opened_on=DAY, reason="file_missing", currency=None, leg="files"
            )

        assert ids_of(database, CaseFilter(state="all")) == [file, large, small, yen, done]

    @pytest.mark.parametrize("limit", [1, 3, 7])
    def test_pages_neither_skip_nor_repeat(self, database: Database, limit: int) -> None:
        with database.transaction() as connection:
            made = {
                insert_case(
                    connection,
                    str(n),
                    opened_on=DAY,
                    currency=("EUR", "USD")[n % 2],
                    at_risk_minor=n // 4,
                    closed_on=DAY if n % 3 == 0 else None,
                )
                for n in range(20)
            }

        seen = ids_of(database, CaseFilter(state="all"), limit)

        assert len(seen) == len(made)
        assert set(seen) == made

    def test_a_reference_with_wildcards_is_taken_literally(self, database: Database) -> None:
        with database.transaction() as connection:
            lines = [{"side": "left", "merchant_ref": 'A_1%"ü'}]
            found = insert_case(connection, "a", opened_on=DAY, lines=lines)
            insert_case(connection, "b", opened_on=DAY, lines=[{"merchant_ref": "AB1xx"}])

        assert ids_of(database, CaseFilter(query='A_1%"ü')) == [found]
        assert ids_of(database, CaseFilter(query="A_1%")) == []
        assert ids_of(database, CaseFilter(query="left")) == []

    def test_totals_keep_currencies_apart(self, database: Database) -> None:
        with database.transaction() as connection:
            insert_case(connection, "a", opened_on=DAY, at_risk_minor=-5)
            insert_case(connection, "b", opened_on=DAY, at_risk_minor=7)
            insert_case(connection, "c", opened_on=DAY, currency="KWD", at_risk_minor=1234)
            totals = total_cases(connection, CaseFilter())

        assert [(t.currency, t.count, t.at_risk_minor) for t in totals] == [
            ("EUR", 2, 12),
            ("KWD", 1, 1234),
        ]

    def test_age_counts_business_days(self, database: Database) -> None:
        with database.transaction() as connection:
            insert_case(connection, "a", opened_on=date(2026, 4, 2))
            page = list_cases(connection, CaseFilter(), calendar=CALENDAR, as_of=date(2026, 4, 7))

        # Good Friday, a weekend and Easter Monday lie between.
        assert page.rows[0].age_days == 1

    def test_the_document_is_the_same_on_every_database(
        self, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other = Database(f"sqlite:///{tmp_path / 'other.db'}")
        other.upgrade()

        documents = []
        for number, one in enumerate((database, other)):
            seed_month(one, workspace_in(tmp_path / str(number)))
            with one.reading() as connection:
                as_of = find_as_of(connection)
                assert as_of is not None
                wanted = CaseFilter(state="all")
                page = list_cases(
                    connection, wanted, calendar=CALENDAR, as_of=as_of.business_date, limit=None
                )
                totals = total_cases(connection, wanted)
            print_json(list_document(wanted, as_of.business_date, page, totals))
            documents.append(capsys.readouterr().out)
        other.close()

        assert documents[0] == documents[1]
        assert "run" not in documents[0].split('"lines"')[0]

    def test_a_wrong_state_is_refused_with_the_right_ones(self) -> None:
        with pytest.raises(UsageError, match="open, closed, all"):
            read_filter(state="lost")


class TestOneCase:
    """Both sides and the story."""

    def test_history_is_in_order(self, database: Database) -> None:
        with database.transaction() as connection:
            made = insert_case(connection, "a", opened_on=DAY, closed_on=DAY)
            found = find_case(connection, made, calendar=CALENDAR, as_of=DAY)

        assert found is not None
        assert [event.kind for event in found.events] == ["opened", "closed"]

    def test_nobody_has_this_number(self, database: Database) -> None:
        with database.reading() as connection:
            assert find_case(connection, "C-X", calendar=CALENDAR, as_of=None) is None

    def test_sides_differ_by_amount_and_day_only(self) -> None:
        left = {"amount_minor": 1000, "currency": "KWD", "business_date": "2026-05-04", "rrn": "1"}
        right = {"amount_minor": 999, "currency": "KWD", "business_date": "2026-05-06"}

        fields = {field.name: field for field in compare_sides(left, right)}

        assert fields["amount_minor"].verdict == "differs by −0.001 KWD"
        assert fields["business_date"].verdict == "differs by 2 days"
        assert fields["rrn"].verdict == "on one side only"
        assert [name for name, field in fields.items() if field.differs] == [
            "amount_minor",
            "business_date",
        ]


class TestOverviewOfDates:
    """Lights and counts from the database."""

    def test_lights_follow_files_proofs_and_cases(self, database: Database, tmp_path: Path) -> None:
        seed_month(database, workspace_in(tmp_path))
        with database.transaction() as connection:
            insert_day(connection, date(2026, 6, 1), holds=False)
            found = load_overview(connection, limit=5)

        lights = [(row.light, row.words.split()[-1]) for row in found.dates]
        assert lights == [
            (Light.RED, "close"),
            (Light.RED, "missing"),
            (Light.RED, "refused"),
            (Light.GREEN, "carried"),
            (Light.AMBER, "open"),
        ]
        assert found.older_before == DATES[-4]

    def test_lines_count_on_each_leg(self, database: Database, tmp_path: Path) -> None:
        seed_month(database, workspace_in(tmp_path))
        with database.reading() as connection:
            feeds = load_date(connection, DATES[0])

        legs = {(feed.feed, leg.leg): leg.counts for feed in feeds for leg in feed.legs}
        assert legs["clearing", "core_clearing"].matched == 12_345
        assert legs["clearing", "clearing_advice"].lines == 12_345 + 210 + 9
