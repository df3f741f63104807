"""MT940 written by an independent writer and read back; what is cut off or changed is noticed."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from parsers import ParsedFile, Stream, parse
from tieout.simulator.writers.mt940 import AccountStatement, Entry, write_mt940, write_mt942

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking whole files takes minutes
DAY = date(2026, 3, 2)
WORDS = st.text("ABCXYZabc é.,+?/12", max_size=220).map(lambda text: " ".join(text.split()))
# Too short for a card number, which would come back masked.
REFERENCES = st.text("ABCD1234.-", min_size=1, max_size=11)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    day = DAY + timedelta(days=draw(st.integers(-3000, 3000)))
    near = st.integers(-150, 150).map(lambda days: day + timedelta(days=days))
    fate = draw(st.sampled_from(["", "", "", "reversal", "expected"]))
    text = draw(WORDS)
    return Entry(
        amount_minor=draw(st.integers(-(10**11), 10**11)),
        value_day=day,
        entry_day=draw(st.none() | near),
        is_reversal=fate == "reversal",
        is_expected=fate == "expected",
        kind=draw(st.sampled_from(["NTRF", "NMSC", "FCHG", "S103"])),
        customer=draw(REFERENCES),
        bank=draw(st.just("") | REFERENCES),
        information=f"/REMI/{text}" if text else "",
    )


STATEMENTS = st.lists(
    st.builds(
        AccountStatement,
        account=st.sampled_from(["NL91ABNA0417164300", "20070024/0001"]),
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
        day=st.just(DAY),
        opening_minor=st.integers(-(10**9), 10**9),
        entries=st.lists(entries(), max_size=40).map(tuple),
    ),
    min_size=1,
    max_size=4,
)


def expected_rows(statements: list[AccountStatement]) -> list[tuple[object, ...]]:
    return [
        (
            number,
            entry.amount_minor,
            statement.currency,
            entry.value_day,
            entry.entry_day or entry.value_day,
            not entry.is_expected,
            entry.is_reversal,
            "fee" if entry.kind == "FCHG" else "payout",
            entry.customer,
            entry.bank or None,
            entry.information or None,
        )
        for number, statement in enumerate(statements)
        for entry in statement.entries
    ]


def found_rows(parsed: ParsedFile) -> list[tuple[object, ...]]:
    columns = "statement_no amount_minor currency value_date business_date is_booked is_reversal"
    more = "kind merchant_ref psp_ref narrative"
    return parsed.frame.select(*columns.split(), *more.split()).rows()


class TestRoundTrip:
    """What is written is read, whatever line ends and block size."""

    @given(STATEMENTS, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
    @settings(max_examples=50, deadline=None, phases=PHASES)
    def test_statements_come_back_equal(
        self, statements: list[AccountStatement], ending: str, has_envelope: bool
    ) -> None:
        data = write_mt940(statements, ending=ending, has_envelope=has_envelope)

        parsed = parse(data, format="mt940")

        assert found_rows(parsed) == expected_rows(statements)
        assert [one.consistent for one in parsed.statements] == [True] * len(statements)
        assert [one.closing_minor for one in parsed.statements] == [
            one.closing_minor for one in statements
        ]

    @given(STATEMENTS, st.integers(1, 2000))
    @settings(max_examples=12, deadline=None, phases=PHASES)
    def test_blocks_of_any_size_give_the_same_lines(
        self, statements: list[AccountStatement], size: int
    ) -> None:
        data = write_mt940(statements)

        reading = Stream(data, format="mt940", batch_bytes=size)
        rows = [row for batch in reading for row in batch.rows()]

        assert rows == parse(data, format="mt940").frame.rows()
        assert reading.outcome.statements == parse(data, format="mt940").statements

    def test_interim_reports_declare_what_they_hold(self) -> None:
        movements = (Entry(500, DAY), Entry(-300, DAY), Entry(-1, DAY))
        data = write_mt942([AccountStatement("NL91ABNA0417164300", "EUR", DAY, 0, movements)])

        parsed = parse(data)

        assert [(one.declared, one.agrees) for one in parsed.control_totals] == [
            ("2", True),
            ("301", True),
            ("1", True),
            ("500", True),
        ]

    def test_byte_ranges_hold_entry_and_information(self) -> None:
        movements = (Entry(500, DAY, information="first " * 20), Entry(-300, DAY))
        data = write_mt940([AccountStatement("A", "EUR", DAY, 0, movements)])

        ranges = parse(data).frame.select("byte_start", "byte_length").rows()

        cut = [data[start : start + length] for start, length in ranges]
        assert cut[0].startswith(b":61:260302C5,00")
        assert cut[0].endswith(b"first ")
        assert cut[1] == b":61:260302D3,00NTRFNONREF"


ORDINARY = write_mt940(
    [
        AccountStatement(
            account="NL91ABNA0417164300",
            currency="EUR",
            day=DAY,
            opening_minor=44429,
            entries=(
                Entry(-6500, DAY, DAY, customer="PO-1", bank="B1", information="/EREF/E2E-1/"),
                Entry(120005, DAY, customer="PO-2", information="/REMI/Invoice of March"),
                Entry(-77, DAY, is_reversal=True),
            ),
        )
    ]
)


class TestDamage:
    """One statement whose balances prove its entries."""

    def test_every_truncation_is_noticed(self) -> None:
        whole = len(ORDINARY.rstrip())

        silent = [size for size in range(whole) if not parse(ORDINARY[:size]).findings]

        assert parse(ORDINARY).findings == ()
        assert silent == []

    @pytest.mark.parametrize("field", [rb":60F:C260302EUR", rb":62F:C260302EUR", rb":61:\d+R?[CD]"])
    def test_every_changed_digit_of_an_amount_is_noticed(self, field: bytes) -> None:
        places = [
            place
            for amount in re.finditer(field + rb"([0-9]+,[0-9]+)", ORDINARY)
            for place in range(*amount.span(1))
            if ORDINARY[place] != ord(",")
        ]

        silent = [
            (place, digit)
            for place in places
            for digit in b"0123456789"
            if digit != ORDINARY[place]
            and not parse(ORDINARY[:place] + bytes([digit]) + ORDINARY[place + 1 :]).findings
        ]

        assert len(places) >= 5
        assert silent == []

    @pytest.mark.parametrize("field", [rb":90D:([0-9]+)EUR([0-9]+),([0-9]+)"])
    def test_every_changed_digit_of_an_interim_total_is_noticed(self, field: bytes) -> None:
        movements = (Entry(500, DAY), Entry(-300, DAY), Entry(-1, DAY))
        data = write_mt942([AccountStatement("NL91ABNA0417164300", "EUR", DAY, 0, movements)])
        found = re.search(field, data)
        assert found is not None
        places = [place for group in (1, 2, 3) for place in range(*found.span(group))]

        silent = [
            place
            for place in places
            for digit in b"0123456789"
            if digit != data[place]
            and not parse(data[:place] + bytes([digit]) + data[place + 1 :]).findings
        ]

        assert silent == []
