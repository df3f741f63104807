"""A case that closes names the line that explained it."""

from datetime import date

from sqlalchemy import select

from tests.assets.conftest import TwoFeeds
from tieout.store.tables.cases import discrepancy_case

THURSDAY, MONDAY, TUESDAY = date(2026, 4, 30), date(2026, 5, 4), date(2026, 5, 5)


class TestClosers:
    """Through the whole night: landed, parsed, matched, committed."""

    def test_the_line_that_came_last_closes_the_case(self, two_feeds: TwoFeeds) -> None:
        two_feeds.put("shop", THURSDAY, ("A", 100))
        two_feeds.put("bank", TUESDAY, ("A", 100))

        for day in (THURSDAY, MONDAY, TUESDAY):
            two_feeds.run(day)

        with two_feeds.night(TUESDAY) as night, night.database.reading() as connection:
            case = connection.execute(select(discrepancy_case)).one()
        assert (case.reason, case.state) == ("miss_bank", "closed")
        assert (case.opened_on, case.closed_on) == (MONDAY, TUESDAY)
        assert case.closed_by["feed"] == "bank"
        assert case.closed_by["file_name"] == "bank_20260505.csv"

    def test_nothing_closes_while_the_other_side_is_missing(self, two_feeds: TwoFeeds) -> None:
        two_feeds.put("shop", THURSDAY, ("A", 100))
        two_feeds.put("bank", TUESDAY, ("C", 100))

        for day in (THURSDAY, MONDAY, TUESDAY):
            two_feeds.run(day)

        with two_feeds.night(TUESDAY) as night, night.database.reading() as connection:
            cases = connection.execute(select(discrepancy_case.c.reason, discrepancy_case.c.state))
            found = sorted(tuple(row) for row in cases)
        assert found == [("miss_bank", "open"), ("miss_internal", "open")]
