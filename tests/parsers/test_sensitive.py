"""Card data: nothing of it in what leaves a parser, and what nobody may keep refuses the file."""

import json

import pytest

from parsers import Finding, ParsedFile, parse
from parsers.cards import hide_all, hide_cards
from tests.support.ipm_files import framed, presentment, write_ipm

CARD = "4111111111111111"
OTHER = "378282246310005"
KEY = b"a key of sixteen bytes and more"
TRACK_1 = f"%B{CARD}^HOLDER/OF CARD^2812101000000000?"
TRACK_2 = f";{CARD}=28121010000000000000?"
LAYOUT: dict[str, object] = {
    "kind": {"constant": "sale"},
    "columns": {
        "amount": "amount",
        "currency": "currency",
        "business_date": "date",
        "narrative": "text",
        "merchant_ref": "ref",
        "psp_ref": "psp",
        "account": "account",
    },
}


def table(
    text: str = "", ref: str = "", psp: str = "", account: str = "", more: str = ""
) -> ParsedFile:
    extra = f",{more.partition('=')[0]}" if more else ""
    value = f",{more.partition('=')[2]}" if more else ""
    rows = f"amount,currency,date,text,ref,psp,account{extra}\n"
    rows += f"1.00,EUR,2026-03-02,{text},{ref},{psp},{account}{value}\n"
    return parse(rows.encode(), layout=LAYOUT, pan_key=KEY)


class TestStripe:
    """Magnetic stripe data in a file of any kind."""

    @pytest.mark.parametrize("track", [TRACK_1, TRACK_2, TRACK_1[1:], TRACK_2[1:]])
    @pytest.mark.parametrize("encoding", ["ascii", "cp037", "cp500"])
    def test_is_found_in_ascii_and_ebcdic(self, track: str, encoding: str) -> None:
        data = ("0500 SOME RECORD 000000000012345 " + track + " AND MORE").encode(encoding)

        finding = sensitive_finding_of(data)

        assert finding is not None
        assert finding.code == "sensitive_data"

    @pytest.mark.parametrize("before", [0, 7, 1 << 20, (1 << 20) + 60, (1 << 21) - 5])
    def test_is_found_wherever_it_stands(self, before: int) -> None:
        data = b"x" * before + b" " + TRACK_2.encode() + b" " * 99

        finding = sensitive_finding_of(data)

        assert finding is not None
        assert finding.byte_offset == before + 2

    @pytest.mark.parametrize(
        "text",
        [
            "https://pay.example/?id=4111111111111111&x=1",
            "amount=4111111111111111=",
            "4111111111111112=28121010000",  # check digit
            "9111111111111112=28121010000",  # no scheme's range
            f"{CARD}=28131010000",  # month 13
            f"{CARD}=2812",  # no service code
            f"B{CARD}^^2812101",
            '<Amt Ccy="EUR">4111111111111111</Amt>',
        ],
    )
    def test_is_not_seen_in_what_only_looks_like_it(self, text: str) -> None:
        assert sensitive_finding_of(text.encode()) is None

    @pytest.mark.parametrize(
        ("name", "head"),
        [
            ("mt940", b":20:REF\r\n:25:123\r\n:28C:1\r\n:86:%b\r\n"),
            ("bai2", b"01,A,B,260302,0800,1,80,1,2/\n88,%b\n"),
            ("nacha", b"101 091000019 0910000192603020800A094101%b\n"),
            ("coda", b"0000002032600005        %b\n"),
            ("ofx", b"OFXHEADER:100\n\n<OFX><MEMO>%b</OFX>"),
            ("camt", b'<?xml version="1.0"?><Document><Ustrd>%b</Ustrd></Document>'),
            ("visa_baseii", b"90411111260610000000000000000 %b\n"),
            ("stripe_payout", b"automatic_payout_id,description\npo_1,%b\n"),
        ],
    )
    def test_refuses_a_file_of_every_family_and_is_not_shown(self, name: str, head: bytes) -> None:
        parsed = parse(head.replace(b"%b", TRACK_2.encode()), format=name)

        assert [one.code for one in parsed.findings] == ["sensitive_data"]
        assert CARD not in shown(parsed)
        assert "2812" not in shown(parsed)


class TestColumns:
    """Delimited files with a column that is called after what nobody may keep."""

    @pytest.mark.parametrize(
        "more",
        [
            "cvv=123",
            "CVV2=1234",
            "Card Security Code=999",
            "card_verification_value=123",
            "PIN Block=0412AC89ABCDEF67",
            "pin=1234",
            f"Track 2 Data={CARD}",
        ],
    )
    def test_with_a_value_refuse(self, more: str) -> None:
        parsed = table(more=more)

        assert [one.code for one in parsed.refusals] == ["sensitive_data"]
        assert parsed.refusals[0].byte_offset == len(
            f"amount,currency,date,text,ref,psp,account,{more.partition('=')[0]}\n"
        )
        assert more.partition("=")[2] not in shown(parsed)

    @pytest.mark.parametrize("more", ["cvv=", "cvv2_result=M", "cvv=M", "pin=560001", "track=GB1"])
    def test_that_are_empty_or_hold_something_else_do_not(self, more: str) -> None:
        parsed = table(more=more)

        assert parsed.accepted

    def test_in_xml_are_elements(self) -> None:
        card = f"<Card><PlainCardData><PAN>{CARD}</PAN><CSCVal>123</CSCVal></PlainCardData></Card>"

        finding = sensitive_finding_of(f"<?xml version='1.0'?><Document>{card}".encode())

        assert finding is not None
        assert finding.found == "a card verification code in <CSCVal>"


