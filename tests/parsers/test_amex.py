"""American Express: payments that their parts prove, signs, overpunched amounts, trailers."""

import re
from dataclasses import replace

import polars as pl
import pytest

from parsers import ParsedFile, Stream, parse
from parsers.singles import FEW
from tests.support.amex_files import (
    eptrn,
    fixed,
    overpunched,
    record,
    write_epa,
    write_epraw,
    write_fixed,
    write_grrcn,
)
from tieout.errors import UsageError

SUBMISSION = record(
    "SUBMISSION", reference="000054", gross=2000, discount=20, service_fee=200, tax=0, net=1780
)
CHARGEBACK = record("CHARGEBACK", reference="CB1", gross=-100, narrative="FRAUD", net=-100)


def paid(minor: int) -> str:
    """Return a payment of 20.00 less 2.20, and of adjustments that make it `minor`."""
    figures = {"gross": 2000, "discount": 20, "service_fee": 200, "tax": 0}
    return record("SUMMARY", **figures, adjustments=minor - 1780, net=minor, reference="061A0001")


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

    def test_a_fee_for_information_is_not_taken_twice(self) -> None:
        submission = record(
            "SUBMISSION", reference="54", gross=2000, discount=20, service_fee=200, net=2000
        )
        fee = record("FEEREVENUE", gross=-220, narrative="PAID IN GROSS", pays_gross="1")
        payment = record("SUMMARY", gross=2000, adjustments=-220, net=1780)

        parsed = parse(write_grrcn(payment, submission, fee))

        assert codes(parsed) == []
        assert parsed.frame["amount_minor"].to_list() == [1780, 2000, -220]
        assert parsed.frame["fee_minor"].to_list() == [None, 0, None]
        assert parsed.frame["is_booked"].to_list() == [True, True, True]
        assert parsed.statements[0].consistent is True

    def test_charges_keep_the_currency_they_were_sent_in(self) -> None:
        charge = record("TRANSACTN", gross=2500, sent=380000, sent_currency="JPY")

        row = parse(write_grrcn(charge)).frame.row(0, named=True)

        assert (row["currency"], row["amount_minor"]) == ("USD", 2500)
        assert (row["original_currency"], row["original_amount_minor"]) == ("JPY", 380000)

    def test_cards_in_clear_are_masked_and_fingerprinted(self) -> None:
        row = parse(write_grrcn(record("TRANSACTN", gross=1, card="378282246310005"))).frame

        assert row["pan_masked"].to_list() == ["378282******0005"]
        assert row["pan_fingerprint"].is_not_null().all()


class TestLayouts:
    """Delimited by commas or tabs, or of fixed width: the same records."""

    @pytest.mark.parametrize("variant", ["tab", "fixed"])
    def test_give_the_same_lines(self, variant: str) -> None:
        records: list[tuple[str, dict[str, str | int]]] = [
            ("SUMMARY", {"gross": 2000, "adjustments": -100, "net": 1900, "reference": "U1"}),
            ("SUBMISSION", {"reference": "54", "gross": 2000, "net": 2000, "day": "20260301"}),
            ("CHARGEBACK", {"reference": "CB1", "gross": -100, "narrative": "FRAUD", "net": -100}),
            ("TXNPRICING", {}),
        ]
        comma = parse(write_grrcn(*(record(code, **fields) for code, fields in records[:3])))

        if variant == "tab":
            data = write_grrcn(*(record(code, **fields) for code, fields in records[:3]))
            other = parse(data.replace(b'","', b'"\t"'))
        else:
            other = parse(write_fixed(*(fixed(code, **fields) for code, fields in records)))

        names = ["kind", "amount_minor", "currency", "value_date", "merchant_ref", "batch_ref"]
        assert codes(other) == codes(comma) == []
        assert other.frame.select(names).equals(comma.frame.select(names))
        assert other.control_totals[0] == comma.control_totals[0]

    def test_a_wrong_count_of_fixed_width_is_refused(self) -> None:
        data = write_fixed(fixed("SUMMARY", gross=1, net=1), count=9)

        assert codes(parse(data)) == ["control_total_differs"]


class TestDamage:
    """What is lost or changed on the way is noticed."""

    @pytest.mark.parametrize("is_fixed", [False, True])
    def test_every_changed_digit_of_an_amount_or_count_is_noticed(self, is_fixed: bool) -> None:
        amounts: dict[str, str | int]
        amounts = {"gross": 2000, "discount": 20, "service_fee": 200, "tax": 0, "net": 1780}
        sent: dict[str, str | int] = {"sent": 2000, "sent_currency": "USD"}
        rows = [("SUMMARY", amounts | {"adjustments": 0}), ("SUBMISSION", amounts | sent)]
        make, write = (fixed, write_fixed) if is_fixed else (record, write_grrcn)
        data = write(*(make(code, **fields) for code, fields in rows))
        places = [
            at
            for found in re.compile(rb"[ -][0-9]{15}").finditer(data, data.index(b"SUMMARY"))
            for at in range(found.start() + 1, found.end())
        ]
        places += list(range(data.index(b"0000004"), data.index(b"0000004") + 7))

        silent = [at for at in places[::3] if not parse(changed(data, at)).findings]

        assert len(places) > 150
        assert silent == []

    def test_every_truncation_is_refused(self) -> None:
        for data in (
            write_grrcn(paid(1780), SUBMISSION),
            write_fixed(fixed("SUMMARY", gross=1, net=1)),
            write_epraw(10750, (12345, 300, 45)),
        ):
            last = data.rindex(b"R", 0, data.rindex(b"0000"))

            accepted = [size for size in range(110, last, 29) if parse(data[:size]).accepted]

            assert accepted == []


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


