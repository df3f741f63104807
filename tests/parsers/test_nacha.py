"""NACHA: directions, returns and changes, dates without a year, controls, extracts."""

from datetime import date

import pytest

from parsers import ParsedFile, parse
from tests.support.nacha_files import Batch, Entry, returned, write_nacha
from tieout.errors import UsageError


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestDirection:
    """Transaction codes and whose file it is."""

    @pytest.mark.parametrize(
        ("code", "minor", "kind"),
        [
            ("22", 5, "payout"),
            ("27", -5, "sale"),
            ("32", 5, "payout"),
            ("37", -5, "sale"),
            ("52", 5, "payout"),
            ("55", -5, "sale"),
        ],
    )
    def test_a_credit_code_credits_whom_the_file_was_sent_to(
        self, code: str, minor: int, kind: str
    ) -> None:
        row = parse(write_nacha(Batch([Entry(code, 5)]))).frame.row(0, named=True)

        assert (row["amount_minor"], row["kind"], row["is_booked"]) == (minor, kind, True)

    def test_is_turned_for_a_file_that_we_sent(self) -> None:
        data = write_nacha(Batch([Entry("27", 5), Entry("22", 7)]))

        parsed = parse(data, options={"perspective": "sender"})

        assert parsed.frame["amount_minor"].to_list() == [5, -7]
        with pytest.raises(UsageError):
            parse(data, options={"perspective": "bank"})

    def test_of_advices_comes_from_odd_and_even_codes(self) -> None:
        parsed = parse(write_nacha(Batch([Entry("81", 100), Entry("82", 250)], sec="ADV")))

        assert parsed.accepted
        assert parsed.frame["amount_minor"].to_list() == [100, -250]


class TestAddenda:
    """Returns and notifications of change."""

    def test_a_return_names_the_first_trace_and_its_reason(self) -> None:
        row = parse(write_nacha(Batch([Entry("26", 9, (returned("R10"),))]))).frame.row(
            0, named=True
        )

        assert (row["kind"], row["is_reversal"], row["amount_minor"]) == ("reversal", True, -9)
        assert (row["scheme_ref"], row["psp_ref"]) == ("231380100000009", "121042880000001")
        assert "R10" in row["narrative"]

    def test_a_change_moves_no_money(self) -> None:
        parsed = parse(write_nacha(Batch([Entry("21", 0, (returned("C01"),))], sec="COR")))

        assert parsed.frame["is_booked"].to_list() == [False]
        assert parsed.frame["kind"].to_list() == ["adjustment"]

    def test_a_reversal_batch_undoes_earlier_entries(self) -> None:
        parsed = parse(write_nacha(Batch([Entry("22", 9)], description="REVERSAL")))

        assert parsed.frame["is_reversal"].to_list() == [True]

    def test_unknown_reasons_are_warnings(self) -> None:
        assert codes(parse(write_nacha(Batch([Entry("21", 0, (returned("C92"),))])))) == [
            "reason_unknown"
        ]


class TestDates:
    """The settlement day has three digits and no year."""

    @pytest.mark.parametrize(
        ("written", "settlement", "expected"),
        [
            ("260302", "061", date(2026, 3, 2)),
            ("260102", "364", date(2025, 12, 30)),
            ("251231", "002", date(2026, 1, 2)),
            ("260302", "   ", date(2026, 3, 3)),
        ],
    )
    def test_year_is_the_one_nearest_to_the_file(
        self, written: str, settlement: str, expected: date
    ) -> None:
        parsed = parse(write_nacha(Batch([Entry("22", 1)], settlement=settlement), date=written))

        assert parsed.frame["value_date"].to_list() == [expected]


class TestControls:
    """Batch and file controls against the entries."""

    @pytest.mark.parametrize("figure", ["count", "hash", "debit", "credit"])
    def test_figures_that_differ_refuse_the_file(self, figure: str) -> None:
        data = write_nacha(Batch([Entry("22", 5)]), changed={figure: 77})

        parsed = parse(data)

        assert codes(parsed) == ["control_total_differs"]
        assert not parsed.accepted
        assert parse(data, controls={"control_total_differs": "warn"}).accepted

    @pytest.mark.parametrize(("first", "last"), [(1, None), (0, -6)])
    def test_header_or_control_alone_is_refused(self, first: int, last: int | None) -> None:
        lines = write_nacha(Batch([Entry("22", 5)])).split(b"\n")[first:last]

        parsed = parse(b"\n".join(lines))

        assert not parsed.accepted
        assert {"header_missing", "trailer_missing"} & set(codes(parsed))

    def test_an_extract_without_both_is_read_with_warnings(self) -> None:
        lines = write_nacha(Batch([Entry("22", 5)])).split(b"\n")[1:4]

        parsed = parse(b"\n".join(lines))

        assert parsed.accepted
        assert codes(parsed) == ["header_missing", "trailer_missing"]
        assert parsed.frame["business_date"].to_list() == [date(2026, 3, 3)]

    def test_wrong_check_digit_is_a_warning(self) -> None:
        data = write_nacha(Batch([Entry("22", 5)])).replace(b"622231380104", b"622231380105")

        assert codes(parse(data)) == ["check_digit_wrong"]

    @pytest.mark.parametrize("code", ["23", "28", "24", "29", "33", "38", "43", "53"])
    def test_money_in_an_entry_whose_code_carries_none_is_a_warning(self, code: str) -> None:
        parsed = parse(write_nacha(Batch([Entry(code, 5), Entry(code, 0)])))

        assert codes(parsed) == ["amount_unexpected"]
        assert parsed.warnings[0].record_no == 1
        assert parsed.frame["is_booked"].to_list() == [True, False]

    @pytest.mark.parametrize("number", [b" 000TESTER", b"          ", b" 23138XXXX"])
    def test_a_header_that_names_no_bank_is_a_warning(self, number: bytes) -> None:
        data = write_nacha(Batch([Entry("22", 5)]))

        parsed = parse(data[:13] + number + data[23:])

        assert parsed.accepted
        assert codes(parsed) == ["identification_unusual"]
        assert parsed.warnings[0].field == "origin"

    def test_a_control_character_inside_a_record_is_a_warning(self) -> None:
        data = write_nacha(Batch([Entry("22", 5)])).replace(b"JANE DOE", b"JANE\x1aDOE")

        parsed = parse(data)

        assert codes(parsed) == ["control_character"]
        assert parsed.warnings[0].found == "byte 0x1a at position 59"
        assert parsed.warnings[0].line == 3


class TestContainer:
    """Line ends, missing blanks, bytes outside ASCII."""

    @pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\r"])
    def test_line_ends_do_not_matter(self, ending: str) -> None:
        parsed = parse(write_nacha(Batch([Entry("22", 5), Entry("27", 6)]), ending=ending))

        assert parsed.accepted
        assert parsed.frame["amount_minor"].to_list() == [5, -6]

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
    def test_positions_count_characters(self, encoding: str) -> None:
        text = write_nacha(Batch([Entry("22", 5)])).decode().replace("JANE DOE", "JÁNE DÓE")

        parsed = parse(text.encode(encoding))

        assert parsed.frame["narrative"].to_list() == ["COMPANY JÁNE DÓE"]
