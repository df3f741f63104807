"""IPM: directions, perspectives, controls, containers."""

import pytest

from parsers import ParsedFile, parse
from tests.support.ipm_files import FILE_ID, chargeback, framed, presentment, refund, write_ipm

DAY = [presentment(1000), refund(200), chargeback(30), presentment(4, PDS0025="R260228")]


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestDirection:
    """Who pays whom."""

    def test_acquirer_is_paid_for_presentments(self) -> None:
        parsed = parse(write_ipm(framed(DAY)))

        assert parsed.frame["kind"].to_list() == ["sale", "refund", "chargeback", "reversal"]
        assert parsed.frame["amount_minor"].to_list() == [1000, -200, -30, -4]
        assert parsed.frame["is_reversal"].to_list() == [False, False, False, True]

    def test_issuer_pays_them(self) -> None:
        parsed = parse(write_ipm(framed(DAY)), options={"perspective": "issuer"})

        assert parsed.frame["amount_minor"].to_list() == [-1000, 200, 30, 4]

    def test_a_second_presentment_is_a_representment(self) -> None:
        parsed = parse(write_ipm(framed([presentment(70, DE24="205")])))

        assert parsed.frame["kind"].to_list() == ["representment"]


class TestContainer:
    """Blocking, lengths and character sets."""

    @pytest.mark.parametrize("encoding", ["latin-1", "cp500", "cp037"])
    @pytest.mark.parametrize("blocked", [True, False])
    def test_encoding_and_blocking_do_not_change_the_lines(
        self, encoding: str, blocked: bool
    ) -> None:
        # Many records, so that some of them and some lengths lie across block edges.
        messages = framed([presentment(100 + number) for number in range(60)])
        data = write_ipm(messages, encoding=encoding, blocked=blocked)

        parsed = parse(data, options={"encoding": encoding} if encoding != "latin-1" else {})

        assert parsed.accepted
        assert parsed.frame["amount_minor"].to_list() == [100 + number for number in range(60)]
        assert parsed.frame["narrative"][0].startswith("CAFÉ ÉTOILE!")

    def test_byte_ranges_point_into_the_raw_file(self) -> None:
        data = write_ipm(framed(DAY), encoding="latin-1", blocked=True)

        rows = parse(data).frame.select("byte_start", "byte_length").rows()

        assert [data[start : start + 4] for start, _ in rows] == [
            b"1240",
            b"1240",
            b"1442",
            b"1240",
        ]

    def test_subelements_that_overflow_into_other_elements_are_found(self) -> None:
        filler = {f"PDS1{number:03d}": "X" * 180 for number in range(8)}

        parsed = parse(write_ipm(framed([presentment(5, PDS9158="Y", **filler)])))

        assert parsed.accepted
        assert parsed.frame["value_date"].to_list()[0].isoformat() == "2026-03-03"


class TestControls:
    """Header and trailer against the messages."""

    @pytest.mark.parametrize(
        ("messages", "code"),
        [
            (framed(DAY, checksum=1), "control_total_differs"),
            (framed(DAY, count=5), "control_total_differs"),
            (framed(DAY, mode="T"), "test_mode"),
            (framed(DAY)[:-1], "trailer_missing"),
            (framed(DAY)[1:], "header_missing"),
            (framed(DAY) + framed(DAY), "file_id_duplicate"),
            ([*framed(DAY), presentment(1)], "message_outside_file"),
            (
                [*framed(DAY)[:-1], framed(DAY)[-1] | {"PDS0105": FILE_ID[::-1]}],
                "control_total_differs",
            ),
            ([framed(DAY)[0], framed(DAY)[2], framed(DAY)[1], *framed(DAY)[3:]], "message_number"),
        ],
    )
    def test_contradictions_refuse_the_file(
        self, messages: list[dict[str, object]], code: str
    ) -> None:
        parsed = parse(write_ipm(messages))

        assert not parsed.accepted
        assert code in codes(parsed)
        assert all(one.byte_offset is not None for one in parsed.refusals)

    def test_an_empty_file_is_a_day_without_messages(self) -> None:
        parsed = parse(write_ipm(framed([])))

        assert (parsed.accepted, parsed.records, parsed.frame.height) == (True, 2, 0)

    def test_a_file_without_header_and_trailer_is_accepted_with_a_warning(self) -> None:
        parsed = parse(write_ipm([presentment(5)]))

        assert parsed.accepted
        assert codes(parsed) == ["header_missing"]

    def test_an_unknown_message_in_a_framed_file_refuses_it(self) -> None:
        parsed = parse(write_ipm(framed([presentment(5, MTI="1999")])))

        assert codes(parsed) == ["message_unsupported"]


class TestReferences:
    """What identifies a line."""

    def test_are_kept(self) -> None:
        row = parse(write_ipm(framed([presentment(5)]))).frame.row(0, named=True)

        assert row["scheme_ref"] == "75123456060000000000017"
        assert (row["rrn"], row["auth_code"]) == ("000000000101", "A1B2C3")
        assert row["batch_ref"] == FILE_ID
        assert row["pan_masked"] == "555555******4444"
        assert row["account"] == "ACCOUNT"

    def test_settlement_amount_is_kept_beside_the_transaction_amount(self) -> None:
        message = presentment(15000, DE49="392", PDS0148="39208402", DE5=10050, DE50="840")

        row = parse(write_ipm(framed([message]))).frame.row(0, named=True)

        assert (row["amount_minor"], row["currency"], row["exponent"]) == (15000, "JPY", 0)
        assert (row["original_amount_minor"], row["original_currency"]) == (10050, "USD")