def grown() -> dict[str, bytes]:
    """Return a file of each layout with more records than are looked at one by one."""
    rows: list[tuple[str, dict[str, str | int]]] = [
        ("SUMMARY", {"gross": 200_000, "adjustments": 5, "net": 200_000, "opening": -5})
    ]
    for number in range(100):
        day = f"202602{number % 28 + 1:02}"
        rows.append(("SUBMISSION", {"reference": f"{number}", "gross": 2000, "day": day}))
        charge: dict[str, str | int] = {"gross": 2500 - number, "day": day, "auth_code": "A1"}
        card = ("411111XXXXX1111", "378282246310005")[number % 2]
        sent: dict[str, str | int] = {"sent": 99, "sent_currency": "JPY"} if number % 3 else {}
        rows += [("TRANSACTN", charge | sent | {"card": card, "scheme_ref": f"M{number}"})] * 2
        rows.append(("FEEREVENUE", {"gross": -number, "pays_gross": f"{number % 2}"}))
    us = [eptrn("220", {77: overpunched(-number, 9)}, "DISPUTE") for number in range(1, 200)]
    return {
        "delimited": write_grrcn(*(record(code, **fields) for code, fields in rows)),
        "fixed": write_fixed(*(fixed(code, **fields) for code, fields in rows)),
        "eptrn": write_epraw(10750, *[(12345, 300, 45), (-1250, 0, 0)] * 100, more=us),
        "epa": write_epa(13115, 13500, -385, charges=tuple(range(1, 300))),
    }


class TestPieces:
    """Files of any size, a piece at a time."""

    @pytest.mark.parametrize("layout", ["delimited", "fixed", "eptrn", "epa"])
    def test_give_what_the_whole_file_gives(self, layout: str) -> None:
        data = grown()[layout]
        whole = parse(data)

        for size in (3000, 20_000):
            stream = Stream(data, batch_bytes=size)
            batches = list(stream)

            assert len(batches) > 2
            assert pl.concat(batches).equals(whole.frame)
            assert replace(stream.outcome, frame=whole.frame) == whole
        assert whole.accepted
        assert whole.frame.height > FEW

    def test_know_of_charges_that_come_later(self) -> None:
        charge = record("TRANSACTN", gross=2000)
        data = write_grrcn(paid(1780), SUBMISSION, *[CHARGEBACK] * 40, charge)

        first = next(iter(Stream(data, batch_bytes=2000)))

        assert first["kind"].to_list()[:2] == ["payout", "fee"]


class TestEuropean:
    """EPA."""

    def test_deductions_are_negative_and_a_payment_holds_for_its_parts(self) -> None:
        parsed = parse(write_epa(13115, 13500, -385, charges=(13500,)))

        frame = parsed.frame

        assert codes(parsed) == []
        assert frame["kind"].to_list() == ["payout", "sale", "sale"]
        assert frame["amount_minor"].to_list() == [13115, 13500, 13500]
        assert frame["fee_minor"].to_list() == [None, -385, None]
        assert frame["is_booked"].to_list() == [True, True, False]
        assert frame["currency"].unique().to_list() == ["GBP"]
        assert parsed.statements[0].consistent is True


class TestFixedWidth:
    """EPRAW and EPTRN."""

    def test_chargebacks_adjustments_and_other_fees_have_their_own_places(self) -> None:
        more = [
            eptrn("220", {77: overpunched(-500, 9), 86: "00000000{", 95: "000000{"}, "DISPUTE"),
            eptrn("230", {59: overpunched(300, 9), 68: "00000000{", 76: "", 77: "000000{"}, "CORR"),
            eptrn("250", {53: "00000000{", 216: overpunched(-99, 9), 305: "00000000{"}, "TERMINAL"),
        ]

        frame = parse(write_epraw(-299, more=more)).frame

        assert frame["kind"].to_list() == ["payout", "chargeback", "adjustment", "fee"]
        assert frame["amount_minor"].to_list() == [-299, -500, 300, -99]
        assert frame["narrative"].to_list() == [None, "DISPUTE", "CORR", "TERMINAL"]

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

    @pytest.mark.parametrize(
        ("data", "count"),
        [(write_epraw(100, (100, 0, 0)), b"0000004"), (write_epa(5, 5, 0, charges=()), b"0000004")],
    )
    def test_another_count_or_none_is_a_warning(self, data: bytes, count: bytes) -> None:
        assert codes(parse(data.replace(count, b"0000009"))) == ["control_total_differs"]
        assert codes(parse(data.replace(count, b"").rstrip())) == ["control_total_blank"]
        assert codes(parse(data)) == []

    def test_records_without_public_positions_are_warnings(self) -> None:
        data = write_epraw(100, (100, 0, 0)).replace(b"A0001210", b"A0001270")

        assert codes(parse(data)) == ["record_unsupported"]


def changed(data: bytes, at: int) -> bytes:
    """Return the file with another digit at one place."""
    return data[:at] + (b"7" if data[at : at + 1] != b"7" else b"8") + data[at + 1 :]
