"""dLocal settlement: two tables, exact totals, minor units in the open, the older report."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, parse

SUMMARY = (
    "ROW_TYPE,SETTLEMENT_CURRENCY,NUMBER_OF_ITEMS,GROSS_TOTAL_AMOUNT,FEE_TOTAL_AMOUNT,"
    "NET_TOTAL_AMOUNT,TRANSFER_DATE,TRANSFER_ID"
)
DETAIL = (
    "ROW_TYPE,CREATION_DATE,APPROVED_DATE,DLOCAL_TRANSACTION_ID,LOCAL_AMOUNT,LOCAL_CURRENCY,"
    "GROSS_AMOUNT,FEE_AMOUNT,NET_AMOUNT"
)


def header(count: int, amounts: str, *, currency: str = "USD", transfer: int = 7) -> str:
    gross, fee, net = amounts.split()
    return f"HEADER,{currency},{count},{gross},{fee},{net},2026-03-04,{transfer}"


def row(amounts: str, *, kind: str = "PAYMENT", local: str = "22,BRL") -> str:
    gross, fee, net = amounts.split()
    return f"{kind},2026-03-01 10:00:00,2026-03-02 10:00:05,T-1,{local},{gross},{fee},{net}"


def read(head: str, *rows: str) -> ParsedFile:
    return parse("\n".join([SUMMARY, head, DETAIL, *rows, ""]).encode())


class TestLines:
    """What one row becomes."""

    def test_the_nearest_minor_unit_with_halves_away_from_zero(self) -> None:
        parsed = read(
            header(3, "0.02 0 0.02"),
            row("1.005 0 1.005"),
            row("-1.005 0 -1.005"),
            row("0.02 0 0.02"),
        )

        assert parsed.frame["amount_minor"].to_list() == [2, 101, -101, 2]

    def test_the_fee_is_the_difference_of_both(self) -> None:
        parsed = read(header(1, "3.287193 -0.068128 3.219065"), row("3.287193 -0.068128 3.219065"))

        line = parsed.frame.row(1, named=True)

        assert (line["amount_minor"], line["fee_minor"], line["net_minor"]) == (329, -7, 322)
        assert line["narrative"].endswith("exact 3.287193 -0.068128 3.219065")
        assert (line["original_amount_minor"], line["original_currency"]) == (2200, "BRL")

    def test_a_charge_without_gross_is_its_net(self) -> None:
        parsed = read(header(1, "0 -80 -80"), row("0 -80 -80", kind="SETTLEMENT_FEE", local="0,"))

        line = parsed.frame.row(1, named=True)

        assert (line["kind"], line["amount_minor"], line["fee_minor"]) == ("fee", -8000, None)
        assert (line["original_amount_minor"], line["original_currency"]) == (None, None)

    def test_a_local_amount_that_cannot_be_is_left_out(self) -> None:
        parsed = read(header(1, "1 0 1"), row("1 0 1", local="22.005,BRL"))

        assert parsed.accepted
        assert parsed.frame["original_currency"].to_list() == [None, None]
        assert [one.code for one in parsed.warnings] == ["original_unreadable"]

    def test_zero_and_three_decimals(self) -> None:
        yen = read(header(1, "149.5 0 149.5", currency="JPY"), row("149.5 0 149.5"))
        dinar = read(header(1, "1.0005 0 1.0005", currency="KWD"), row("1.0005 0 1.0005"))

        assert yen.frame["amount_minor"].to_list() == [150, 150]
        assert dinar.frame["amount_minor"].to_list() == [1001, 1001]


class TestTransfers:
    """Rows against the totals of their HEADER."""

    def test_what_is_left_over_is_a_line_of_its_own(self) -> None:
        parsed = read(header(3, "3.012 0 3.012"), *[row("1.004 0 1.004")] * 3)

        last = parsed.frame.row(-1, named=True)
        assert parsed.frame["amount_minor"].to_list() == [301, 100, 100, 100, 1]
        assert (last["kind"], last["batch_ref"], last["record_no"]) == ("adjustment", "7", 7)
        assert last["byte_start"] == parsed.frame["byte_start"][0]
        assert [one.consistent for one in parsed.statements] == [True]
        assert all(one.agrees for one in parsed.control_totals)
        assert [one.code for one in parsed.warnings] == ["amounts_finer_than_currency"]

    def test_a_millionth_that_differs_is_a_warning(self) -> None:
        parsed = read(header(1, "1.004001 0 1.004"), row("1.004 0 1.004"))

        first = parsed.control_totals[0]
        assert (first.declared, first.computed) == ("1.004001", "1.004000")
        assert parsed.warnings[0].code == "control_total_differs"

    def test_a_total_in_minor_units_is_compared_with_the_nearest_one(self) -> None:
        parsed = read(header(1, "1 0 1"), row("1.004 0 1.004"))

        assert all(one.agrees for one in parsed.control_totals)

    def test_several_transfers_stay_apart(self) -> None:
        first = (SUMMARY, header(1, "1 0 1"), DETAIL, row("1 0 1"))
        second = (SUMMARY, header(1, "2 0 2", transfer=8), DETAIL, row("2 0 2"))
        text = "\n".join([*first, *second, ""])

        parsed = parse(text.encode())

        assert [(one.reference, one.net_minor) for one in parsed.statements] == [
            ("7", 100),
            ("8", 200),
        ]
        assert parsed.warnings == ()

    @given(
        st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12),
        st.sampled_from([("USD", 2), ("JPY", 0), ("KWD", 3)]),
    )
    @settings(max_examples=40, deadline=None)
    def test_lines_and_left_over_are_the_exact_sum(
        self, millionths: list[int], money: tuple[str, int]
    ) -> None:
        currency, exponent = money
        texts = [f"{Decimal(one).scaleb(-6):f}" for one in millionths]
        total = f"{Decimal(sum(millionths)).scaleb(-6):f}"
        rows = [row(f"{one} 0 {one}") for one in texts]

        parsed = read(header(len(rows), f"{total} 0 {total}", currency=currency), *rows)

        unit = Decimal(1).scaleb(-exponent)
        exact = Decimal(sum(millionths)).scaleb(-6).quantize(unit, ROUND_HALF_UP)
        assert parsed.accepted
        assert sum(parsed.frame["amount_minor"][1:]) == int(exact.scaleb(exponent))
        assert all(one.agrees for one in parsed.control_totals)


class TestOlderReport:
    """The report with types and dollars."""

    NAMES = (
        'Type;"Creation date";"Settlement date";Reference;Invoice;"Net Amount (local)";'
        '"Amount (USD)";currency;Status;Fee;IOF'
    )

    def read(self, *rows: str) -> ParsedFile:
        return parse("\n".join([self.NAMES, *rows, ""]).encode())

    def test_types_say_the_direction(self) -> None:
        parsed = self.read(
            "Payment;2026-03-01 10:00:00;2026-03-02 12:00:00;1;PO-1;5.00;1.5;BRL;Cleared;0.03;0",
            "Refund;2026-03-01 10:00:00;2026-03-02 12:00:00;2;PO-1;5.00;1.50;BRL;Completed;;",
            "Refund;2026-03-01 10:00:00;;3;PO-2;70.00;;MXN;Waiting Details;;",
        )

        assert parsed.frame["amount_minor"].to_list() == [150, -150, -7000]
        assert parsed.frame["fee_minor"].to_list() == [-3, None, None]
        assert parsed.frame["is_booked"].to_list() == [True, True, False]
        assert parsed.frame["original_amount_minor"].to_list() == [500, -500, None]


class TestRefusals:
    """What cannot be read."""

    def test_seven_decimals_and_missing_amounts(self) -> None:
        parsed = read(header(2, "1 0 1"), row("1.0000001 0 1"), row("1 0 1")[:-1])

        assert [(one.code, one.field) for one in parsed.refusals] == [
            ("amount_unreadable", "GROSS_AMOUNT"),
            ("amount_missing", "NET_AMOUNT"),
        ]

    def test_rows_in_the_wrong_table(self) -> None:
        text = "\n".join([SUMMARY, header(1, "1 0 1"), row("1 0 1"), ""])

        assert [one.code for one in parse(text.encode()).refusals] == ["record_misplaced"]

    def test_a_report_without_header_row(self) -> None:
        text = "\n".join([SUMMARY, DETAIL, ""])

        assert [one.code for one in parse(text.encode()).refusals] == ["header_missing"]
