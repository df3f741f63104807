"""MT940 and MT942: marks, amounts, dates, statements kept apart, narratives."""

from datetime import date

import pytest

from parsers import ParsedFile, parse
from parsers.mt940.values import amount_minor, entry_day
from tieout.money import AmountUnreadable


def statement(*lines: str, opening: str = "C260302EUR0,", closing: str = "C260302EUR0,") -> str:
    head = f":20:R\n:25:NL91ABNA0417164300\n:28C:1/1\n:60F:{opening}\n"
    return head + "".join(f"{line}\n" for line in lines) + f":62F:{closing}\n-\n"


def read(text: str, encoding: str = "utf-8") -> ParsedFile:
    return parse(text.encode(encoding))


class TestMarks:
    """C, D, their reversals and expected entries; a letter may follow."""

    @pytest.mark.parametrize(
        ("mark", "minor", "is_reversal", "is_booked"),
        [
            ("C", 100, False, True),
            ("D", -100, False, True),
            ("RC", -100, True, True),
            ("RD", 100, True, True),
            ("CR", 100, False, True),
            ("DR", -100, False, True),
            ("RCR", -100, True, True),
            ("EC", 100, False, False),
            ("ED", -100, False, False),
        ],
    )
    def test_give_the_direction(
        self, mark: str, minor: int, is_reversal: bool, is_booked: bool
    ) -> None:
        row = read(statement(f":61:2603020302{mark}1,00NTRFNONREF")).frame.row(0, named=True)

        assert (row["amount_minor"], row["is_reversal"]) == (minor, is_reversal)
        assert row["is_booked"] is is_booked


class TestAmounts:
    """Dialects of amounts; more decimals than the currency has are refused."""

    @pytest.mark.parametrize(
        ("text", "minor"),
        [("1234", 123400), (",50", 50), ("52.58", 5258), ("0,", 0), ("1.234,56", 123456)],
    )
    def test_are_exact(self, text: str, minor: int) -> None:
        assert amount_minor(text, "EUR") == minor

    def test_with_a_fraction_that_the_currency_lacks_are_unreadable(self) -> None:
        with pytest.raises(AmountUnreadable):
            amount_minor("1,5", "JPY")


class TestDates:
    """Entry dates have no year; some banks have 30 days in every month."""

    @pytest.mark.parametrize(
        ("text", "value", "expected"),
        [
            ("1231", date(2026, 1, 2), date(2025, 12, 31)),
            ("0102", date(2025, 12, 31), date(2026, 1, 2)),
            ("0302", date(2026, 3, 2), date(2026, 3, 2)),
        ],
    )
    def test_entry_date_is_the_one_nearest_to_the_value_date(
        self, text: str, value: date, expected: date
    ) -> None:
        assert entry_day(text, value) == (expected, False)

    def test_30_february_becomes_month_end_with_a_warning(self) -> None:
        parsed = read(statement(":61:260230C1,NTRFNONREF", closing="C260228EUR1,"))

        assert parsed.frame["value_date"].to_list() == [date(2026, 2, 28)]
        assert [one.code for one in parsed.warnings] == ["date_clamped", "balance_dates_reversed"]


class TestStatements:
    """Several statements in one file."""

    def test_stay_apart_although_they_have_one_reference(self) -> None:
        one = statement(":61:260302C5,NTRFNONREF", closing="C260302EUR5,")
        two = statement(opening="C260303EUR5,", closing="C260303EUR5,")

        parsed = read(one + two)

        assert [each.net_minor for each in parsed.statements] == [500, 0]
        assert [each.consistent for each in parsed.statements] == [True, True]

    def test_that_do_not_foot_or_chain_are_warnings(self) -> None:
        parsed = read(statement(closing="C260302EUR1,") + statement(opening="C260302EUR2,"))

        assert parsed.accepted
        assert {one.code for one in parsed.warnings} == {"statement_total_differs", "statement_gap"}

    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_line_ends_do_not_matter(self, ending: str) -> None:
        text = statement(":61:260302C5,NTRFNONREF//B1", ":86:first", "second")

        parsed = read(text.replace("\n", ending))

        assert parsed.frame["narrative"].to_list() == ["first second"]
        assert parsed.frame["psp_ref"].to_list() == ["B1"]

    def test_interim_totals_are_compared(self) -> None:
        text = ":20:R\n:25:A\n:28C:1\n:34F:EUR0,\n:61:260302C5,NTRFNONREF\n:90C:2EUR5,\n-\n"

        parsed = read(text)

        assert [(one.declared, one.computed) for one in parsed.control_totals] == [
            ("2", "1"),
            ("500", "500"),
        ]


class TestNarratives:
    """Dialects of field 86."""

    def test_card_numbers_in_them_are_masked(self) -> None:
        text = statement(":61:260302C5,NTRFNONREF", ":86:card 4111111111111111 at shop")

        narrative = read(text).frame["narrative"][0]

        assert narrative == "card 411111******1111 at shop"

    def test_full_lines_go_on_without_a_break(self) -> None:
        first = "/REMI/" + "x" * 59
        text = statement(":61:260302C5,NTRFNONREF", f":86:{first}", "yz/EREF/PO-1/")

        row = read(text).frame.row(0, named=True)

        assert row["narrative"] == f"{first}yz/EREF/PO-1/"
        assert row["scheme_ref"] == "PO-1"

    def test_cp1252_is_read_where_the_bytes_are_no_utf8(self) -> None:
        text = statement(":61:260302C5,NTRFNONREF", ":86:Gebühr € 5")

        assert read(text, "cp1252").frame["narrative"].to_list() == ["Gebühr € 5"]
