"""PayPal reports: direction from its column, decimals from the currency, footers as warnings."""

import pytest

from parsers import ParsedFile, parse

COLUMNS = (
    "CH,Transaction ID,Invoice ID,PayPal Reference ID,Transaction Event Code,"
    "Transaction Initiation Date,Transaction Completion Date,Transaction Debit or Credit,"
    "Gross Transaction Amount,Gross Transaction Currency,Fee Debit or Credit,Fee Amount,"
    "Fee Currency"
)
HEAD = ["SH,2026/03/02 00:00:00 -0800,2026/03/02 23:59:59 -0800,ACME", COLUMNS]


def read(*rows: str) -> ParsedFile:
    return parse("\n".join([*HEAD, *rows, ""]).encode())


def body(code: str, money: str, fee: str = ",,") -> str:
    moment = "2026/03/02 08:57:17 -0800"
    return f"SB,T1,I1,R1,{code},{moment},{moment},{money},{fee}"


class TestLines:
    """What one body row becomes."""

    @pytest.mark.parametrize(
        ("code", "money", "kind", "minor"),
        [
            ("T0006", "CR,100,USD", "sale", 100),
            ("T0000", "DR,100,USD", "adjustment", -100),
            ("T1107", "DR,100,USD", "refund", -100),
            ("T1201", "DR,100,USD", "chargeback", -100),
            ("T1202", "CR,100,USD", "representment", 100),
            ("T0200", "DR,100,USD", "fx", -100),
            ("T1110", "DR,100,USD", "reserve", -100),
            ("T2101", "CR,100,USD", "release", 100),
            ("T0106", "DR,100,USD", "fee", -100),
            ("T0400", "DR,100,USD", "payout", 100),
        ],
    )
    def test_has_the_kind_of_its_event_code(
        self, code: str, money: str, kind: str, minor: int
    ) -> None:
        line = read(body(code, money)).frame.row(0, named=True)

        assert (line["kind"], line["amount_minor"]) == (kind, minor)

    def test_decimals_come_from_the_currency(self) -> None:
        yen = read(body("T0006", "CR,10000,JPY", "DR,340,JPY"))

        line = yen.frame.row(0, named=True)

        assert (line["amount_minor"], line["exponent"], line["net_minor"]) == (10000, 0, 9660)

    def test_authorisations_are_not_booked(self) -> None:
        parsed = read(body("T1300", "CR,100,USD"))

        assert parsed.frame["is_booked"].to_list() == [False]
        assert parsed.statements[0].net_minor == 0


class TestFooters:
    """Totals of sections, report and file."""

    def test_balances_prove_a_section(self) -> None:
        footer = "SF,USD,100,0,0,5,CR,1,CR,2,DR,50,CR,45,CR,0,CR,0,1"

        parsed = read(body("T0006", "CR,100,USD", "DR,5,USD"), footer, "SC,1", "RC,1", "FF,1")

        one = parsed.statements[0]
        assert (one.opening_minor, one.net_minor, one.closing_minor) == (-50, 95, 45)
        assert one.consistent
        assert parsed.findings == ()

    def test_that_differ_are_warnings_because_files_of_a_report_share_them(self) -> None:
        parsed = read(body("T0006", "CR,100,USD"), "RF,USD,300,0,0,0", "RC,3", "FF,1")

        assert parsed.accepted
        assert [(one.code, one.found) for one in parsed.warnings] == [
            ("control_total_differs", "declared 3.00, computed 1.00"),
            ("control_total_differs", "declared 3, computed 1"),
        ]

    def test_that_are_not_there_are_warned_about(self) -> None:
        parsed = read(body("T0006", "CR,100,USD"))

        assert [one.code for one in parsed.warnings] == ["trailer_missing"]

    def test_of_a_file_that_was_opened_close_it(self) -> None:
        parsed = read(body("T0006", "CR,100,USD"), "FH,01", "RC,1")

        assert [one.code for one in parsed.warnings] == ["trailer_missing"]

    def test_without_their_number_are_warned_about(self) -> None:
        parsed = read(body("T0006", "CR,100,USD"), "RC,1", "FF,")

        assert [one.code for one in parsed.warnings] == ["control_total_blank"]

    @pytest.mark.parametrize(("converted", "codes"), [(100, []), (90, ["control_total_differs"])])
    def test_of_other_currencies_leave_nothing_of_one_without(
        self, converted: int, codes: list[str]
    ) -> None:
        rows = [body("T0006", "CR,100,BRL"), body("T0200", f"DR,{converted},BRL")]
        footer = "SF,USD,20,0,0,0,CR,0,CR,20,CR,0,CR,20"

        parsed = read(*rows, body("T0200", "CR,20,USD"), footer, "RC,3")

        assert [one.code for one in parsed.warnings] == codes


class TestRefusals:
    """What cannot be read."""

    def test_a_body_row_without_column_names(self) -> None:
        parsed = parse(body("T0006", "CR,100,USD").encode(), format="paypal_stl")

        assert [one.code for one in parsed.refusals] == ["header_missing"]

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (body("T0006", ",100,USD"), "indicator_unknown"),
            (body("T0006", "CR,1.00,USD"), "amount_unreadable"),
            (body("T0006", "CR,100,ZZZ"), "currency_unknown"),
            (body("T0006", "CR,100,USD")[:40], "row_short"),
            ("XX,1", "record_unknown"),
        ],
    )
    def test_a_row_that_is_wrong(self, row: str, code: str) -> None:
        assert code in {one.code for one in read(row).refusals}
