"""Adyen payments accounting: steps and bookings, signs, charges, two currencies, batches."""

from datetime import UTC, datetime

from parsers import ParsedFile, parse

NAMES = (
    "Merchant Account,Psp Reference,Merchant Reference,Booking Date,TimeZone,Record Type,"
    "Main Currency,Main Amount,Payment Currency,Captured (PC),Original Amount,Settlement Currency,"
    "Payable (SC),Commission (SC),Markup (SC),Scheme Fees (SC),Interchange (SC),Payable Batch"
)


def read(*rows: str) -> ParsedFile:
    return parse("\n".join([NAMES, *rows, ""]).encode())


def row(kind: str, paid: str, payable: str, charges: str = ",,,") -> str:
    """`paid`: currency, captured, original amount; `payable`: settlement currency, amount."""
    return f"M,P1,R1,2026-03-02 10:00:00,PST,{kind},EUR,5.00,{paid},{payable},{charges},7"


class TestLines:
    """What one row becomes."""

    def test_steps_are_kept_and_not_booked(self) -> None:
        parsed = read(row("Received", "EUR,,", "EUR,"), row("SentForRefund", "EUR,,", "EUR,"))

        assert parsed.frame["is_booked"].to_list() == [False, False]
        assert parsed.frame["amount_minor"].to_list() == [500, -500]
        assert parsed.frame["batch_ref"].to_list() == [None, None]

    def test_what_a_step_will_settle_is_not_counted_twice(self) -> None:
        parsed = read(
            row("SentForSettle", "EUR,5.00,5.00", "EUR,4.89", ",.11,,"),
            row("Settled", "EUR,-5.00,5.00", "EUR,4.89", ",.11,,"),
        )

        assert [one.net_minor for one in parsed.statements] == [0, 489]
        assert parsed.frame["fee_minor"].to_list() == [None, -11]

    def test_gross_is_payable_plus_charges(self) -> None:
        text = row("Settled", "EUR,-10.40,10.40", "EUR,10.02", ",0.02,0.06,0.30")

        line = read(text).frame.row(0, named=True)

        assert (line["amount_minor"], line["fee_minor"], line["net_minor"]) == (1040, -38, 1002)
        assert (line["markup_minor"], line["scheme_fee_minor"]) == (-2, -6)
        assert (line["interchange_minor"], line["scheme_ref"]) == (-30, None)
        assert line["event_at"] == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)

    def test_a_chargeback_in_another_currency_keeps_what_was_paid(self) -> None:
        text = row("Chargeback", "JPY,,2000", "EUR,-23.87", "10.65,,0.21,")

        line = read(text).frame.row(0, named=True)

        assert (line["kind"], line["amount_minor"], line["fee_minor"]) == (
            "chargeback",
            -1301,
            -1086,
        )
        assert (line["original_amount_minor"], line["original_currency"]) == (-2000, "JPY")

    def test_unknown_types_are_booked_with_a_warning(self) -> None:
        parsed = read(row("Mystery", "EUR,,", "EUR,1.00"))

        assert (parsed.frame["kind"][0], parsed.frame["is_booked"][0]) == ("adjustment", True)
        assert [one.code for one in parsed.warnings] == ["type_unknown"]


class TestControls:
    """Rows and batches against what they say of themselves."""

    def test_a_batch_adds_up_to_its_payout(self) -> None:
        parsed = read(
            row("Settled", "EUR,-5.00,5.00", "EUR,5.00"),
            row("MerchantPayout", "EUR,,", "EUR,-5.00"),
        )

        assert [one.consistent for one in parsed.statements] == [True]
        assert parsed.frame["amount_minor"].to_list() == [500, 500]

    def test_a_payout_that_differs_is_a_warning_with_both_figures(self) -> None:
        parsed = read(
            row("Settled", "EUR,-5.00,5.00", "EUR,5.00"),
            row("MerchantPayout", "EUR,,", "EUR,-4.00"),
        )

        assert parsed.accepted
        assert [(one.declared, one.computed) for one in parsed.control_totals] == [("4.00", "5.00")]
        assert [one.code for one in parsed.warnings] == ["batch_total_differs"]

    def test_a_step_whose_amount_stands_nowhere_else_is_a_warning(self) -> None:
        parsed = read(row("SentForSettle", "EUR,5.01,5.00", "EUR,"))

        assert [one.code for one in parsed.warnings] == ["original_amount_differs"]

    def test_a_captured_amount_that_differs_is_a_warning(self) -> None:
        parsed = read(row("Settled", "EUR,-5.20,5.20", "EUR,5.00", ",0.10,,"))

        assert [one.code for one in parsed.warnings] == ["line_net_differs"]


class TestRefusals:
    """What cannot be read is refused with line and column."""

    def test_booked_rows_without_payable(self) -> None:
        parsed = read(row("Settled", "EUR,-5.00,5.00", "EUR,"))

        assert [(one.code, one.line, one.field) for one in parsed.refusals] == [
            ("amount_missing", 2, "Payable (SC)")
        ]

    def test_amounts_with_more_decimals_than_the_currency(self) -> None:
        parsed = read(row("Settled", "EUR,-5.00,5.00", "JPY,5.5"))

        assert {one.code for one in parsed.refusals} == {"amount_unreadable"}