class TestVerificationCodes:
    """Card verification codes in a narrative."""

    @pytest.mark.parametrize("text", ["card CVV: 123", "CVC2=1234", "cvv:999 paid"])
    def test_refuse(self, text: str) -> None:
        parsed = table(text)

        assert [one.code for one in parsed.refusals] == ["sensitive_data"]
        assert parsed.frame.is_empty()

    @pytest.mark.parametrize("text", ["CVC CAPITAL 2023", "CVV: 12345", "XCVV: 123", "CVV match"])
    def test_are_not_seen_in_other_words(self, text: str) -> None:
        assert table(text).accepted


class TestCardNumbers:
    """Card numbers in columns that are not theirs."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (f"paid by {CARD} at shop", "paid by 411111******1111 at shop"),
            ("4111 1111 1111 1111 12/28", "411111******1111 12/28"),
            ("4111-1111-1111-1111", "411111******1111"),
            ("3782 822463 10005", "378282******0005"),
            (f"{CARD} {OTHER}", "411111******1111 378282******0005"),
            ("DE12 4111 1111 1111 1111 00", "DE12 4111 1111 1111 1111 00"),
            ("4111111111111112", "4111111111111112"),
            ("order 41111111111111110", "order 41111111111111110"),
        ],
    )
    def test_in_a_narrative_are_masked(self, text: str, expected: str) -> None:
        assert table(text).frame["narrative"].to_list() == [expected]

    @pytest.mark.parametrize("column", ["ref", "psp", "account"])
    def test_in_a_key_keep_its_identity(self, column: str) -> None:
        name = {"ref": "merchant_ref", "psp": "psp_ref", "account": "account"}[column]
        first = table(**{column: CARD}).frame[name][0]
        again = table(**{column: CARD}).frame[name][0]
        other = table(**{column: "4111110000001111"[:6] + "0000011111"}).frame[name][0]

        assert first == again
        assert first.startswith("411111******1111#")
        assert len(first) == len("411111******1111#") + 16
        assert first != other

    def test_in_the_senders_own_key_stay_unique(self) -> None:
        columns = {**LAYOUT["columns"], "record_id": "psp"}  # type: ignore[dict-item]
        rows = "amount,currency,date,text,ref,psp,account\n"
        rows += f"1.00,EUR,2026-03-02,,,{CARD},\n1.00,EUR,2026-03-02,,,{OTHER},\n"

        frame = parse(rows.encode(), layout={**LAYOUT, "columns": columns}, feed="psp").frame

        assert [one[:20] for one in frame["record_id"]] == [
            "psp:411111******1111",
            "psp:378282******0005",
        ]
        assert frame["record_id"].n_unique() == 2

    def test_other_references_stay_as_they_are(self) -> None:
        frame = table(ref="ORDER-2026-000017", psp="8836183819713023", account="DE1").frame

        assert frame["merchant_ref"].to_list() == ["ORDER-2026-000017"]
        assert frame["psp_ref"].to_list() == ["8836183819713023"]

    def test_of_a_statement_is_masked_too(self) -> None:
        data = (
            f":20:REF\r\n:25:{CARD}\r\n:28C:1\r\n:60F:C260302EUR0,00\r\n"
            ":61:260302C1,00NTRFX\r\n:62F:C260302EUR1,00\r\n-"
        )

        parsed = parse(data.encode())

        assert parsed.accepted
        assert CARD not in shown(parsed)
        assert CARD not in str(parsed.frame.to_dicts())

    def test_inside_a_record_that_a_message_shows_are_hidden(self) -> None:
        assert hide_all(f"0500{CARD}000 then {CARD}") == "0500411111******1111000 then " + (
            "411111******1111"
        )
        assert hide_cards(f"0500{CARD}000") == f"0500{CARD}000"


class TestClearingElements:
    """Elements of Mastercard IPM that hold what nobody may keep."""

    def test_card_number_leaves_as_mask_and_fingerprint_only(self) -> None:
        parsed = parse(write_ipm(framed([presentment(1234)])), pan_key=KEY)

        assert parsed.accepted
        assert parsed.frame["pan_masked"].to_list() == ["555555******4444"]
        assert "5555555555554444" not in str(parsed.frame.to_dicts())


def sensitive_finding_of(data: bytes) -> Finding | None:
    found = parse(data, format="mt940")
    return next((one for one in found.findings if one.code == "sensitive_data"), None)


def shown(parsed: ParsedFile) -> str:
    return json.dumps(parsed.as_json()) + str(parsed.findings)
