"""CSB43: signs, texts, closing records, the end of the file."""

from pathlib import Path

from parsers import parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "csb43"
ORDINARY = (FIXTURES / "ordinary_one_account.n43").read_bytes()
UGLY = (FIXTURES / "two_accounts_yen_no_blanks_totals_differ_latin1.n43").read_bytes()


class TestEntries:
    """What a record 22 becomes."""

    def test_has_amount_texts_and_references(self) -> None:
        first, second = parse(ORDINARY).frame.to_dicts()

        assert (first["amount_minor"], first["kind"]) == (4910, "payout")
        assert first["narrative"] == "TRANSFERENCIA ADYEN SETTLEMENT BATCH 7"
        assert (first["psp_ref"], first["merchant_ref"]) == ("777", "ADYEN BATCH 7")
        assert (second["amount_minor"], second["kind"]) == (-250, "fee")

    def test_two_decimals_are_scaled_to_those_of_the_currency(self) -> None:
        line = parse(UGLY).frame.row(1, named=True)

        assert (line["currency"], line["amount_minor"], line["exponent"]) == ("JPY", -500, 0)

    def test_amount_abroad_is_that_of_its_record_24(self) -> None:
        entry = ORDINARY.split(b"\n")[1]
        more = b"2401840" + b"00000000005401"
        data = ORDINARY.replace(entry, entry + b"\n" + more)

        first = parse(data).frame.row(0, named=True)

        assert (first["original_amount_minor"], first["original_currency"]) == (5401, "USD")

    def test_amount_of_a_record_24_in_the_same_currency_is_compared(self) -> None:
        entry = ORDINARY.split(b"\n")[1]
        data = ORDINARY.replace(entry, entry + b"\n2401978" + b"00000000004911")

        assert "original_amount_differs" in [one.code for one in parse(data).warnings]

    def test_card_numbers_in_texts_are_masked(self) -> None:
        assert parse(UGLY).frame["narrative"][0] == "COMISIÓN 411111******1111"


class TestStatements:
    """Closing records and the end of the file."""

    def test_that_foot_have_no_finding(self) -> None:
        parsed = parse(ORDINARY)

        one = parsed.statements[0]
        assert (one.opening_minor, one.net_minor, one.closing_minor) == (100000, 4660, 104660)
        assert parsed.findings == ()
        assert len(parsed.control_totals) == 6

    def test_that_do_not_are_warnings_with_both_figures(self) -> None:
        parsed = parse(UGLY)

        assert parsed.accepted
        assert [one.consistent for one in parsed.statements] == [False, True]
        assert [one.found for one in parsed.warnings] == [
            "declared -40.01, computed -40.00",
            "declared 1, computed 0",
            "declared 9.99, computed 0.00",
            "declared 0, computed 1",
            "declared 0.00, computed 10.00",
            "a record 24 that cannot be read, 1 times",
            "declared 5, computed 8",
        ]

    def test_a_closing_balance_without_a_sign_is_compared_by_its_size(self) -> None:
        closing = ORDINARY.split(b"\n33")[1].split(b"\n")[0]
        unsigned = closing[:56] + b"0" + closing[57:]
        parsed = parse(ORDINARY.replace(closing, unsigned))

        assert [one.code for one in parsed.warnings] == ["balance_unreadable"]
        assert parsed.statements[0].closing_minor is None
        assert [one.agrees for one in parsed.control_totals if "without" in one.name] == [True]

    def test_of_two_files_in_one_are_counted_apart(self) -> None:
        parsed = parse(ORDINARY + ORDINARY)

        assert [one.code for one in parsed.findings] == ["statement_gap"]
        assert [one.agrees for one in parsed.control_totals if one.name == "records"] == [True] * 2

    def test_without_an_end_record_are_refused(self) -> None:
        cut = ORDINARY[: ORDINARY.rindex(b"\n88") + 1]

        assert [one.code for one in parse(cut).refusals] == ["file_cut_off"]
