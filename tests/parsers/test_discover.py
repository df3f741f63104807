"""Diners/Discover issuer detail: who pays, conversions, totals at every level, order of records."""

from datetime import date

import pytest

from parsers import ParsedFile, parse
from tests.support.discover_files import Charge, Recap, write_discover

GBP = Recap(((Charge(8716, 26), Charge(1000, 3)), (Charge(50),)))
EUR = Recap(
    ((Charge(118400, 355, settled=98530, settled_commission=296),),),
    number="612",
    currency="EUR",
)
CREDIT = Recap(((Charge(700, 2),),), number="603", is_credit=True)


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestLines:
    """Charges and recaps."""

    def test_an_issuer_pays_charges_less_commission(self) -> None:
        parsed = parse(write_discover(GBP))

        frame = parsed.frame

        assert (parsed.format, codes(parsed)) == ("discover", [])
        assert frame["kind"].to_list() == ["sale", "sale", "sale", "payout"]
        assert frame["amount_minor"].to_list() == [-8716, -1000, -50, -9737]
        assert frame["fee_minor"].to_list() == [26, 3, 0, None]
        assert frame["net_minor"].sum() == frame["amount_minor"][-1]
        assert frame["value_date"].unique().to_list() == [date(2026, 2, 18)]
        assert frame["pan_masked"][0] == "362501******0002"

    def test_a_recap_in_another_currency_keeps_both(self) -> None:
        row = parse(write_discover(EUR)).frame.row(0, named=True)

        assert (row["currency"], row["amount_minor"]) == ("EUR", -118400)
        assert (row["original_currency"], row["original_amount_minor"]) == ("GBP", -98530)

    def test_batches_of_credits_are_refunds(self) -> None:
        frame = parse(write_discover(CREDIT)).frame

        assert frame["kind"].to_list() == ["refund", "payout"]
        assert frame["amount_minor"].to_list() == [700, 698]

    def test_records_need_no_line_ends(self) -> None:
        plain, packed = (parse(write_discover(GBP, EUR, ending=one)) for one in ("\n", ""))

        assert codes(packed) == []
        assert packed.frame["byte_start"].to_list()[0] == 3 * 1024
        assert packed.frame["amount_minor"].equals(plain.frame["amount_minor"])

    def test_an_empty_file_is_an_empty_day(self) -> None:
        parsed = parse(write_discover())

        assert (parsed.accepted, parsed.frame.height, codes(parsed)) == (True, 0, [])


class TestControls:
    """What is declared, and the order of records."""

    @pytest.mark.parametrize("place", [17, 25, 33])
    def test_counts_of_the_file_refuse_it(self, place: int) -> None:
        assert codes(parse(write_discover(GBP, changed={place: "00000009"}))) == [
            "control_total_differs"
        ]

    def test_a_batch_of_credits_and_debits_is_refused(self) -> None:
        data = write_discover(GBP).replace(b"08602001020002", b"08602001020101")

        assert set(codes(parse(data))) == {"indicator_unknown"}

    def test_an_unreadable_amount_is_refused(self) -> None:
        data = write_discover(GBP).replace(b"0000000000087.16", b"000000000008716x", 1)

        assert codes(parse(data)) == ["amount_unreadable"]

    def test_a_fraction_of_a_penny_is_refused(self) -> None:
        data = write_discover(GBP).replace(b"0086.900000", b"0086.900100", 1)

        assert codes(parse(data)) == ["amount_unreadable"]

    def test_a_missing_record_is_refused(self) -> None:
        lines = write_discover(GBP, EUR, summary=False).splitlines(keepends=True)

        for gone in range(1, len(lines)):
            assert not parse(b"".join(lines[:gone] + lines[gone + 1 :])).accepted, gone

    def test_every_truncation_between_records_is_refused(self) -> None:
        data = write_discover(GBP, ending="")

        accepted = [size for size in range(64, len(data) - 984, 211) if parse(data[:size]).accepted]

        assert accepted == []

    def test_every_changed_digit_of_an_amount_count_or_total_is_noticed(self) -> None:
        data = write_discover(GBP, ending="")
        fields = {
            b"06": ((64, 99), (140, 159), (180, 239)),
            b"08": ((9, 46),),
            b"10": ((48, 50), (57, 74), (141, 158), (177, 194), (213, 266)),
            b"90": ((17, 32), (36, 71)),
            b"99": ((17, 40),),
        }
        places = [
            start + at - 1
            for start in range(0, len(data), 1024)
            for first, last in fields.get(data[start : start + 2], ())
            for at in range(first, last + 1)
            if data[start + at - 1 : start + at].isdigit()
        ]

        silent = [at for at in places[::31] if not parse(changed(data, at)).findings]

        assert len(places) > 500
        assert silent == []


def changed(data: bytes, at: int) -> bytes:
    """Return the file with another digit at one place."""
    return data[:at] + (b"7" if data[at : at + 1] != b"7" else b"8") + data[at + 1 :]
