"""Checkout.com settlement breakdown: kinds, charges, payouts."""

from pathlib import Path

from parsers import parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "checkout"


class TestLines:
    """What one row becomes."""

    def test_charges_lie_between_gross_and_net(self) -> None:
        frame = parse((FIXTURES / "ordinary_payout.csv").read_bytes()).frame

        assert frame["kind"].to_list() == ["sale", "refund", "fee"]
        assert frame["amount_minor"].to_list() == [5000, -1000, -20]
        assert frame["fee_minor"].to_list() == [-150, -10, 0]
        assert frame["net_minor"].to_list() == [4850, -1010, -20]

    def test_payout_is_the_sum_of_its_rows(self) -> None:
        parsed = parse((FIXTURES / "ordinary_payout.csv").read_bytes())

        assert [(one.reference, one.net_minor) for one in parsed.statements] == [("0000001", 3820)]
        assert parsed.findings == ()

    def test_what_was_paid_in_another_currency_is_kept(self) -> None:
        path = FIXTURES / "yen_foreign_crlf_unknown_type_net_differs.csv"

        parsed = parse(path.read_bytes())

        line = parsed.frame.row(0, named=True)
        assert (line["amount_minor"], line["currency"]) == (1500, "JPY")
        assert (line["original_amount_minor"], line["original_currency"]) == (920, "EUR")
        assert [one.code for one in parsed.warnings] == ["type_unknown", "line_net_differs"]
