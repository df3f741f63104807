"""BASE II: directions, containers, dates without a year, trailers, settlement records."""

import mmap
from datetime import date
from pathlib import Path

import pytest

from parsers import ParsedFile, Stream, parse
from tests.support.visa_files import Draft, Fee, placed, settlement, write_visa
from tieout.errors import UsageError


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestDirection:
    """Who pays whom."""

    @pytest.mark.parametrize(
        ("code", "minor", "kind", "is_reversal"),
        [
            ("05", 9, "sale", False),
            ("06", -9, "refund", False),
            ("07", 9, "sale", False),
            ("15", -9, "chargeback", False),
            ("16", 9, "chargeback", False),
            ("25", -9, "reversal", True),
            ("26", 9, "reversal", True),
            ("35", 9, "chargeback", True),
            ("36", -9, "chargeback", True),
        ],
    )
    def test_comes_from_the_transaction_code(
        self, code: str, minor: int, kind: str, is_reversal: bool
    ) -> None:
        data = write_visa([Draft(code, 9)])

        row = parse(data).frame.row(0, named=True)
        issuer = parse(data, options={"perspective": "issuer"}).frame

        assert (row["amount_minor"], row["kind"]) == (minor, kind)
        assert row["is_reversal"] is is_reversal
        assert issuer["amount_minor"].to_list() == [-minor]

    def test_a_second_presentment_is_a_representment(self) -> None:
        parsed = parse(write_visa([Draft("05", 9, usage="2")]))

        assert parsed.frame["kind"].to_list() == ["representment"]

    def test_fees_are_collected_from_whom_they_are_sent_to(self) -> None:
        sent = [Fee("10", 5), Fee("20", 6), Fee("10", 7, source_bin="483696")]

        parsed = parse(write_visa([*sent]))

        assert parsed.frame["amount_minor"].to_list() == [-5, 6, 7]
        assert parsed.frame["kind"].unique().to_list() == ["fee"]


class TestFields:
    """References, money and dates."""

    def test_come_from_several_tcrs(self) -> None:
        row = parse(write_visa([Draft("05", 9, "392", destination_minor=7)])).frame.row(
            0, named=True
        )

        assert (row["currency"], row["exponent"], row["amount_minor"]) == ("JPY", 0, 9)
        assert (row["original_currency"], row["original_amount_minor"]) == ("USD", 7)
        assert row["scheme_ref"] == "74836966061000000000017"
        assert (row["psp_ref"], row["merchant_ref"]) == ("306061000000017", "ORDER-1")
        assert (row["auth_code"], row["merchant_id"]) == ("012345", "MERCHANT0000001")
        assert row["pan_masked"] == "411111******1111"

    def test_destination_amounts_on_request(self) -> None:
        data = write_visa([Draft("05", 9, "392", destination_minor=7)])

        row = parse(data, options={"amount": "destination"}).frame.row(0, named=True)

        assert (row["currency"], row["amount_minor"]) == ("USD", 7)
        assert row["original_currency"] == "JPY"

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            ("6060", date(2026, 3, 1)),
            ("5365", date(2025, 12, 31)),
            ("0001", date(2030, 1, 1)),
            ("    ", date(2026, 3, 2)),
        ],
    )
    def test_the_year_is_the_one_nearest_to_the_header(self, day: str, expected: date) -> None:
        parsed = parse(write_visa([Draft("05", 9, day=day)]))

        assert parsed.frame["business_date"].to_list() == [expected]

    def test_unknown_currency_is_refused(self) -> None:
        assert codes(parse(write_visa([Draft("05", 9, "000")]))) == ["amount_unreadable"]


class TestContainer:
    """Character sets, record lengths and line ends."""

    @pytest.mark.parametrize("encoding", ["latin-1", "cp037"])
    @pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
    @pytest.mark.parametrize("is_itf", [False, True])
    def test_do_not_change_the_lines(self, encoding: str, ending: str, is_itf: bool) -> None:
        data = write_visa(
            [Draft("05", 100 + one) for one in range(5)],
            ending=ending,
            encoding=encoding,
            is_itf=is_itf,
        )

        parsed = parse(data)

        assert parsed.format == "visa_baseii"
        assert parsed.accepted, codes(parsed)
        assert parsed.frame["amount_minor"].to_list() == [100, 101, 102, 103, 104]
        assert parsed.frame["narrative"][0] == "CAFE MÜLLER BERLIN DE"
        stride = 168 + 2 * is_itf + len(ending)
        assert parsed.frame["byte_start"].to_list() == [stride * (1 + 3 * one) for one in range(5)]

    def test_blanks_cut_from_line_ends_do_no_harm(self) -> None:
        lines = write_visa([Draft("05", 5)]).split(b"\n")

        parsed = parse(b"\n".join(line.rstrip() for line in lines))

        assert parsed.accepted
        assert parsed.frame["amount_minor"].to_list() == [5]


