"""Amazon Pay settlement: preamble, signs, net, the transfer, widths of rows."""

from datetime import UTC, date, datetime

from parsers import ParsedFile, identify, parse

HEAD = (
    '"Amazon Payments Advanced",\n"SellerId","A1"\n"TransactionPostedDate","SettlementId",'
    '"AmazonTransactionId","SellerReferenceId","TransactionType","CurrencyCode",'
    '"TransactionAmount","TotalTransactionFee","NetTransactionAmount",\n'
)


def row(kind: str, amounts: str, *, currency: str = "USD") -> str:
    gross, fee, net = amounts.split()
    fields = ("2026-03-02T11:10:34 -0700", "59", "P1", "R1", kind, currency, gross, fee, net)
    return ",".join(f'"{one}"' for one in fields)


def read(*rows: str) -> ParsedFile:
    return parse((HEAD + "\n".join([*rows, ""])).encode())


class TestLines:
    """What one row becomes."""

    def test_carry_seller_settlement_and_instant(self) -> None:
        line = read(row("Capture", "10.00 -0.59 9.41")).frame.row(0, named=True)

        assert (line["account"], line["batch_ref"], line["record_no"]) == ("A1", "59", 1)
        assert (line["amount_minor"], line["fee_minor"], line["net_minor"]) == (1000, -59, 941)
        assert line["event_at"] == datetime(2026, 3, 2, 18, 10, 34, tzinfo=UTC)
        assert line["business_date"] == date(2026, 3, 2)

    def test_kinds_and_directions(self) -> None:
        parsed = read(
            row("Transfer", "-25.54 0 -25.54"),
            row("Refund", "-4.00 0.12 -3.88"),
            row("A-to-z Guarantee Claim", "-1.00 0 -1.00"),
            row("Reserve", "-2.00 0 -2.00"),
            row("Reserve", "2.00 0 2.00"),
        )

        assert parsed.frame["kind"].to_list() == [
            "payout",
            "refund",
            "chargeback",
            "reserve",
            "release",
        ]
        assert parsed.frame["amount_minor"].to_list() == [2554, -400, -100, -200, 200]
        assert parsed.statements[0].net_minor == -388 - 100

    def test_a_net_that_differs_is_a_warning(self) -> None:
        parsed = read(row("Capture", "10.00 -0.59 9.40"))

        assert parsed.accepted
        assert [(one.code, one.line) for one in parsed.warnings] == [("line_net_differs", 4)]


class TestShape:
    """Preamble and widths."""

    def test_is_known_by_the_names_after_the_preamble(self) -> None:
        assert identify(HEAD.encode()) == "amazon_settlement"
        assert identify(HEAD.replace("NetTransactionAmount", "Net").encode()) is None

    def test_rows_may_end_with_a_comma_as_the_names_do(self) -> None:
        parsed = read(row("Capture", "10.00 -0.59 9.41") + ",", row("Refund", "-1 0 -1"))

        assert parsed.accepted
        assert parsed.records == 2

    def test_longer_rows_are_refused_with_their_line(self) -> None:
        parsed = read(row("Capture", "1 0 1"), row("Capture", "1 0 1") + ",,")

        assert [(one.code, one.line) for one in parsed.refusals] == [("row_long", 5)]

    def test_short_rows_are_refused_with_their_line(self) -> None:
        parsed = read(row("Capture", "1 0 1"), '"2026-03-02","59","P1"')

        assert [(one.code, one.line) for one in parsed.refusals] == [("row_short", 5)]

    def test_unknown_currencies_and_missing_amounts_are_refused(self) -> None:
        parsed = read(
            row("Capture", "1 0 1", currency="XXQ"), row("Capture", "1 0 1").replace('"1"', '""')
        )

        assert {one.code for one in parsed.refusals} == {"currency_unknown", "amount_missing"}
