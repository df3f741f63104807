"""CFONB 120: overpunched signs, records 05 joined, statements that foot or do not."""

from pathlib import Path

import pytest

from parsers import parse

FIXTURES = Path(__file__).parent.parent / "fixtures" / "cfonb120"
ORDINARY = (FIXTURES / "ordinary_one_statement.txt").read_bytes()
UGLY = (FIXTURES / "blank_lines_yen_loose_records_does_not_foot_cp1252.txt").read_bytes()


class TestEntries:
    """What a record 04 becomes."""

    def test_has_texts_and_references_of_its_records_05(self) -> None:
        first, second = parse(ORDINARY).frame.to_dicts()

        assert (first["amount_minor"], first["kind"]) == (4910, "payout")
        assert first["narrative"] == "VIR SEPA ADYEN BATCH 7 E2E-7"
        assert (first["scheme_ref"], first["psp_ref"]) == ("E2E-7", "REF7")
        assert (second["amount_minor"], second["kind"]) == (-79, "fee")

    @pytest.mark.parametrize(
        ("last", "minor"), [("{", 4910), ("A", 4911), ("I", 4919), ("}", -4910), ("R", -4919)]
    )
    def test_last_character_holds_digit_and_sign(self, last: str, minor: int) -> None:
        data = ORDINARY.replace(b"0000000000491{", f"0000000000491{last}".encode())

        assert parse(data).frame["amount_minor"][0] == minor

    def test_decimals_are_those_that_the_record_names(self) -> None:
        line = parse(UGLY).frame.row(1, named=True)

        assert (line["currency"], line["amount_minor"], line["exponent"]) == ("JPY", -500, 0)


class TestStatements:
    """Balances."""

    def test_that_foot_have_no_finding(self) -> None:
        parsed = parse(ORDINARY)

        one = parsed.statements[0]
        assert (one.opening_minor, one.net_minor, one.closing_minor) == (100000, 4831, 104831)
        assert one.consistent
        assert parsed.findings == ()

    def test_that_do_not_and_loose_records_are_warnings(self) -> None:
        parsed = parse(UGLY)

        assert parsed.accepted
        assert [one.consistent for one in parsed.statements] == [False, True, True]
        assert [one.code for one in parsed.warnings] == [
            "record_out_of_place",
            "record_out_of_place",
            "date_unreadable",
            "statement_total_differs",
            "statement_gap",
        ]

    def test_amounts_without_a_sign_and_unknown_currencies_are_refused(self) -> None:
        unsigned = ORDINARY.replace(b"0000000000491{", b"00000000004910")
        unknown = ORDINARY.replace(b"EUR", b"EUX")

        assert [one.code for one in parse(unsigned).refusals] == ["amount_unreadable"]
        assert {one.code for one in parse(unknown).refusals} == {"currency_unknown"}

    def test_without_a_closing_balance_are_refused(self) -> None:
        cut = ORDINARY[: ORDINARY.rindex(b"\n07") + 1]

        assert [one.code for one in parse(cut).refusals] == ["file_cut_off"]
