"""Stripe reports: kinds, fees, payouts and the rows that they pay."""

import pytest

from parsers import ParsedFile, parse

NAMES = "balance_transaction_id,created,automatic_payout_id,currency,gross,fee,net,"
NAMES += "reporting_category"


def read(*rows: str) -> ParsedFile:
    return parse("\n".join([NAMES, *rows, ""]).encode())


def row(money: str, category: str = "charge", *, payout: str = "po_1") -> str:
    return f"txn_1,2026-03-02 10:00:00,{payout},usd,{money},{category}"


class TestLines:
    """What one row becomes."""

    @pytest.mark.parametrize(
        ("money", "category", "kind", "minor", "fee"),
        [
            ("25,0.95,24.05", "charge", "sale", 2500, -95),
            ("-10,0,-10", "refund", "refund", -1000, 0),
            ("-30.00,15.00,-45.00", "dispute", "chargeback", -3000, -1500),
            ("3.35,0,3.35", "dispute_reversal", "representment", 335, 0),
            ("-0.5,0,-0.5", "fee", "fee", -50, 0),
            ("-24,0,-24", "payout", "payout", 2400, 0),
            ("24,0,24", "payout_reversal", "payout", -2400, 0),
        ],
    )
    def test_has_kind_amount_and_fee(
        self, money: str, category: str, kind: str, minor: int, fee: int
    ) -> None:
        line = read(row(money, category)).frame.row(0, named=True)

        assert (line["kind"], line["amount_minor"], line["fee_minor"]) == (kind, minor, fee)
        assert line["batch_ref"] == "po_1"

    def test_that_does_not_add_up_is_a_warning(self) -> None:
        parsed = read(row("25,0.95,24.00"))

        assert parsed.accepted
        assert [one.code for one in parsed.warnings] == ["line_net_differs"]


class TestBalanceChange:
    """The same rows without payouts, several currencies in one file."""

    NAMES = (
        "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,"
        "reporting_category,source_id,description"
    )

    def read(self, *rows: str) -> ParsedFile:
        return parse("\n".join([self.NAMES, *rows, ""]).encode())

    def test_currencies_stay_apart_with_their_own_decimals(self) -> None:
        parsed = self.read(
            "txn_1,2026-03-02 10:00:00,2026-03-04 00:00:00,eur,25.00,0.95,24.05,charge,ch_1,",
            "txn_2,2026-03-02 11:00:00,2026-03-04 00:00:00,jpy,1500,36,1464,charge,ch_2,",
            "txn_3,2026-03-03 00:00:00,2026-03-03 00:00:00,eur,-20.00,0.00,-20.00,payout,po_1,",
        )

        nets = [(one.currency, one.reference, one.net_minor) for one in parsed.statements]
        assert nets == [("EUR", None, 2405), ("JPY", None, 1464), ("EUR", "po_1", 0)]
        assert parsed.frame["amount_minor"].to_list() == [2500, 1500, 2000]
        assert parsed.findings == ()

    def test_itemised_payouts_name_their_own_id(self) -> None:
        names = "payout_id,effective_at_utc,currency,gross,fee,net,reporting_category"
        text = f"{names},balance_transaction_id\npo_9,2026-03-03,usd,-7.00,0,-7.00,payout,txn_9\n"

        line = parse(text.encode()).frame.row(0, named=True)

        assert (line["batch_ref"], line["amount_minor"], line["rrn"]) == ("po_9", 700, "txn_9")

    def test_a_report_without_rows_says_so(self) -> None:
        parsed = self.read()

        assert parsed.accepted
        assert [one.code for one in parsed.warnings] == ["no_data"]


class TestPayouts:
    """A payout is the sum of its rows."""

    def test_that_is_the_sum_of_its_rows_agrees(self) -> None:
        parsed = read(row("25,1,24"), row("-24,0,-24", "payout"))

        assert parsed.findings == ()
        assert [(one.declared, one.agrees) for one in parsed.control_totals] == [("24.00", True)]

    def test_that_is_not_is_a_warning_with_both_figures(self) -> None:
        parsed = read(row("25,1,24"), row("-23,0,-23", "payout"))

        assert parsed.accepted
        assert [one.found for one in parsed.warnings] == ["declared 23.00, computed 24.00"]

    def test_without_its_rows_is_not_compared(self) -> None:
        parsed = read(row("25,1,24"), row("-23,0,-23", "payout", payout="po_2"))

        assert parsed.control_totals == ()
        assert [one.consistent for one in parsed.statements] == [None, None]