class TestControls:
    """Header and trailers against the records."""

    @pytest.mark.parametrize("figure", ["monetary", "records", "transactions", "source"])
    def test_figures_that_differ_refuse_the_file(self, figure: str) -> None:
        data = write_visa([Draft("05", 5)], [Draft("06", 3)], changed={figure: 77})

        parsed = parse(data)

        assert codes(parsed) == ["control_total_differs"]
        assert not parsed.accepted
        assert parse(data, controls={"control_total_differs": "warn"}).accepted

    def test_destination_amounts_count_only_where_stated(self) -> None:
        data = write_visa([Draft("05", 5, destination_minor=4)], changed={"destination": 0})

        assert parse(data).accepted

    def test_test_files_are_refused_unless_allowed(self) -> None:
        data = write_visa([Draft("05", 5)], test="TEST")

        assert codes(parse(data)) == ["test_mode"]
        assert parse(data, options={"allow_test": True}).accepted
        with pytest.raises(UsageError):
            parse(data, options={"allow_test": "yes"})

    @pytest.mark.parametrize(
        ("first", "last", "code"), [(0, -2, "trailer_missing"), (1, None, "header_missing")]
    )
    def test_header_or_trailer_alone_is_refused(
        self, first: int, last: int | None, code: str
    ) -> None:
        lines = write_visa([Draft("05", 5)]).splitlines()[first:last]

        parsed = parse(b"\n".join(lines))

        assert code in codes(parsed)
        assert not parsed.accepted

    def test_a_tcr_without_its_first_is_refused(self) -> None:
        lines = write_visa([Draft("05", 5)]).splitlines()

        assert "record_order" in codes(parse(b"\n".join([lines[0], *lines[2:]])))

    def test_the_same_file_twice_is_refused(self) -> None:
        data = write_visa([Draft("05", 5)])

        assert codes(parse(data + data)) == ["file_id_duplicate"]


class TestSettlement:
    """TC 46, VSS-110."""

    def test_only_the_grand_total_is_booked(self) -> None:
        records = [settlement(500, kind="I", mode="1"), settlement(-80, kind="F"), settlement(420)]

        frame = parse(write_visa([*records])).frame

        assert frame["amount_minor"].to_list() == [500, -80, 420]
        assert frame["kind"].to_list() == ["balance", "fee", "payout"]
        assert frame["is_booked"].to_list() == [False, False, True]
        assert frame["value_date"].unique().to_list() == [date(2026, 3, 3)]

    def test_without_a_sign_is_refused(self) -> None:
        record = settlement(420).replace("CR", "  ")

        assert codes(parse(write_visa([record]))) == ["settlement_unreadable"]

    def test_details_of_subgroup_4_are_kept_unbooked(self) -> None:
        first = placed(
            "46 0",
            {17: "1000012345", 50: "840978", 56: "1", 59: "V4120", 66: "20260622026061", 94: "001"},
        )
        amounts = {42: f"{5000:015d}CR", 59: f"{120:015d}CR", 76: f"{30:015d}DB"}
        second = placed("46 1", {5: "RT001", 12: f"{7:015d}"} | amounts)

        parsed = parse(settlement_file(first, second))

        row = parsed.frame.row(0, named=True)
        assert codes(parsed) == []
        assert (row["kind"], row["is_booked"]) == ("balance", False)
        assert (row["currency"], row["amount_minor"]) == ("EUR", 5000)
        assert row["narrative"] == "VSS-120 001 120CR 30DB"

    def test_details_of_subgroup_9_are_kept_unbooked(self) -> None:
        first = placed("46 0", {17: "1000012345", 50: "840", 59: "V9900 S", 66: "20260622026061"})
        second = placed("46 1", {5: f"{7:015d}", 35: f"{99:015d}DB"})

        row = parse(settlement_file(first, second)).frame.row(0, named=True)

        assert (row["kind"], row["is_booked"], row["amount_minor"]) == ("balance", False, -99)

    def test_details_without_their_amounts_are_refused(self) -> None:
        first = placed("46 0", {50: "840978", 59: "V4120", 66: "20260622026061"})

        assert codes(parse(settlement_file(first))) == ["settlement_unreadable"]

    def test_totals_that_do_not_add_up_are_a_warning(self) -> None:
        records = [settlement(500, kind="I"), settlement(-80, kind="F"), settlement(421)]

        parsed = parse(write_visa([*records]))

        assert (parsed.accepted, codes(parsed)) == (True, ["control_total_differs"])

    def test_credits_less_debits_are_the_net(self) -> None:
        record = settlement(420)
        record = record[:110] + f"{500:015d}{81:015d}" + record[140:]

        assert codes(parse(write_visa([record]))) == ["control_total_differs"]


def settlement_file(*records: str) -> bytes:
    """Return a file that holds one settlement transaction of several TCRs."""
    counts = {
        "records": len(records) + 2,
        "transactions": 3,
    }
    data = write_visa([records[0]], changed=counts)
    lines = data.splitlines()
    batch = lines[2][:48] + f"{len(records) + 1:012d}".encode() + lines[2][60:]
    middle = [one.encode() for one in records]
    return b"\n".join([lines[0], *middle, batch, lines[3]]) + b"\n"


class TestOddFields:
    """What is neither refused nor silently dropped."""

    def test_a_day_that_is_none_is_a_warning(self) -> None:
        parsed = parse(write_visa([Draft("05", 9, day="6400")]))

        assert codes(parsed) == ["date_unreadable"]
        assert parsed.frame["business_date"].to_list() == [date(2026, 3, 2)]

    def test_a_destination_amount_that_is_none_is_refused(self) -> None:
        data = write_visa([Draft("05", 9)]).replace(b"000000000000840", b"00000000000X840")

        assert codes(parse(data)) == ["amount_unreadable"]

    @pytest.mark.parametrize("card", ["4222222222222   ", "                ", "41111111X1111111"])
    def test_cards_of_other_lengths_go_the_slow_way(self, card: str) -> None:
        data = write_visa([Draft("05", 9)]).replace(b"4111111111111111", card.encode())

        row = parse(data).frame.row(0, named=True)

        assert row["pan_masked"] == (
            "422222******2222" if card[0] == "4" and card[1] == "2" else None
        )

    def test_a_mapped_file_can_be_closed_after_reading(self, tmp_path: Path) -> None:
        path = tmp_path / "a.ctf"
        path.write_bytes(write_visa([Draft("05", 5)] * 20))

        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            heights = [one.height for one in Stream(data, batch_bytes=2000)]

        assert sum(heights) == 20
        assert len(heights) > 3
