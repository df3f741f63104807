"""CODA: balances, movements and their details, trailers."""

from pathlib import Path

from parsers import ParsedFile, parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "coda"
ORDINARY = (FIXTURES / "ordinary_one_account.cod").read_bytes()
UGLY = (FIXTURES / "globalised_two_files_yen_totals_differ_cp1252.cod").read_bytes()


def codes(parsed: ParsedFile) -> list[str]:
    return [one.code for one in parsed.findings]


class TestMovements:
    """What a record 21 becomes."""

    def test_has_amount_texts_and_references(self) -> None:
        first, second = parse(ORDINARY).frame.to_dicts()

        assert (first["amount_minor"], first["kind"]) == (4910, "payout")
        assert first["narrative"] == "ADYEN NV ADYEN SETTLEMENT BATCH 7"
        assert (first["psp_ref"], first["merchant_ref"]) == ("REF0001", "BATCH 7")
        assert (second["amount_minor"], second["kind"]) == (-250, "fee")

    def test_details_are_kept_and_not_booked(self) -> None:
        parsed = parse(UGLY)

        assert parsed.frame["is_booked"].to_list() == [True, False, False, True]
        assert parsed.statements[0].net_minor == 5000

    def test_three_decimals_are_scaled_by_the_currency(self) -> None:
        line = parse(UGLY).frame.row(3, named=True)

        assert (line["currency"], line["amount_minor"], line["exponent"]) == ("JPY", -500, 0)


class TestStatements:
    """Balances and trailers."""

    def test_that_foot_have_no_finding(self) -> None:
        parsed = parse(ORDINARY)

        one = parsed.statements[0]
        assert (one.opening_minor, one.net_minor, one.closing_minor) == (100000, 4660, 104660)
        assert parsed.findings == ()
        assert len(parsed.control_totals) == 4

    def test_that_do_not_are_warnings(self) -> None:
        parsed = parse(UGLY)

        assert parsed.accepted
        assert [one.consistent for one in parsed.statements] == [True, False]
        assert set(codes(parsed)) == {"statement_total_differs"}

    def test_without_their_trailer_are_refused(self) -> None:
        cut = ORDINARY[: ORDINARY.rindex(b"\n9") + 1]

        assert codes(parse(cut)) == ["file_cut_off"]

    def test_amounts_with_tenths_of_a_cent_are_refused_and_not_rounded(self) -> None:
        data = ORDINARY.replace(b"000000000049100", b"000000000049101", 1)

        parsed = parse(data)

        assert [(one.code, one.found) for one in parsed.refusals] == [
            ("amount_unreadable", "'0000000000049101'")
        ]

    def test_details_that_do_not_sum_to_their_movement_are_a_warning(self) -> None:
        data = UGLY.replace(b"0000000000020000030326800", b"0000000000020010030326800")

        found = [one.found for one in parse(data).warnings if one.code == "details_differ"]

        assert found == ["declared 50.00, computed 50.01"]

    def test_of_another_account_at_the_end_are_a_warning(self) -> None:
        data = ORDINARY.replace(b"\n8061BE47", b"\n8061BE48")

        assert codes(parse(data)) == ["account_differs"]

    def test_whose_trailer_promises_a_file_that_is_not_there_are_a_warning(self) -> None:
        first = UGLY[: UGLY.index(b"\n0000") + 1]

        assert codes(parse(first)) == ["file_follows"]

    def test_records_that_were_cut_are_refused(self) -> None:
        lines = ORDINARY.split(b"\n")
        lines[3] = lines[3][:60]

        parsed = parse(b"\n".join(lines))

        assert [(one.code, one.line) for one in parsed.refusals] == [("record_unreadable", 4)]
