"""T140: directions, kinds, cross-footing of pages, the total of a day."""

from datetime import date

import pytest

from parsers import ParsedFile, parse
from tests.support.t140_pages import (
    Row,
    cycle,
    day_total,
    nothing,
    notification,
    summary,
    write_t140,
)


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestNotifications:
    """Rows of 727020."""

    @pytest.mark.parametrize(
        ("row", "kind", "is_reversal"),
        [
            (Row("PURCHASE", -5), "sale", False),
            (Row("PURCHASE", 5, side="RVSL"), "reversal", True),
            (Row("CREDIT", 5), "refund", False),
            (Row("PURCHASE", -5, function="SECOND PRES."), "representment", False),
            (Row("PURCHASE", 5, function="FIRST C/B"), "chargeback", False),
            (Row("CREDIT", 5, function="FEE COLL."), "fee", False),
            (Row("SOMETHING", 5, function="OTHER"), "adjustment", False),
        ],
    )
    def test_function_and_process_give_the_kind(
        self, row: Row, kind: str, is_reversal: bool
    ) -> None:
        line = parse(write_t140(notification(row))).frame.row(0, named=True)

        assert (line["kind"], line["is_reversal"]) == (kind, is_reversal)
        assert line["amount_minor"] == row.minor

    def test_hold_amounts_fees_and_the_file_they_come_from(self) -> None:
        parsed = parse(write_t140(notification(Row("PURCHASE", -1234567, 2246, count=1200))))

        line = parsed.frame.row(0, named=True)

        assert codes(parsed) == []
        assert (line["amount_minor"], line["fee_minor"]) == (-1234567, 2246)
        assert line["batch_ref"] == "0012603020000001234502201"
        assert (line["account"], line["business_date"]) == ("00000012345", date(2026, 3, 2))

    def test_the_function_holds_for_the_rows_below_it(self) -> None:
        rows = (Row("PURCHASE", -5), Row("CREDIT", 3, function=""))

        parsed = parse(write_t140(notification(*rows)))

        assert parsed.frame["kind"].to_list() == ["sale", "refund"]

    def test_currencies_without_decimals_are_read(self) -> None:
        page = notification(Row("PURCHASE", -15000), currency="392-JPY", decimals=0)

        parsed = parse(write_t140(page))

        assert parsed.frame["amount_minor"].to_list() == [-15000]
        assert parsed.frame["exponent"].to_list() == [0]

    def test_subtotal_that_differs_is_a_warning(self) -> None:
        parsed = parse(write_t140(notification(Row("PURCHASE", -5), subtotal=-6)))

        assert parsed.accepted
        assert codes(parsed) == ["control_total_differs"]

    def test_rows_without_their_subtotal_are_a_warning(self) -> None:
        page = notification(Row("PURCHASE", -5))

        parsed = parse(write_t140(page[:-1]))

        assert codes(parsed) == ["control_total_differs"]
        assert (parsed.findings[0].declared, parsed.findings[0].computed) == ("nothing", "-5")

    def test_decimals_that_the_currency_lacks_are_refused(self) -> None:
        page = notification(Row("PURCHASE", -15050), currency="392-JPY")

        assert "row_unreadable" in codes(parse(write_t140(page)))

    def test_an_amount_without_its_mark_is_refused(self) -> None:
        data = write_t140(notification(Row("PURCHASE", -500), subtotal=0))

        assert "row_unreadable" in codes(parse(data.replace(b"5.00 DR", b"5.00   ")))


class TestDay:
    """Pages of 728010."""

    def test_total_is_a_payout_that_the_cycles_prove(self) -> None:
        pages = [cycle(-300), summary("INTRACOUNTRY", -500, -300), summary("REGIONAL", 100)]

        parsed = parse(write_t140(*pages, day_total(-700)))

        assert codes(parsed) == []
        assert parsed.frame["kind"].to_list() == ["balance", "payout"]
        assert parsed.frame["is_booked"].to_list() == [False, True]
        assert parsed.statements[0].closing_minor == -700
        assert all(one.agrees for one in parsed.control_totals)

    def test_total_that_the_cycles_contradict_is_refused(self) -> None:
        data = write_t140(summary("INTRACOUNTRY", -500, -300), day_total(-801))

        assert codes(parse(data)) == ["control_total_differs"]
        assert not parse(data).accepted
        assert parse(data, controls={"control_total_differs": "warn"}).accepted

    def test_a_later_summary_replaces_an_earlier_one(self) -> None:
        data = write_t140(summary("REGIONAL", -5), summary("REGIONAL", -5, -7), day_total(-12))

        assert codes(parse(data)) == []

    def test_total_of_a_page_that_differs_is_a_warning(self) -> None:
        parsed = parse(write_t140(cycle(-300, total=-301)))

        assert parsed.accepted
        assert codes(parsed) == ["control_total_differs"]


class TestPages:
    """Pages with nothing on them."""

    def test_no_data_is_a_warning(self) -> None:
        parsed = parse(write_t140(nothing(), ending="\r\n"))

        assert parsed.accepted
        assert codes(parsed) == ["no_data"]

    def test_a_head_without_its_carriage_control_is_refused(self) -> None:
        data = write_t140(notification(Row("PURCHASE", -5)), summary("REGIONAL", -5))

        parsed = parse(data.replace(b"1IP728010", b"0IP728010"))

        assert codes(parsed) == ["page_missing"]
        assert parsed.findings[0].line == data[: data.index(b"1IP728010")].count(b"\n") + 1

    def test_unknown_rows_with_amounts_are_warnings(self) -> None:
        page = [*nothing(), " SOMETHING NEW        1,234.00 DR 978-EUR"]

        assert "row_unknown" in codes(parse(write_t140(page)))
