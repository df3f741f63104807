"""OFX: both versions by their tags, dialects of amounts and dates, statements kept apart."""

from datetime import UTC, date, datetime
from time import process_time

import pytest

from parsers import ParsedFile, parse

HEAD = "OFXHEADER:100\nVERSION:102\n\n"


def statement(*entries: str, currency: str = "EUR", account: str = "A1", balance: str = "") -> str:
    ledger = f"<LEDGERBAL><BALAMT>{balance}<DTASOF>20260302</LEDGERBAL>" if balance else ""
    return (
        f"<STMTRS><CURDEF>{currency}<BANKACCTFROM><ACCTID>{account}</BANKACCTFROM>"
        f"<BANKTRANLIST>{''.join(entries)}</BANKTRANLIST>{ledger}</STMTRS>"
    )


def entry(amount: str = "-1.00", *, day: str = "20260302", more: str = "<FITID>F1") -> str:
    return f"<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>{day}<TRNAMT>{amount}{more}</STMTTRN>\n"


def read(*statements: str) -> ParsedFile:
    return parse(f"{HEAD}<OFX>{''.join(statements)}</OFX>".encode())


class TestAmounts:
    """Dialects of amounts."""

    @pytest.mark.parametrize(
        ("text", "minor"),
        [
            ("-70.00", -7000),
            ("-99,99 ", -9999),
            ("+1,234.50", 123450),
            ("1.234,50", 123450),
            (",5", 50),
            ("-00000001500.0000", -150000),
            ("20", 2000),
        ],
    )
    def test_are_exact(self, text: str, minor: int) -> None:
        assert read(statement(entry(text))).frame["amount_minor"].to_list() == [minor]

    @pytest.mark.parametrize("text", ["1.005", "", "1e3", "12-"])
    def test_that_are_none_are_refused_with_their_line(self, text: str) -> None:
        parsed = read(statement(entry(text)))

        assert [(one.code, one.line) for one in parsed.refusals] == [("amount_unreadable", 4)]

    def test_are_scaled_by_the_currency(self) -> None:
        parsed = read(statement(entry("-1500"), currency="JPY", balance="10"))

        assert parsed.frame["amount_minor"].to_list() == [-1500]
        assert parsed.statements[0].closing_minor == 10


class TestEntries:
    """What an entry says beside its amount."""

    def test_instant_needs_an_offset(self) -> None:
        zoned = entry(day="20260302233000.000[-5:EST]")

        frame = read(statement(zoned, entry(day="20260302233000"))).frame

        assert frame["event_at"].to_list() == [datetime(2026, 3, 3, 4, 30, tzinfo=UTC), None]
        assert frame["business_date"].to_list() == [date(2026, 3, 2)] * 2

    def test_card_numbers_and_entities_in_texts(self) -> None:
        more = "<NAME>A &amp; B<MEMO>card 4111111111111111"

        narrative = read(statement(entry(more=more))).frame["narrative"][0]

        assert narrative == "A & B card 411111******1111"

    def test_same_id_twice_in_an_account_is_a_warning(self) -> None:
        parsed = read(statement(entry(), entry()), statement(entry(), account="A2"))

        assert [one.code for one in parsed.warnings] == ["reference_repeated"]

    def test_a_currency_of_its_own_is_kept_out_of_the_sum(self) -> None:
        more = "<CURRENCY><CURRATE>1.1<CURSYM>USD</CURRENCY>"

        parsed = read(statement(entry(), entry(more=more)))

        assert parsed.frame["currency"].to_list() == ["EUR", "USD"]
        assert parsed.statements[0].net_minor == -100


class TestFiles:
    """Whole files."""

    def test_statements_stay_apart(self) -> None:
        parsed = read(statement(entry(), balance="5"), statement(entry("2"), account="A2"))

        figures = [(one.account, one.net_minor, one.closing_minor) for one in parsed.statements]
        assert figures == [("A1", -100, 500), ("A2", 200, None)]
        assert parsed.frame["statement_no"].to_list() == [0, 1]

    def test_xml_with_comments_is_read_by_its_tags(self) -> None:
        text = statement(entry()).replace("<FITID>F1", "<FITID>F1</FITID>")
        data = f'<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><!--{text}-->{text}'

        parsed = parse(f"{data}</OFX>".encode())

        assert (parsed.format, parsed.records, parsed.findings) == ("ofx", 1, ())

    def test_that_are_cut_off_are_refused(self) -> None:
        whole = f"{HEAD}<OFX>{statement(entry())}</OFX>".encode()

        parsed = parse(whole[:-6])

        assert [one.code for one in parsed.refusals] == ["file_cut_off"]

    def test_without_a_currency_need_the_option(self) -> None:
        data = f"{HEAD}<OFX>{statement(entry(), currency='')}</OFX>".encode()

        assert [one.code for one in parse(data).refusals] == ["currency_missing"]
        assert parse(data, format="ofx", options={"currency": "EUR"}).accepted

    def test_every_truncation_is_refused(self) -> None:
        whole = f"{HEAD}<OFX>{statement(entry(), balance='5')}</OFX>".encode()

        accepted = [size for size in range(len(whole)) if parse(whole[:size]).accepted]

        assert accepted == []

    def test_marked_sections_are_text(self) -> None:
        more = "<FITID>F1<NAME><![CDATA[Shop]]></NAME>"

        assert read(statement(entry(more=more))).frame["narrative"][0] == "Shop"

    def test_places_are_those_of_the_bytes_as_received(self) -> None:
        named = entry(more="<NAME>M\u00fcller")
        text = f"{HEAD}<OFX>{statement(named, entry('5'))}</OFX>"

        for encoding in ("utf-8", "cp1252"):
            data = text.encode(encoding)
            frame = parse(data).frame

            parts = [
                data[start:][:size]
                for start, size in frame.select("byte_start", "byte_length").rows()
            ]
            assert [one[:9] + one[-10:] for one in parts] == [b"<STMTTRN></STMTTRN>"] * 2
            assert frame["narrative"][0] == "M\u00fcller"

    def test_bytes_of_no_encoding_are_refused(self) -> None:
        data = f"{HEAD}<OFX>{statement(entry(more='<NAME>?'))}</OFX>".encode()

        parsed = parse(data.replace(b"?", b"\x81\xff"))

        assert [(one.code, one.line) for one in parsed.refusals] == [("encoding_wrong", 4)]

    @pytest.mark.parametrize(
        "part", ["<!--", "<CODE>1", "<STMTRS>", "<STMTRS><LEDGERBAL><BALAMT>x", "<![CDATA[", "<"]
    )
    def test_that_repeat_without_end_take_no_time(self, part: str) -> None:
        data = f"{HEAD}<OFX>{part * 20000}</OFX>".encode()

        started = process_time()
        parsed = parse(data)

        assert parsed.records == 0
        assert process_time() - started < 2
