"""Adyen settlement detail: kinds, signs, charges, two currencies, batches that must net to zero."""

from datetime import UTC, datetime

from parsers import ParsedFile, parse

NAMES = (
    "Merchant Account,Psp Reference,Merchant Reference,Creation Date,TimeZone,Type,Gross Currency,"
    "Gross Debit (GC),Gross Credit (GC),Net Currency,Net Debit (NC),Net Credit (NC),Markup (NC),"
    "Batch Number"
)


def read(*rows: str) -> ParsedFile:
    return parse("\n".join([NAMES, *rows, ""]).encode())


def row(kind: str, gross: str, net: str, *, markup: str = "", batch: int = 1) -> str:
    return f"M,P1,R1,2026-03-02 10:00:00,PST,{kind},{gross},{net},{markup},{batch}"


class TestLines:
    """What one row becomes."""

    def test_charges_are_negative_and_add_up_to_the_net(self) -> None:
        line = read(row("Settled", "EUR,,5", "EUR,,4.89", markup=".11")).frame.row(0, named=True)

        assert (line["kind"], line["amount_minor"], line["fee_minor"]) == ("sale", 500, -11)
        assert (line["net_minor"], line["markup_minor"]) == (489, -11)
        assert line["event_at"] == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)

    def test_in_another_currency_keep_the_gross_as_paid(self) -> None:
        text = row("Settled", "JPY,,1500", "EUR,,9.00", markup="0.20")

        line = read(text).frame.row(0, named=True)

        assert (line["amount_minor"], line["currency"]) == (920, "EUR")
        assert (line["original_amount_minor"], line["original_currency"]) == (1500, "JPY")

    def test_a_payout_leaves_them_and_reaches_us(self) -> None:
        line = read(row("MerchantPayout", ",,", "EUR,7.00,")).frame.row(0, named=True)

        assert (line["kind"], line["amount_minor"]) == ("payout", 700)

    def test_types_are_known_whatever_their_case(self) -> None:
        parsed = read(row("refunded", "EUR,5,", "EUR,5,"), row("Odd", ",,", "EUR,1,"))

        assert parsed.frame["kind"].to_list() == ["refund", "adjustment"]
        assert "type_unknown" in {one.code for one in parsed.warnings}


class TestBatches:
    """Each batch nets to zero, its payout included."""

    def test_that_net_to_zero_are_consistent(self) -> None:
        parsed = read(
            row("Settled", "EUR,,5", "EUR,,5"),
            row("Settled", "EUR,,9", "EUR,,9", batch=2),
            row("MerchantPayout", ",,", "EUR,5,"),
            row("MerchantPayout", ",,", "EUR,9,", batch=2),
        )

        assert [one.consistent for one in parsed.statements] == [True, True]
        assert parsed.frame["statement_no"].to_list() == [0, 1, 0, 1]

    def test_that_do_not_are_warnings_with_both_figures(self) -> None:
        parsed = read(row("Settled", "EUR,,5", "EUR,,5"), row("MerchantPayout", ",,", "EUR,4,"))

        assert parsed.accepted
        assert [one.found for one in parsed.warnings] == ["declared 4.00, computed 5.00"]


class TestRefusals:
    """What cannot be read is refused with line and column."""

    def test_amounts_with_more_decimals_than_the_currency(self) -> None:
        parsed = read(row("Settled", "JPY,,1.5", "JPY,,1.5"))

        assert {(one.code, one.line, one.field) for one in parsed.refusals} == {
            ("amount_unreadable", 2, "Gross Credit (GC)"),
            ("amount_unreadable", 2, "Net Credit (NC)"),
        }

    def test_rows_that_were_cut(self) -> None:
        parsed = read(row("Settled", "EUR,,5", "EUR,,5")[:40])

        assert [one.code for one in parsed.refusals] == ["row_short"]


class TestLongReports:
    """More rows than Polars filters in one piece."""

    def test_are_read_although_columns_are_absent(self) -> None:
        parsed = read(*[row("Settled", "EUR,,5", "EUR,,5")] * 30_000)

        assert parsed.accepted
        assert parsed.statements[0].net_minor == 15_000_000
