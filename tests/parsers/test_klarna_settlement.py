"""Klarna settlement: two tables, signs of both conventions, totals, the payout."""

from parsers import ParsedFile, identify, parse

NAMES = (
    "type,capture_date,order_id,short_order_id,capture_id,merchant_reference1,amount,"
    "posting_currency"
)
TOTALS = "total_sale_amount,total_fee_amount,total_settlement_amount,payment_reference,payout_date"


def row(kind: str, amount: str, *, currency: str = "EUR") -> str:
    return f"{kind},2026-03-02T10:00:00Z,o-1,S1,c-1,PO-1,{amount},{currency}"


def read(*rows: str, totals: str = "") -> ParsedFile:
    above = [TOTALS, totals, ""] if totals else []
    return parse("\n".join([*above, NAMES, *rows, ""]).encode())


class TestSigns:
    """Reports that sign what is taken, and those that do not."""

    def test_signed_amounts_stay(self) -> None:
        parsed = read(row("SALE", "100.00"), row("FEE", "-3.20"), row("RETURN", "-20"))

        assert parsed.frame["amount_minor"].to_list() == [10000, -320, -2000]

    def test_unsigned_debits_are_turned(self) -> None:
        parsed = read(
            row("SALE", "100"), row("FEE", "3.20"), row("RETURN", "20"), row("CREDIT", "1")
        )

        assert parsed.frame["amount_minor"].to_list() == [10000, -320, -2000, 100]

    def test_a_refunded_fee_among_signed_ones_stays_a_credit(self) -> None:
        parsed = read(row("SALE", "100"), row("FEE", "-3.20"), row("FEE", "1.00"))

        assert parsed.frame["amount_minor"].to_list() == [10000, -320, 100]


class TestTotals:
    """The row of totals and the payout that it announces."""

    def test_the_settlement_is_a_payout_of_its_movements(self) -> None:
        parsed = read(
            row("SALE", "100.00"), row("FEE", "-3.20"), totals="100.00,3.20,96.80,KL-1,2026-03-04"
        )

        line = parsed.frame.row(0, named=True)
        assert (line["kind"], line["amount_minor"], line["batch_ref"]) == ("payout", 9680, "KL-1")
        assert (line["currency"], str(line["value_date"])) == ("EUR", "2026-03-04")
        assert parsed.frame["batch_ref"].to_list() == ["KL-1"] * 3
        assert [one.agrees for one in parsed.control_totals] == [True, True, True]

    def test_totals_that_differ_are_warnings(self) -> None:
        parsed = read(row("SALE", "100.00"), totals="99.00,0,99.00,KL-1,")

        assert parsed.accepted
        assert [one.code for one in parsed.warnings] == [
            "control_total_differs",
            "batch_total_differs",
        ]

    def test_may_be_missing(self) -> None:
        parsed = read(row("SALE", "100.00"))

        assert (parsed.records, parsed.control_totals) == (1, ())


class TestShape:
    """What makes a file this report."""

    def test_is_known_by_the_names_of_its_movements(self) -> None:
        assert identify((NAMES + "\n").encode()) == "klarna_settlement"
        assert identify((NAMES.replace("posting_", "my_") + "\n").encode()) is None

    def test_unreadable_values_are_refused(self) -> None:
        parsed = read(row("SALE", "1e3"), row("FEE", "", currency=""))

        assert {one.code for one in parsed.refusals} == {
            "amount_unreadable",
            "amount_missing",
            "currency_unknown",
        }
