"""American Express: payments that their parts prove, signs, overpunched amounts, trailers."""

import pytest

from parsers import ParsedFile, parse
from tests.support.amex_files import record, write_epraw, write_grrcn
from tieout.errors import UsageError

SUBMISSION = record(
    "SUBMISSION", reference="000054", gross=2000, discount=20, service_fee=200, tax=0, net=1780
)
CHARGEBACK = record("CHARGEBACK", reference="CB1", gross=-100, narrative="FRAUD", net=-100)


def paid(minor: int) -> str:
    return record("SUMMARY", gross=2000, net=minor, reference="061A0001")


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestPayments:
    """What is paid, and its parts."""

    def test_submissions_are_sales_where_no_charges_are_listed(self) -> None:
        parsed = parse(write_grrcn(paid(1680), SUBMISSION, CHARGEBACK))

        frame = parsed.frame

        assert codes(parsed) == []
        assert frame["kind"].to_list() == ["payout", "sale", "chargeback"]
        assert frame["amount_minor"].to_list() == [1680, 2000, -100]
        assert frame["fee_minor"].to_list() == [None, -220, 0]
        assert parsed.statements[0].consistent is True

    def test_submissions_are_fees_where_their_charges_are_listed(self) -> None:
        charges = [
            record("TRANSACTN", gross=2500, card="411111XXXXX1111", auth_code="197292"),
            record("TRANSACTN", gross=-500, scheme_ref="M06HC5K33195"),
        ]

        parsed = parse(write_grrcn(paid(1780), SUBMISSION, *charges))

        assert codes(parsed) == []
        assert parsed.frame["kind"].to_list() == ["payout", "fee", "sale", "refund"]
        assert parsed.frame["amount_minor"].to_list() == [1780, -220, 2500, -500]
        assert parsed.frame["pan_masked"].to_list()[2] == "411111******1111"

    def test_parts_that_do_not_sum_are_a_warning(self) -> None:
        parsed = parse(write_grrcn(paid(1681), SUBMISSION, CHARGEBACK))

        assert parsed.accepted
        assert codes(parsed) == ["payment_total_differs"]
        assert parsed.statements[0].consistent is False


class TestControls:
    """HEADER and TRAILER."""

    @pytest.mark.parametrize(
        "data",
        [
            write_grrcn(paid(1780), SUBMISSION, count=9),
            write_grrcn(paid(1780), SUBMISSION, sequence="0000000008"),
        ],
    )
    def test_what_the_trailer_contradicts_is_refused(self, data: bytes) -> None:
        assert codes(parse(data)) == ["control_total_differs"]

    def test_a_file_without_its_trailer_is_refused(self) -> None:
        lines = write_grrcn(paid(1780), SUBMISSION).splitlines()[:-1]

        assert codes(parse(b"\n".join(lines))) == ["trailer_missing"]

    def test_an_extract_is_read_with_a_warning(self) -> None:
        assert codes(parse(CHARGEBACK.encode())) == ["header_missing"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"gross": "12.50"}, "record_unreadable"), ({"currency": "XXQ"}, "currency_unknown")],
    )
    def test_unreadable_fields_are_refused(self, changes: dict[str, str], code: str) -> None:
        assert codes(parse(write_grrcn(record("ADJUSTMENT", **({"gross": 5} | changes))))) == [code]


class TestFixedWidth:
    """EPRAW and EPTRN."""

    def test_amounts_carry_their_sign_in_the_last_digit(self) -> None:
        parsed = parse(write_epraw(10750, (12345, 300, 45), (-1250, 0, 0)))

        frame = parsed.frame

        assert codes(parsed) == []
        assert frame["kind"].to_list() == ["payout", "sale", "refund"]
        assert frame["amount_minor"].to_list() == [10750, 12345, -1250]
        assert frame["fee_minor"].to_list() == [None, -345, 0]
        assert frame["business_date"].cast(str).to_list() == ["2026-03-03"] * 3

    def test_currency_is_an_option(self) -> None:
        parsed = parse(write_epraw(100, (100, 0, 0)), options={"currency": "CAD"})

        assert parsed.frame["currency"].unique().to_list() == ["CAD"]
        with pytest.raises(UsageError):
            parse(write_epraw(100), options={"currency": "dollars"})

    def test_another_trailer_or_none_is_refused(self) -> None:
        data = write_epraw(100, (100, 0, 0), trailer="040320260435000000")

        assert codes(parse(data)) == ["control_total_differs"]
        assert codes(parse(data[: data.index(b"DFTRL")])) == ["trailer_missing"]

    def test_records_without_public_positions_are_warnings(self) -> None:
        data = write_epraw(100, (100, 0, 0)).replace(b"A0001210", b"A0001220")

        assert codes(parse(data)) == ["record_unsupported"]
