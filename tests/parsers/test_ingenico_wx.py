"""Ingenico Web Collect: records of flat XML, what is due, totals, documents that are refused."""

import pytest

from parsers import ParsedFile, identify, parse

ROOT = '<t:report xmlns:t="https://wx.v2_6.globalcollect.com"><t:Filename>F1</t:Filename>'
MADE = "<t:DateProduction>2026-03-02</t:DateProduction>"


def record(kind: str = "ON", due: str = "1250", currency: str = "EUR", more: str = "") -> str:
    return (
        "<t:DataRecord><t:MerchantID>12</t:MerchantID>"
        f"<t:PaymentData><t:Recordtype>{kind}</t:Recordtype><t:CurrencyDue>{currency}</t:CurrencyDue>"
        f"<t:AmountDue>{due}</t:AmountDue><t:DateDue>2026-03-02</t:DateDue>{more}</t:PaymentData>"
        "</t:DataRecord>"
    )


def document(*records: str, credited: int = 1250, debited: int = 0, count: int = 1) -> bytes:
    totals = (
        f"<t:TotalAmount><t:MerchantID>12</t:MerchantID><t:TotalAmountCredited>{credited}"
        f"</t:TotalAmountCredited><t:TotalAmountDebited>{debited}</t:TotalAmountDebited>"
        f"</t:TotalAmount><t:NumberOfRecords>{count}</t:NumberOfRecords></t:report>"
    )
    return "\n".join([ROOT + MADE, *records, totals]).encode()


def read(*records: str, credited: int = 1250, debited: int = 0, count: int = 1) -> ParsedFile:
    return parse(document(*records, credited=credited, debited=debited, count=count))


class TestLines:
    """What one record becomes."""

    def test_points_at_its_own_bytes(self) -> None:
        data = document(record(), record("CR", "-400"), debited=400, count=2)

        frame = parse(data).frame

        for start, length in frame.select("byte_start", "byte_length").rows():
            piece = data[start : start + length]
            assert piece.startswith(b"<t:DataRecord>")
            assert piece.endswith(b"</t:DataRecord>")
        assert frame["amount_minor"].to_list() == [1250, -400]

    def test_what_is_paid_stands_in_where_nothing_is_due_yet(self) -> None:
        paid = "<t:PaymentCurrency>EUR</t:PaymentCurrency><t:PaymentAmount>300</t:PaymentAmount>"

        line = read(record(due="", more=paid), credited=300).frame.row(0, named=True)

        assert (line["amount_minor"], line["original_amount_minor"]) == (300, None)

    def test_another_currency_keeps_what_was_paid(self) -> None:
        paid = "<t:PaymentCurrency>USD</t:PaymentCurrency><t:PaymentAmount>1000</t:PaymentAmount>"

        line = read(record(more=paid)).frame.row(0, named=True)

        assert (line["original_amount_minor"], line["original_currency"]) == (1000, "USD")

    def test_cards_are_hidden_and_entities_resolved(self) -> None:
        more = (
            "<t:CardNumber>4111111111111111</t:CardNumber>"
            "<t:AdditionalReference>a &amp;lt; b</t:AdditionalReference>"
        )

        line = read(record(more=more)).frame.row(0, named=True)

        assert (line["pan_masked"], line["merchant_ref"]) == ("411111******1111", "a &lt; b")
        assert len(line["pan_fingerprint"]) == 64


class TestControls:
    """The totals at the end."""

    def test_that_agree(self) -> None:
        parsed = read(record())

        assert [one.agrees for one in parsed.control_totals] == [True, True, True]
        assert parsed.findings == ()

    def test_that_differ_are_warnings(self) -> None:
        parsed = read(record(), credited=1, debited=1, count=2)

        assert parsed.accepted
        assert [one.code for one in parsed.warnings] == ["control_total_differs"] * 3


class TestRefusals:
    """What cannot be read."""

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (document(record())[:-20], "xml_not_well_formed"),
            (
                document(record()).replace(b"<t:report", b"<!DOCTYPE r><t:report"),
                "xml_not_well_formed",
            ),
            (document("<!-- x -->", record()), "xml_not_well_formed"),
            (
                document(record().replace("<t:DataRecord>", '<t:DataRecord a="1">')),
                "record_structure",
            ),
            (document(record(due="12.50")), "amount_unreadable"),
            (document(record(due="")), "amount_missing"),
            (document(record(currency="JPY")), "exponent_differs"),
            (document(record().replace("2026-03-02", "soon")), "date_unreadable"),
        ],
    )
    def test_is_refused_with_its_reason(self, data: bytes, code: str) -> None:
        assert code in {one.code for one in parse(data).refusals}

    def test_is_known_by_its_namespace(self) -> None:
        assert identify(document(record())) == "ingenico_wx"
        assert identify(document(record()).replace(b"globalcollect", b"elsewhere")) is None
